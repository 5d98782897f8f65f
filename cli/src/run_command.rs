//! A command beside the server (`--exec`): it and everything that it started ends with the server, whatever ends that.
//!
//! The command leads a process group, which its children and theirs belong to. A server that ends in order ends the group.
//! For one that cannot any more there is a guard: a shell that reads from a pipe whose other end only the server holds.
//! The kernel closes it when the server is gone, killed or crashed, and the guard ends the group then.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::serve::wait;
use crate::{CommandFailure, Done};

/// A process that was asked to end is waited for this long.
const GRACE: Duration = Duration::from_secs(5);
/// How often somebody looks whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits for a word on its input. Whatever comes but the farewell, the server is gone.
// A process of its own: SIGKILL lets the server end nothing, but its end of the pipe closes all the same.
const GUARD: &str = r#"read -r word
[ "$word" = farewell ] && exit 0
kill -TERM "-$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.5
  kill -0 "-$1" 2>/dev/null || exit 0
done
kill -KILL "-$1" 2>/dev/null"#;

/// Runs a command to its end, or to the server's.
pub(crate) async fn execute(
    command: &str,
    environment: Vec<(&str, &str)>,
    running: &mut claque_server::Running,
) -> Done {
    let failed = |error: std::io::Error| CommandFailure::Usage(format!("--exec: {error}"));
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(command)
        .envs(environment)
        // Standard input is the terminal's: a command in a group of its own that reads it would be stopped.
        .stdin(Stdio::null())
        // A group of its own, so that all that the command starts can be ended with it.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let Some(group) = child.id() else { return Err(failed(std::io::Error::other("it has no process ID"))) };
    let guard = guard(group);
    // The command and the server end each other: a test must not go on against a server that is gone.
    let (status, ended) = tokio::select! {
        status = child.wait() => (status, Ok(())),
        ended = wait(running) => (stop(&mut child, group).await, ended),
    };
    // Also behind an orderly end: a shell can leave background jobs, which would keep the terminal and the
    // port.
    end(group).await;
    dismiss(guard).await;
    ended?;
    match status_byte(status.map_err(failed)?) {
        0 => Ok(()),
        code => Err(CommandFailure::Status(code)),
    }
}

/// A guard of the group. Without one, only an orderly end of the server ends the group.
fn guard(group: u32) -> Option<Child> {
    let guard = Command::new("sh")
        .args(["-c", GUARD, "claque-guard", &group.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A key pressed at the terminal is for the server.
        .process_group(0)
        .spawn();
    guard.inspect_err(|error| tracing::warn!(%error, "nobody guards the command")).ok()
}

async fn dismiss(guard: Option<Child>) {
    let Some(mut guard) = guard else { return };
    if let Some(mut input) = guard.stdin.take() {
        // A guard that is gone already needs no farewell.
        drop(input.write_all(b"farewell\n").await);
    }
    drop(tokio::time::timeout(GRACE, guard.wait()).await);
}

/// Ends the command itself.
async fn stop(child: &mut Child, group: u32) -> std::io::Result<ExitStatus> {
    signal("TERM", group).await;
    match tokio::time::timeout(GRACE, child.wait()).await {
        Ok(status) => status,
        Err(_) => {
            signal("KILL", group).await;
            child.wait().await
        }
    }
}

/// Ends what the command left behind.
async fn end(group: u32) {
    if !lives(group).await {
        return;
    }
    signal("TERM", group).await;
    let gone = async {
        while lives(group).await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    if tokio::time::timeout(GRACE, gone).await.is_err() {
        signal("KILL", group).await;
    }
}

/// Whether anything of a group still runs. What has ended and waits for its parent does not.
async fn lives(group: u32) -> bool {
    // `kill -0` counts zombies too, so that a child that nobody has waited for would look alive.
    let Ok(processes) = std::fs::read_dir("/proc") else { return signal("0", group).await };
    let mut seen = false;
    for process in processes.flatten() {
        let Ok(stat) = std::fs::read_to_string(process.path().join("stat")) else { continue };
        seen = true;
        // The name in parentheses may hold anything: what counts stands behind the last of them.
        let Some((_, rest)) = stat.rsplit_once(')') else { continue };
        let mut fields = rest.split_whitespace();
        let (state, its) = (fields.next(), fields.nth(1));
        if its.and_then(|its| its.parse().ok()) == Some(group) && !matches!(state, Some("Z" | "X")) {
            return true;
        }
    }
    if seen { false } else { signal("0", group).await }
}

/// Sends a signal to a process group; whether there was one.
async fn signal(name: &str, group: u32) -> bool {
    let kill = format!("kill -{name} -{group} 2>/dev/null");
    let done = Command::new("sh").arg("-c").arg(kill).status().await;
    done.is_ok_and(|status| status.success())
}

/// A status as shells tell it: the exit code, or 128 and the signal's number.
fn status_byte(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
