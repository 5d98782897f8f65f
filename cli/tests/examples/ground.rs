//! Where one example is run: a folder, a server where it speaks of one, and the end of what does not end by itself.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::prepared;

/// An example that works for longer is ended by Ctrl-C.
const ENOUGH: Duration = Duration::from_secs(3);
/// What was asked to end ends within this.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often somebody looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The address that helps name for a server.
const SHOWN: &str = "127.0.0.1:8787";

/// How an example ended.
pub(crate) enum Ending {
    /// With this status.
    Itself(i32),
    /// With this status after Ctrl-C.
    CtrlC(i32),
    /// It had to be killed.
    Never,
}

/// Where one example is run.
pub(crate) struct Ground {
    folder: tempfile::TempDir,
    server: Option<(Child, String)>,
}

impl Drop for Ground {
    fn drop(&mut self) {
        if let Some((server, _)) = &mut self.server {
            drop(server.kill());
            drop(server.wait());
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[expect(clippy::disallowed_methods, reason = "what other processes do takes wall time")]
fn pause() {
    std::thread::sleep(LOOK_EVERY);
}

/// A server on a free port, and its address.
fn server(folder: &Path) -> Result<(Child, String), String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.args(["serve", "--listen", "127.0.0.1:0"]).env("RUST_LOG", "warn").current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = command.spawn().map_err(|error| error.to_string())?;
    let mut first = String::new();
    let stdout = server.stdout.take().ok_or("no output")?;
    BufReader::new(stdout).read_line(&mut first).map_err(|error| error.to_string())?;
    let address = first.trim().rsplit("//").next().map(|rest| rest.replace("ready ", ""));
    address.map(|address| (server, address)).ok_or(first)
}

impl Ground {
    /// A folder with what a line speaks of.
    pub(crate) fn new(line: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let server = if prepared::needs_server(line) { Some(server(folder.path())?) } else { None };
        let ground = Self { folder, server };
        fs::create_dir(ground.work()).map_err(|error| error.to_string())?;
        let scripts = prepared::scripts(line);
        if line.contains("fixtures")
            || scripts.contains("fixtures/")
            || prepared::USES_FIXTURES.iter().any(|it| line.starts_with(it))
        {
            copy(&root().join("fixtures"), &ground.work().join("fixtures"))?;
        }
        if !scripts.is_empty() {
            let output =
                ground.shell(&format!("set -eu\n{scripts}")).output().map_err(|error| error.to_string())?;
            if !output.status.success() {
                return Err(format!(
                    "what it speaks of cannot be made: {}",
                    String::from_utf8_lossy(&output.stderr)
                ));
            }
        }
        Ok(ground)
    }

    /// The folder of the example, which has one beside it.
    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn address(&self) -> &str {
        self.server.as_ref().map_or(SHOWN, |(_, address)| address)
    }

    /// A shell in the folder, in which `claque` is the one that is tested.
    fn shell(&self, script: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_claque"));
        let mut path = binary.parent().expect("a binary is in a folder").as_os_str().to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).current_dir(self.work()).stdin(Stdio::null());
        command
            .env("PATH", path)
            .env("HOME", self.work())
            .env("RUST_LOG", "warn")
            .env("CLAQUE_ENDPOINT", self.address());
        for name in [
            "CLAQUE_CONTROL_TOKEN",
            "CLAQUE_WORLD",
            "CLAQUE_CA",
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        ] {
            command.env_remove(name);
        }
        command.envs(prepared::VARIABLES);
        command
    }

    /// The line with the addresses and names of this ground.
    fn placed(&self, line: &str) -> String {
        let app = fs::read_to_string(self.work().join(".app")).unwrap_or_default();
        let mut words: Vec<String> = Vec::new();
        for word in line.split(' ') {
            let before = words.last().map_or("", String::as_str);
            words.push(match before {
                // A free port, whatever else runs on this machine.
                "--listen" | "--callbacks" => "127.0.0.1:0".to_owned(),
                "--endpoint" => self.address().to_owned(),
                "--upstream" => word.replace(SHOWN, self.address()),
                _ if word == "APP" || word.ends_with("=APP") => word.replace("APP", app.trim()),
                _ => word.to_owned(),
            });
        }
        if is_server(line) && !line.contains("--listen") {
            words.extend(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
        }
        // What comes behind a pipe is another program's.
        words.into_iter().take_while(|word| word != "|").collect::<Vec<_>>().join(" ")
    }

    /// Runs the example; how it ended, and what it said.
    pub(crate) fn run(&self, line: &str) -> Result<(Ending, String), String> {
        let (out, said) = (self.folder.path().join("out"), self.folder.path().join("said"));
        let [stdout, stderr] =
            [&out, &said].map(|path| File::create(path).map_err(|error| error.to_string()));
        // The shell becomes the command, which is then what a signal reaches.
        let mut command = self.shell(&format!("exec {}", self.placed(line)));
        let mut child = command.stdout(stdout?).stderr(stderr?).spawn().map_err(|error| error.to_string())?;
        let text = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        let is_ready = || ["ready ", "callbacks "].iter().any(|word| text(&out).starts_with(word));
        let stays = (is_server(line) && !line.contains("--exec")) || line.starts_with("claque record");
        let long =
            if stays || prepared::LONG.iter().any(|it| line.starts_with(it)) { PATIENCE } else { ENOUGH };
        let mut ended = until(&mut child, long, || stays && is_ready())?;
        let by_hand = ended.is_none();
        // Some end what they have begun, and say that a second Ctrl-C ends them at once.
        for patience in [PATIENCE / 20, PATIENCE] {
            if ended.is_none() {
                let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
                sent.map_err(|error| error.to_string())?;
                ended = until(&mut child, patience, || false)?;
            }
        }
        let said = text(&said);
        Ok((
            match (ended, by_hand) {
                (Some(status), false) => Ending::Itself(status),
                (Some(status), true) => Ending::CtrlC(status),
                (None, _) => {
                    child.kill().and_then(|()| child.wait()).map_err(|error| error.to_string())?;
                    Ending::Never
                }
            },
            said,
        ))
    }
}

/// Whether a line starts a server.
fn is_server(line: &str) -> bool {
    line == "claque serve" || line.starts_with("claque serve ")
}

/// Waits for the end of a command, until something holds; its status, where it ended. By a signal: 128 and more, as shells have it.
fn until(
    child: &mut Child,
    at_most: Duration,
    mut holds: impl FnMut() -> bool,
) -> Result<Option<i32>, String> {
    use std::os::unix::process::ExitStatusExt as _;
    for _ in 0..at_most.as_millis() / LOOK_EVERY.as_millis() {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(status.code().or_else(|| status.signal().map(|signal| 256 + signal)));
        }
        if holds() {
            break;
        }
        pause();
    }
    Ok(None)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let done = Command::new("cp").arg("-r").args([from, to]).status().map_err(|error| error.to_string())?;
    if done.success() { Ok(()) } else { Err(format!("{} cannot be copied", from.display())) }
}
