//! `--subject`: what is judged.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use claque_conformance::subject::descriptor::{CredentialNames, Descriptor};
use claque_conformance::subject::{Callers, CoreSubject, HttpSubject, Subject, SubjectError};
use claque_scenario::plan::Plan;
use claque_server::AccessKey;
use claque_sim::bystanders;
use claque_wire::sign::Credentials;

use crate::CommandFailure;
use crate::http::url_of;

/// What is judged.
#[derive(clap::Args)]
pub(crate) struct SubjectChoice {
    /// What is judged: `core`, the service in this process; `crowd`, the same in a simulated world, among bystanders with
    /// bad links; `http`, a running `claque serve`, whose state is lost to it, since every case starts over; or the
    /// descriptor of any service that is reached over HTTP.
    #[arg(long, value_name = "core|crowd|http|FILE.toml", default_value = "core")]
    subject: String,
    /// The seed of the crowd; 1 when absent.
    #[arg(long, allow_negative_numbers = true, value_parser = crate::input::seed)]
    seed: Option<u64>,
    /// Where `http` runs: it is called with the key in CLAQUE_ACCESS_KEY_ID and CLAQUE_ACCESS_KEY_SECRET, or else the key
    /// for development.
    #[arg(long, env = "CLAQUE_ENDPOINT", default_value = "127.0.0.1:8787")]
    endpoint: String,
    /// Trusts this authority, for a server with a certificate of its own making: a PEM file.
    #[arg(long, env = "CLAQUE_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// A subject, and the process that it runs in where this run started it.
pub(crate) struct OpenedSubject {
    pub(crate) subject: Box<dyn Subject>,
    _started: Option<Started>,
}

impl SubjectChoice {
    /// Makes the subject ready to be judged.
    pub(crate) fn open(&self) -> Result<OpenedSubject, CommandFailure> {
        if self.seed.is_some() && self.subject != "crowd" {
            return Err(CommandFailure::Usage(
                "--seed chooses a crowd: it goes with --subject crowd".to_owned(),
            ));
        }
        match self.subject.as_str() {
            "core" => Ok(OpenedSubject { subject: Box::new(CoreSubject::sound()), _started: None }),
            "crowd" => {
                let subject = CoreSubject::among(crowd(self.seed.unwrap_or(1)), None);
                Ok(OpenedSubject { subject: Box::new(subject), _started: None })
            }
            "http" => running(&self.endpoint, self.ca.as_deref()),
            file if file.ends_with(".toml") => open(Path::new(file)),
            other => Err(CommandFailure::Usage(format!(
                "no subject {other:?}: write core, crowd, http, or the path of a descriptor that ends in .toml"
            ))),
        }
    }
}

/// The one crowd of this process.
fn crowd(seed: u64) -> &'static Plan {
    // Static, so that the crowd is planned once for all cases.
    static CROWD: OnceLock<Plan> = OnceLock::new();
    CROWD.get_or_init(|| bystanders::plan(seed))
}

/// The descriptor of this very binary's server.
const OWN_SERVER: &str = include_str!("../../fixtures/subjects/claque-serve.toml");

/// This very binary's server, started for the occasion.
pub(crate) fn own_server() -> Result<OpenedSubject, CommandFailure> {
    let read = Descriptor::parse("fixtures/subjects/claque-serve.toml", OWN_SERVER).map_err(usage)?;
    reach(read, None)
}

/// A server of this kind that is running already.
fn running(endpoint: &str, ca: Option<&Path>) -> Result<OpenedSubject, CommandFailure> {
    let mut read = Descriptor::parse("fixtures/subjects/claque-serve.toml", OWN_SERVER).map_err(usage)?;
    "http".clone_into(&mut read.name);
    read.start = None;
    read.endpoint = Some(url_of(endpoint, ca));
    read.certificate_authorities = ca.map(|file| file.display().to_string());
    let key = AccessKey::development();
    let known = Credentials { access_key_id: key.id, access_key_secret: key.secret, security_token: None };
    reach(read, Some(known))
}

fn usage(error: SubjectError) -> CommandFailure {
    CommandFailure::Usage(error.to_string())
}

fn open(file: &Path) -> Result<OpenedSubject, CommandFailure> {
    reach(Descriptor::load(file).map_err(usage)?, None)
}

/// Makes the described service ready. `known`: who calls where the environment does not say.
fn reach(mut descriptor: Descriptor, known: Option<Credentials>) -> Result<OpenedSubject, CommandFailure> {
    let variable = |name: &str| std::env::var(name).ok();
    // IDs of this run begin with it: a service that keeps its state must not show one run what another left.
    let salt = random()?;
    let account = match (descriptor.credentials.read(variable), known, &descriptor.start) {
        (Ok(set), _, _) => set,
        (Err(_), Some(known), _) => known,
        // A service that this run starts is called with a key that this run makes up.
        (Err(_), None, Some(_)) => Credentials {
            access_key_id: format!("suite-{salt:016x}"),
            access_key_secret: format!("{:016x}{:016x}", random()?, random()?),
            security_token: None,
        },
        (Err(error), None, None) => return Err(usage(error)),
    };
    let other = descriptor.other_account.as_ref().map(|names| names.read(variable)).transpose();
    let other = other.map_err(usage)?;
    let mut started = None;
    let endpoint = match (&descriptor.endpoint, &descriptor.start) {
        (_, Some(command)) => {
            let within = Duration::from_secs(descriptor.ready_seconds);
            let (process, endpoint) = Started::start(command, &descriptor.credentials, &account, within)?;
            let data = process.1.0.display().to_string();
            descriptor.journal = descriptor.journal.map(|file| file.replace("$CLAQUE_DATA", &data));
            started = Some(process);
            endpoint
        }
        (Some(endpoint), None) => endpoint.clone(),
        (None, None) => unreachable!("reading the descriptor checked that one is there"),
    };
    let callers = Callers { account, other };
    let subject = HttpSubject::new(descriptor, &endpoint, callers, salt)
        .map_err(|error| CommandFailure::Usage(format!("{endpoint}: {error}")))?;
    Ok(OpenedSubject { subject: Box::new(subject), _started: started })
}

