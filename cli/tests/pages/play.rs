//! One page's commands, run in order in a folder of their own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::ground::{Tally, as_claque, root};
use super::markdown::{self, Block};
use super::{compare, usage};

/// The commands of the README that the gate runs itself, where they take long: `.ci/run` must name them.
const OF_THE_GATE: [(&str, &str); 2] = [
    ("cargo run --release -- simulate", "\"$target/release/claque\" simulate\n"),
    ("cargo test", "\ncargo test --locked\n"),
];

/// The longest that one command may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The address that pages give a server, in both ways to write it.
const SHOWN: [&str; 2] = ["127.0.0.1:8787", "localhost:8787"];

/// Runs the commands of a page, and compares what they print.
pub(crate) fn page(name: &str, tally: &Mutex<Tally>) -> Result<(), String> {
    let text = fs::read_to_string(root().join(name)).map_err(|error| format!("{name}: {error}"))?;
    text_of(name, &text, tally)
}

/// The same for a page of this text.
pub(crate) fn text_of(name: &str, text: &str, tally: &Mutex<Tally>) -> Result<(), String> {
    let page = markdown::read(text).map_err(|error| format!("{name}: {error}"))?;
    for (line, span) in &page.spans {
        let span = as_claque(span);
        if span == "claque" || span.starts_with("claque ") {
            usage::mentioned(&span).map_err(|error| format!("{name}:{line}: {error}"))?;
        }
    }
    let mut scratch: Option<Scratch> = None;
    for block in page.blocks.iter().filter(|block| ["console", "sh"].contains(&&*block.language)) {
        let commands = commands(block).map_err(|error| format!("{name}:{}: {error}", block.line))?;
        let last = commands.len();
        for (number, (command, shown)) in commands.into_iter().enumerate() {
            let place = format!("{name}:{}: {command}", block.line);
            if let Some(reason) = left_out(block, &command)? {
                usage::parsed(&command).map_err(|error| format!("{place}\n{error}"))?;
                let line = command.lines().next().unwrap_or_default();
                tally.lock().expect("no page panicked").skipped.push(format!("{name}: {line} ({reason})"));
                continue;
            }
            let scratch = match &mut scratch {
                Some(scratch) => scratch,
                none => none.insert(Scratch::new(text)?),
            };
            let expected =
                if number + 1 == last { block.words.get("status").map_or("0", |status| status) } else { "0" };
            let (status, printed) = scratch.run(&command).map_err(|error| format!("{place}\n{error}"))?;
            if status != expected {
                return Err(format!("{place}\nended with status {status}, not {expected}:\n{printed}"));
            }
            if let Some(difference) = compare::difference(&shown, &printed) {
                return Err(format!("{place}\n{difference}"));
            }
            tally.lock().expect("no page panicked").run += 1;
        }
    }
    Ok(())
}

/// The commands of a block, each with its output in the page.
fn commands(block: &Block) -> Result<Vec<(String, Vec<&str>)>, String> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    let mut open = false;
    for line in block.text.lines() {
        let begun =
            if block.language == "sh" { Some(line).filter(|_| !open) } else { line.strip_prefix("$ ") };
        if let Some(command) = begun {
            if block.language == "sh" && (command.trim().is_empty() || command.starts_with('#')) {
                continue;
            }
            found.push((command.to_owned(), Vec::new()));
            open = command.ends_with('\\');
        } else if let Some((command, shown)) = found.last_mut() {
            if open {
                command.push('\n');
                command.push_str(line);
                open = line.ends_with('\\');
            } else {
                shown.push(line);
            }
        } else {
            return Err("a console begins with a command, behind `$ `".to_owned());
        }
    }
    if found.is_empty() { Err("no command stands in this block".to_owned()) } else { Ok(found) }
}

/// Why a command is not run.
fn left_out(block: &Block, command: &str) -> Result<Option<String>, String> {
    if let Some(reason) = block.words.get("skip") {
        return if reason.len() < 10 {
            Err(format!("skip=\"{reason}\" is no reason"))
        } else {
            Ok(Some(reason.clone()))
        };
    }
    if let Some((_, line)) = OF_THE_GATE.iter().find(|(own, _)| *own == command) {
        let gate = fs::read_to_string(root().join(".ci/run")).map_err(|error| format!(".ci/run: {error}"))?;
        return if gate.contains(line) {
            Ok(Some("the gate runs it".to_owned()))
        } else {
            Err(format!(".ci/run does not run {command}"))
        };
    }
    let tools = block.words.get("needs").map(|tools| tools.split(' ')).into_iter().flatten();
    let missing = tools.into_iter().find(|tool| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        !std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
    });
    Ok(missing.map(|tool| format!("there is no {tool} on this machine")))
}

/// Where a page's commands are run.
struct Scratch {
    folder: tempfile::TempDir,
    server: Option<(Child, String)>,
}

