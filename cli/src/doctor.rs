//! `claque doctor`: what on this machine would stand in the way of a server or a test, and what to do about it.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::{Resource, getrlimit};
use serde::Serialize;
use serde_json::json;

use crate::output::line;
use crate::{CommandFailure, Done};

/// What to look at.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque doctor
  claque doctor --listen localhost:9000 --data show-data
  claque doctor --json

Each line is ok, warn or fail, and a line that is not ok says the way out.
Exit status: 0 nothing fails, 1 something does.")]
pub(crate) struct Arguments {
    /// Where a server is to listen.
    #[arg(long, default_value = "127.0.0.1:8787", value_name = "HOST[:PORT]", value_parser = crate::listen::read)]
    listen: SocketAddr,
    /// The directory that a server is to keep its journal in.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Machine output: one JSON object (docs/schemas/doctor.json).
    #[arg(long)]
    json: bool,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum CheckState {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct DoctorFinding {
    what: &'static str,
    state: CheckState,
    says: String,
    /// What to do; none where all is well.
    way_out: Option<String>,
}

impl DoctorFinding {
    const fn ok(what: &'static str, says: String) -> Self {
        Self { what, state: CheckState::Ok, says, way_out: None }
    }

    fn not(what: &'static str, state: CheckState, says: String, way_out: &str) -> Self {
        Self { what, state, says, way_out: Some(way_out.to_owned()) }
    }
}

/// So many connections are a small audience; each takes a descriptor.
const DESCRIPTORS_WANTED: u64 = 4_096;
/// With fewer a server does not start.
const DESCRIPTORS_LEAST: u64 = 41;
/// The least memory that a test of a supergroup is at ease with. Unit: bytes.
const MEMORY_WANTED: u64 = 512 << 20;
/// Before this moment a clock has not been set: the project is younger. Unit: UNIX seconds.
const CLOCK_LEAST: u64 = 1_735_689_600;

pub(crate) fn run(arguments: &Arguments) -> Done {
    let findings = [
        port(arguments.listen),
        descriptors(getrlimit(Resource::Nofile).maximum),
        clock(wall_clock()),
        memory(claque_server::memory::default_bound()),
        data(arguments.data.as_deref()),
        on_path(),
    ];
    let failed = findings.iter().filter(|finding| finding.state == CheckState::Fail).count();
    if arguments.json {
        let version = env!("CARGO_PKG_VERSION");
        line(&json!({ "schema": 1, "version": version, "findings": findings, "failed": failed }).to_string());
    } else {
        for DoctorFinding { what, state, says, way_out } in &findings {
            let word = match state {
                CheckState::Ok => "ok",
                CheckState::Warn => "warn",
                CheckState::Fail => "fail",
            };
            line(&format!("{word:4}  {what:12} {says}"));
            if let Some(way_out) = way_out {
                line(&format!("{:19}{way_out}", ""));
            }
        }
    }
    match failed {
        0 => Ok(()),
        failed => Err(CommandFailure::No(format!("{failed} of {} fail", findings.len()))),
    }
}

/// Whether a server could listen there.
fn port(listen: SocketAddr) -> DoctorFinding {
    match TcpListener::bind(listen) {
        Ok(_) => DoctorFinding::ok("port", format!("{listen} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => DoctorFinding::not(
            "port",
            CheckState::Fail,
            format!("{listen} is taken: another process listens there"),
            "--listen names another port, and port 0 any free one; or it is a server of yours: claque ctl health",
        ),
        Err(error) => DoctorFinding::not(
            "port",
            CheckState::Fail,
            format!("nothing can listen on {listen}: {error}"),
            "--listen names an address of this machine, such as 127.0.0.1:8787, and a port from 1024 on",
        ),
    }
}

/// How many files the process may open; none: any number.
fn descriptors(most: Option<u64>) -> DoctorFinding {
    let most = most.unwrap_or(u64::MAX);
    let says = format!("open at once: {most} files at the most, of which each connection takes one");
    if most < DESCRIPTORS_LEAST {
        return DoctorFinding::not(
            "descriptors",
            CheckState::Fail,
            says,
            "raise the hard limit: ulimit -Hn 4096, as an administrator",
        );
    }
    if most < DESCRIPTORS_WANTED {
        let way_out =
            "enough for a few viewers; for more raise the hard limit: ulimit -Hn 65536, as an administrator";
        return DoctorFinding::not("descriptors", CheckState::Warn, says, way_out);
    }
    let says = if most == u64::MAX { "any number of files may be open at once".to_owned() } else { says };
    DoctorFinding::ok("descriptors", says)
}

/// The wall clock is only shown here, and decides no run.
#[expect(clippy::disallowed_methods, reason = "looks at the machine's clock, which is what is asked")]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

/// Whether the clock has been set: signatures and tokens carry times.
fn clock(now: SystemTime) -> DoctorFinding {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    if since < CLOCK_LEAST {
        return DoctorFinding::not(
            "clock",
            CheckState::Fail,
            format!("the clock stands at UNIX second {since}, which is years ago"),
            "set it: signed calls are refused where their time is more than 15 minutes off",
        );
    }
    DoctorFinding::ok("clock", format!("UNIX second {since}"))
}

/// The bound that a server gives itself; none: the machine does not tell its memory.
fn memory(bound: Option<u64>) -> DoctorFinding {
    match bound {
        None => DoctorFinding::not(
            "memory",
            CheckState::Warn,
            "the machine does not tell how much there is, so that a server is not bound".to_owned(),
            "--memory-max of claque serve sets a bound, such as 2GiB",
        ),
        Some(bytes) => {
            let says = format!("a server binds itself to {} MiB", bytes >> 20);
            if bytes < MEMORY_WANTED {
                let way_out = "a group of some thousand members may be refused with ServerError; --memory-max sets another bound";
                return DoctorFinding::not("memory", CheckState::Warn, says, way_out);
            }
            DoctorFinding::ok("memory", says)
        }
    }
}

/// Whether a journal could be kept there.
fn data(directory: Option<&Path>) -> DoctorFinding {
    let Some(directory) = directory else {
        return DoctorFinding::ok("data", "in memory only: --data names a directory to look at".to_owned());
    };
    let shown = directory.display();
    // The nearest directory that is there: a server makes those that are missing.
    let there = directory
        .ancestors()
        .map(|it| if it.as_os_str().is_empty() { Path::new(".") } else { it })
        .find(|it| it.exists());
    let probe = there.unwrap_or(directory).join(format!(".claque-doctor-{}", std::process::id()));
    match std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => DoctorFinding::ok("data", format!("{shown} can be written")),
        Err(error) => DoctorFinding::not(
            "data",
            CheckState::Fail,
            format!("{shown} cannot be written: {error}"),
            "name another directory with --data, or give yourself the right to write there",
        ),
    }
}

/// Whether the command of that name is this program: client libraries look for it there.
fn on_path() -> DoctorFinding {
    let own = env!("CARGO_PKG_VERSION");
    let program =
        std::env::var_os("CLAQUE_BIN").filter(|it| !it.is_empty()).unwrap_or_else(|| "claque".into());
    let said = Command::new(&program).arg("--version").output();
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let name = program.to_string_lossy();
    match said {
        Ok(text) if text.strip_prefix("claque ") == Some(own) => {
            DoctorFinding::ok("version", format!("{own}, and {name} is the same"))
        }
        Ok(text) => DoctorFinding::not(
            "version",
            CheckState::Warn,
            format!("this is {own}, and {name} answers {text:?}"),
            "tests of other languages start that one: install this one, or set CLAQUE_BIN to its path",
        ),
        Err(error) => DoctorFinding::not(
            "version",
            CheckState::Warn,
            format!("this is {own}, and {name} cannot be started: {error}"),
            "Go and Java look for claque on the PATH: install it there, or set CLAQUE_BIN to its path",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::{Duration, UNIX_EPOCH};

    use super::{CheckState, clock, data, descriptors, memory, port};

    #[test]
    fn a_taken_port_fails_and_a_free_one_does_not() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let at = taken.local_addr().expect("an address");
        let finding = port(at);
        assert_eq!(finding.state, CheckState::Fail);
        assert!(finding.says.contains(&at.to_string()) && finding.way_out.is_some(), "{finding:?}");
        drop(taken);
        assert_eq!(port(at).state, CheckState::Ok);
        // An address of documentation, which no machine has.
        assert_eq!(port("192.0.2.1:8787".parse().expect("an address")).state, CheckState::Fail);
    }

    #[test]
    fn bounds_decide_between_ok_warn_and_fail() {
        let states = [Some(40), Some(41), Some(4_095), Some(4_096), None].map(|most| descriptors(most).state);
        assert_eq!(
            states,
            [CheckState::Fail, CheckState::Warn, CheckState::Warn, CheckState::Ok, CheckState::Ok]
        );
        let states = [None, Some((512 << 20) - 1), Some(512 << 20)].map(|bound| memory(bound).state);
        assert_eq!(states, [CheckState::Warn, CheckState::Warn, CheckState::Ok]);
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!([clock(at(0)).state, clock(at(1_800_000_000)).state], [CheckState::Fail, CheckState::Ok]);
    }

    #[test]
    fn a_directory_is_tried_by_writing_into_it() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(data(Some(&folder.path().join("not/yet/there"))).state, CheckState::Ok);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is left behind");
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("a file");
        assert_eq!(data(Some(&file)).state, CheckState::Fail);
    }
}