/// The command without the `exec` that would look for a file called `claque`: the shell function has its own.
fn command_of(command: &str) -> &str {
    command.strip_prefix("exec ").filter(|rest| rest.starts_with("claque ")).unwrap_or(command)
}

/// The longest first line. Unit: bytes.
const READY_BYTES_MAX: u64 = 8 << 10;

/// A process that ends with this value, and a directory for what it keeps, which goes with it.
struct Started(Child, Data);

/// A directory that is removed with this value.
struct Data(PathBuf);

impl Data {
    fn new() -> Result<Self, CommandFailure> {
        let path = std::env::temp_dir().join(format!("claque-suite-{:016x}", random()?));
        std::fs::create_dir(&path)
            .map_err(|error| CommandFailure::No(format!("{}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        // Nobody needs it any more; what cannot be removed is left to the system.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl Started {
    /// Runs a command that says `ready ENDPOINT` first, and soon.
    fn start(
        command: &str,
        names: &CredentialNames,
        account: &Credentials,
        within: Duration,
    ) -> Result<(Self, String), CommandFailure> {
        let failed = |error: String| CommandFailure::No(format!("start: {command:?}: {error}"));
        // `claque` means this very binary: by its place, and where the command begins with it whatever its file is called.
        let own = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        let script = format!("claque() {{ exec \"$CLAQUE_BINARY\" \"$@\"; }}\n{}", command_of(command));
        let mut path = own.parent().map(Path::as_os_str).unwrap_or_default().to_owned();
        if let Some(given) = std::env::var_os("PATH") {
            path.push(":");
            path.push(given);
        }
        let data = Data::new()?;
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(script)
            .env("CLAQUE_BINARY", own)
            .env("PATH", path)
            .env("CLAQUE_DATA", &data.0)
            .env(&names.id_env, &account.access_key_id)
            .env(&names.secret_env, &account.access_key_secret)
            // Quiet by default: its lines would stand between those of the suite.
            .env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "error".to_owned()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let said = child.stdout.take().expect("standard output is piped");
        // Owned at once: every error below ends the process, and none leaves it running.
        let started = Self(child, data);
        // Nothing is read on this thread: a process that is silent, or holds its pipe open beyond its end, would keep it.
        let (sender, first) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut said = BufReader::new(said);
            let mut line = Vec::new();
            let read = said.by_ref().take(READY_BYTES_MAX).read_until(b'\n', &mut line).map(|_| line);
            // Nobody waits any more where it took too long.
            drop(sender.send(read));
            // Whatever else it says must not fill its pipe.
            drop(std::io::copy(&mut said, &mut std::io::sink()));
        });
        // A pipe cannot be read with a timeout, a channel can.
        let first = first.recv_timeout(within).map_err(|_| {
            failed(format!(
                "it has not said `ready ENDPOINT` within {} s, and was ended; ready-seconds in the descriptor gives \
                 it more time",
                within.as_secs()
            ))
        })?;
        let first = first.map_err(|error| failed(error.to_string()))?;
        let first = String::from_utf8_lossy(&first);
        let endpoint = first.trim().strip_prefix("ready ").map(str::to_owned);
        let endpoint =
            endpoint.ok_or_else(|| failed(format!("its first line is {first:?}, not `ready ENDPOINT`")))?;
        Ok((started, endpoint))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // A shell that was started without `exec` has the service as a child of its own. It stays in this process group, so
        // that a key pressed at the terminal ends it, too: it is known by its parent.
        let family: Vec<String> = descendants(self.0.id()).iter().map(u32::to_string).collect();
        // It may have ended by itself.
        drop(self.0.kill());
        if !family.is_empty() {
            let kill = Command::new("kill").arg("-KILL").args(family).stderr(Stdio::null()).status();
            drop(kill);
        }
        // Waited for, or it would stay a zombie for as long as the suite runs.
        drop(self.0.wait());
    }
}

/// The processes that a process has started, and those have, as far as the system tells.
fn descendants(of: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|process| {
            let stat = std::fs::read_to_string(process.path().join("stat")).ok()?;
            // The name in parentheses may hold anything: what counts stands behind the last of them.
            let (_, rest) = stat.rsplit_once(')')?;
            let parent = rest.split_whitespace().nth(1)?.parse().ok()?;
            Some((process.file_name().to_str()?.parse().ok()?, parent))
        })
        .collect();
    let mut found = vec![of];
    let mut next = 0;
    // Over levels: a shell starts a shell that starts the service.
    while let Some(parent) = found.get(next).copied() {
        let children = parents.iter().filter(|(child, its)| *its == parent && !found.contains(child));
        let children: Vec<u32> = children.map(|(child, _)| *child).collect();
        found.extend(children);
        next += 1;
    }
    found.split_off(1)
}

/// A number that no other run has.
fn random() -> Result<u64, CommandFailure> {
    let failed = |error: std::io::Error| CommandFailure::No(format!("no random bytes: {error}"));
    let mut bytes = [0; 8];
    std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).map_err(failed)?;
    Ok(u64::from_le_bytes(bytes))
}
