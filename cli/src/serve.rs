//! `claque serve`.

use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use claque_core::Config;
use claque_server::clock::Pace;
use claque_server::{AccessKey, Options};
use tracing_subscriber::EnvFilter;

use crate::output::{line, remark};
use crate::{Done, Failure, readings};

/// How to serve.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque serve
  claque serve --listen 127.0.0.1:0 --access-key testid:testsecret
  claque serve --data show-data --reading shaper.window=window-close
  claque serve --listen 127.0.0.1:0 --exec 'python3 my_test.py'

The first line on standard output is: ready ENDPOINT. With --exec the command finds the endpoint in CLAQUE_ENDPOINT
(host and port) and CLAQUE_URL, the key in CLAQUE_ACCESS_KEY_ID and CLAQUE_ACCESS_KEY_SECRET, the authority to trust
in CLAQUE_CA; its exit status is the server's.")]
pub(crate) struct Arguments {
    /// Where to listen; port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// A key that may sign calls, ID:SECRET; repeatable. None: a development key, printed at the start.
    #[arg(long, value_name = "ID:SECRET")]
    access_key: Vec<String>,
    /// Accounts, keys, RAM policies and refused words, as TOML.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Writes every input down in this directory before it is answered. None: in memory only.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another reading of an open point; repeatable. `claque readings` lists them.
    #[arg(long, value_name = "ID=VALUE")]
    reading: Vec<String>,
    /// The clock stands still until it is moved.
    #[arg(long)]
    frozen: bool,
    /// TLS: `self-signed` makes a certificate and writes its authority to --tls-ca for clients to trust.
    #[arg(long, value_name = "self-signed", value_parser = ["self-signed"])]
    tls: Option<String>,
    /// Where the authority's certificate goes.
    #[arg(long, value_name = "FILE", default_value = "claque-ca.pem")]
    tls_ca: PathBuf,
    /// No control API.
    #[arg(long)]
    no_control: bool,
    /// Opens the control API to other machines that send this token.
    #[arg(long, env = "CLAQUE_CONTROL_TOKEN", hide_env_values = true)]
    control_token: Option<String>,
    /// Callback and review addresses obey the documented rule: no port, no private address.
    #[arg(long)]
    public_urls_only: bool,
    /// Runs a command against the server, then stops and returns its status.
    #[arg(long, value_name = "CMD")]
    exec: Option<String>,
    /// Logs as JSON.
    #[arg(long)]
    log_json: bool,
}

impl Arguments {
    fn options(&self) -> Result<Options, Failure> {
        let mut options = Options {
            listen: self.listen,
            data: self.data.clone(),
            config: Config { readings: readings::parse(&self.reading)?, ..Config::default() },
            readings: pairs(&self.reading),
            pace: if self.frozen { Pace::Frozen } else { Pace::REAL },
            control: !self.no_control,
            control_token: self.control_token.clone(),
            public_urls_only: self.public_urls_only,
            ..Options::default()
        };
        if let Some(file) = &self.config {
            crate::config::read(file, &mut options)?;
        }
        let keys: Result<Vec<AccessKey>, String> =
            self.access_key.iter().map(|text| AccessKey::parse(text)).collect();
        let keys = keys.map_err(|error| Failure::Usage(format!("--access-key: {error}")))?;
        if !keys.is_empty() {
            options.access_keys = keys;
        }
        Ok(options)
    }
}

fn pairs(readings: &[String]) -> Vec<(String, String)> {
    let pairs = readings.iter().filter_map(|pair| pair.split_once('='));
    pairs.map(|(id, value)| (id.to_owned(), value.to_owned())).collect()
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if arguments.log_json {
        logs.json().init();
    } else {
        logs.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init();
    }
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| Failure::No(format!("no runtime: {error}")))?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: Arguments) -> Done {
    let options = arguments.options()?;
    let key = options.access_keys.first().cloned().unwrap_or_else(AccessKey::development);
    let default_key = options.access_keys == [AccessKey::development()];
    let in_memory = options.data.is_none();
    let tls = match &arguments.tls {
        None => None,
        Some(_) => Some(claque_server::tls::self_signed(&arguments.tls_ca).map_err(Failure::No)?),
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut running =
        claque_server::start(options, tls).await.map_err(|error| Failure::No(error.to_string()))?;
    let endpoint = running.address.to_string();
    if let Some(recovered) = &running.recovered {
        remark(&format!("{} inputs replayed from the journal", recovered.inputs));
        for odd in &recovered.remarks {
            remark(odd);
        }
        if recovered.other_words {
            remark(
                "the data directory keeps the refused words that it was begun with; `claque ctl reset` takes the new ones",
            );
        }
    }
    if in_memory {
        remark("in memory only: --data DIR keeps what was acknowledged");
    }
    if default_key {
        remark(&format!("access key for development: {} {}", key.id, key.secret));
    }
    line(&format!("ready {scheme}://{endpoint}"));
    let status = match &arguments.exec {
        Some(command) => {
            let url = format!("{scheme}://{endpoint}");
            let mut environment = vec![
                ("CLAQUE_ENDPOINT", endpoint.as_str()),
                ("CLAQUE_URL", &url),
                ("CLAQUE_ACCESS_KEY_ID", &key.id),
                ("CLAQUE_ACCESS_KEY_SECRET", &key.secret),
            ];
            let authority = arguments.tls_ca.display().to_string();
            if arguments.tls.is_some() {
                environment.push(("CLAQUE_CA", &authority));
            }
            if let Some(token) = &arguments.control_token {
                environment.push(("CLAQUE_CONTROL_TOKEN", token));
            }
            execute(command, environment, &mut running).await
        }
        None => wait(&mut running).await,
    };
    running
        .stop()
        .await
        .map_err(|error| Failure::No(format!("the journal could not be written: {error}")))?;
    status
}

/// A command that was told to end is waited for this long.
const COMMAND_GRACE: Duration = Duration::from_secs(5);

/// Runs a command to its end, or to the server's. It leads a process group of its own, so that nothing that it started
/// outlives the server.
async fn execute(
    command: &str,
    environment: Vec<(&str, &str)>,
    running: &mut claque_server::Running,
) -> Done {
    let failed = |error: std::io::Error| Failure::Usage(format!("--exec: {error}"));
    let mut child = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(command)
        .envs(environment)
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let group = child.id();
    let status = tokio::select! {
        status = child.wait() => status.map_err(failed)?,
        ended = wait(running) => {
            signal("TERM", group).await;
            let status = match tokio::time::timeout(COMMAND_GRACE, child.wait()).await {
                Ok(status) => status,
                Err(_) => {
                    signal("KILL", group).await;
                    child.wait().await
                }
            };
            ended?;
            status.map_err(failed)?
        }
    };
    match status_byte(status) {
        0 => Ok(()),
        code => Err(Failure::Status(code)),
    }
}

/// A status as shells tell it: the exit code, or 128 and the signal's number.
fn status_byte(status: std::process::ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Sends a signal to a process group. One that is gone already needs none.
async fn signal(name: &str, group: Option<u32>) {
    let Some(group) = group else { return };
    let kill = format!("kill -{name} -{group} 2>/dev/null");
    drop(tokio::process::Command::new("sh").arg("-c").arg(kill).status().await);
}

/// Waits for the word to stop; an error when the journal cannot be written.
async fn wait(running: &mut claque_server::Running) -> Done {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| Failure::No(format!("no signals: {error}")))?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => Ok(()),
        _ = term.recv() => Ok(()),
        failed = running.failed() => {
            failed.map_err(|error| Failure::No(format!("the journal could not be written: {error}")))
        }
    }
}
