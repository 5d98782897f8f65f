//! Hands changes to workers, and takes silence and death for being caught.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Who noticed a change, in words.
pub type Caught = Option<String>;

/// A worker and what it says.
pub struct Worker {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

/// What came of waiting for a worker.
pub enum Said {
    /// It said something.
    Line(String),
    /// It hangs or dies, in words.
    Nothing(&'static str),
}

impl Worker {
    /// Starts one that does `work` with a survey.
    ///
    /// # Errors
    /// When there can be no process.
    pub fn start(work: &str, survey: &Path) -> Result<Self, String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut child = Command::new(own)
            .arg(work)
            .arg(survey)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let (Some(input), Some(lines)) = (child.stdin.take(), child.stdout.take().map(listen)) else {
            return Err("a worker has no pipes".to_owned());
        };
        Ok(Self { child, input, lines })
    }

    /// Hands it a line.
    ///
    /// # Errors
    /// When it does not listen.
    pub fn ask(&mut self, line: &str) -> Result<(), String> {
        writeln!(self.input, "{line}").map_err(|error| error.to_string())
    }

    /// Waits for its next line.
    pub fn listen(&self, patience: Duration) -> Said {
        match self.lines.recv_timeout(patience) {
            Ok(line) => Said::Line(line),
            Err(RecvTimeoutError::Timeout) => Said::Nothing("hangs"),
            Err(RecvTimeoutError::Disconnected) => Said::Nothing("dies"),
        }
    }

    /// Ends it, whatever it does.
    pub fn end(mut self) {
        // It may be dead already.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The lines that somebody says, to be waited for.
fn listen(said: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Tries changes one after the other, and tells each result.
///
/// # Errors
/// When no worker can be started.
pub fn try_all(
    survey: &Path,
    patience: Duration,
    changes: &[u32],
    mut noted: impl FnMut(u32, Caught) -> Result<(), String>,
) -> Result<(), String> {
    let mut worker = Worker::start("work", survey)?;
    for change in changes {
        worker.ask(&change.to_string())?;
        let mut doing = "nothing".to_owned();
        let caught = loop {
            match worker.listen(patience) {
                Said::Line(line) if line == "missed" => break None,
                Said::Line(line) => match line.split_once(' ') {
                    Some(("caught", name)) => break Some(name.to_owned()),
                    Some((_, name)) => doing = name.to_owned(),
                    None => {}
                },
                Said::Nothing(how) => {
                    worker.end();
                    worker = Worker::start("work", survey)?;
                    break Some(format!("{doing} {how}"));
                }
            }
        };
        noted(*change, caught)?;
    }
    worker.end();
    Ok(())
}

/// Runs core's own tests under a change: the first program that fails, hangs or dies.
///
/// # Errors
/// When a program cannot be started.
pub fn try_tests(programs: &[PathBuf], patience: Duration, change: u32) -> Result<Caught, String> {
    for program in programs {
        let mut child = Command::new(program)
            .env(claque_switch::VARIABLE, change.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let lines = child.stdout.take().map(listen);
        let silent = lines.is_some_and(|lines| {
            while lines.recv_timeout(patience).is_ok() {}
            lines.recv_timeout(Duration::ZERO) == Err(RecvTimeoutError::Timeout)
        });
        if silent {
            let _killed = child.kill();
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        if silent || !status.success() {
            return Ok(Some("core's own tests".to_owned()));
        }
    }
    Ok(None)
}