impl Scratch {
    /// A folder for the commands of a page of this text, with a copy of what it speaks of.
    fn new(text: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        for name in ["examples", "fixtures"].into_iter().filter(|name| text.contains(name)) {
            copy(&root().join(name), &folder.path().join(name))?;
        }
        fs::create_dir_all(folder.path().join("sim/lab/tests")).map_err(|error| error.to_string())?;
        fs::write(folder.path().join(".variables"), "").map_err(|error| error.to_string())?;
        Ok(Self { folder, server: None })
    }

    /// The exit status of a command, and what it printed.
    fn run(&mut self, command: &str) -> Result<(String, String), String> {
        let command = as_claque(command);
        if command.split(' ').nth(1) == Some("serve") && !command.contains("--exec") {
            return self.serve(&command).map(|printed| ("0".to_owned(), printed));
        }
        let mut command = command;
        if let Some((_, endpoint)) = &self.server {
            command = SHOWN.iter().fold(command, |text, shown| text.replace(shown, endpoint));
        }
        let script =
            format!("set -a; . ./.variables; {command}\nstatus=$?; export -p > .variables; exit $status");
        let printed = self.folder.path().join(".printed");
        let mut child = self.shell(&script, &printed)?;
        let begin = now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
                break status;
            }
            if now() - begin > PATIENCE {
                end(&mut child);
                return Err(format!("took longer than {PATIENCE:?}"));
            }
            pause();
        };
        let status = status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
        Ok((status, self.shown(&printed)?))
    }

    /// Starts a server on a free port, and waits until it is ready.
    fn serve(&mut self, command: &str) -> Result<String, String> {
        if let Some((mut old, _)) = self.server.take() {
            end(&mut old);
        }
        let named = SHOWN.iter().any(|shown| command.contains(shown));
        let free = SHOWN.iter().fold(command.to_owned(), |text, shown| text.replace(shown, "127.0.0.1:0"));
        let free = if named { free } else { format!("{free} --listen 127.0.0.1:0") };
        let printed = self.folder.path().join(".served");
        let mut child = self.shell(&format!("set -a; . ./.variables; exec {free}"), &printed)?;
        let begin = now();
        loop {
            let text = fs::read_to_string(&printed).unwrap_or_default();
            let ready = text.lines().find_map(|line| line.strip_prefix("ready http://"));
            if let Some(endpoint) = ready.filter(|_| text.ends_with('\n')) {
                self.server = Some((child, endpoint.to_owned()));
                // What it says about itself follows in the same moment.
                pause();
                return self.shown(&printed);
            }
            if child.try_wait().map_err(|error| error.to_string())?.is_some() || now() - begin > PATIENCE {
                end(&mut child);
                return Err(format!("the server did not get ready:\n{text}"));
            }
            pause();
        }
    }

    fn shell(&self, script: &str, printed: &Path) -> Result<Child, String> {
        let binary = Path::new(env!("CARGO_BIN_EXE_claque")).parent().expect("a folder");
        let mut path = vec![binary.to_owned()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let out = File::create(printed).map_err(|error| error.to_string())?;
        let also = out.try_clone().map_err(|error| error.to_string())?;
        let mut shell = Command::new("sh");
        for name in [
            "CLAQUE_ACCESS_KEY_ID",
            "CLAQUE_ACCESS_KEY_SECRET",
            "CLAQUE_CA",
            "CLAQUE_CONTROL_TOKEN",
            "RUST_LOG",
        ] {
            shell.env_remove(name);
        }
        let endpoint = self.server.as_ref().map_or(SHOWN[0], |(_, endpoint)| endpoint);
        shell
            .args([
                "-c",
                &script.replace(". ./.variables;", &format!(". ./.variables; CLAQUE_ENDPOINT={endpoint};")),
            ])
            .env("PATH", std::env::join_paths(path).map_err(|error| error.to_string())?)
            .env("NO_COLOR", "1")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(also)
            .spawn()
            .map_err(|error| error.to_string())
    }

    /// What was printed, with the address that the page gives.
    fn shown(&self, printed: &Path) -> Result<String, String> {
        let text = fs::read_to_string(printed).map_err(|error| error.to_string())?;
        Ok(self
            .server
            .as_ref()
            .map_or_else(|| text.clone(), |(_, endpoint)| text.replace(endpoint, SHOWN[0])))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some((mut server, _)) = self.server.take() {
            end(&mut server);
        }
    }
}

fn end(child: &mut Child) {
    // It has ended already, or it ends with this.
    let ended = child.kill().and_then(|()| child.wait());
    drop(ended);
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|error| error.to_string())?;
    let entries = fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?;
    for path in entries.map(|entry| entry.map(|entry| entry.path())) {
        let path: PathBuf = path.map_err(|error| error.to_string())?;
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            if name != "node_modules" {
                copy(&path, &to.join(name))?;
            }
        } else {
            fs::copy(&path, to.join(name)).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "what other processes do takes wall time")]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

#[expect(clippy::disallowed_methods, reason = "what other processes do takes wall time")]
fn now() -> Instant {
    Instant::now()
}
