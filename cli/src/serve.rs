//! `claque serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use claque_core::Config;
use claque_server::clock::ClockPace;
use claque_server::{AccessKey, Options, WorldFile};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::number::{COUNT_MAX, number};
use crate::output::{count, line, remark};
use crate::{CommandFailure, Done, readings, run_command};

/// How to serve.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque serve
  claque serve --listen 127.0.0.1:0 --access-key testid:testsecret
  claque serve --data show-data --reading shaper.window=window-close
  claque serve --listen localhost:9000
  claque serve --listen 127.0.0.1:0 --exec 'python3 my_test.py'
  claque serve --data show-data --memory-max 2GiB
  claque serve --config claque.toml --callback-ca receivers.pem

With --frozen the clock stands still, so the second in which calls are counted does not end. An account that has made \
all calls of one second is throttled (the reply says so) until you move the clock (claque ctl clock --advance 1s) or let \
it run (claque ctl clock --resume).

The first line on standard output is: ready ENDPOINT. The command of --exec finds the endpoint in CLAQUE_ENDPOINT \
(host and port) and CLAQUE_URL, the key in CLAQUE_ACCESS_KEY_ID and CLAQUE_ACCESS_KEY_SECRET, the authority to trust \
in CLAQUE_CA. The server exits with the status of this command.")]
pub(crate) struct Arguments {
    /// Where to listen: an address or a name, with a port or without (8787); port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:8787", value_name = "HOST[:PORT]", value_parser = crate::listen::read)]
    listen: SocketAddr,
    /// A key that may sign calls, ID:SECRET; repeatable. Without one: a development key, printed at the start.
    #[arg(long, value_name = "ID:SECRET")]
    access_key: Vec<String>,
    /// Accounts, keys, RAM policies and refused words, as TOML: docs/config.md.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What the first world begins with: keys, readings, applications, groups, as `claque world export` writes it.
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// Keeps the state in this directory: every change is on the disk before it is answered. Without it: in memory only.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another reading of an open point, or @FILE for a file of them; repeatable. `claque readings` lists them.
    #[arg(long, value_name = "ID=VALUE")]
    reading: Vec<String>,
    /// The clock stands still until you move it.
    #[arg(long)]
    frozen: bool,
    /// Serves HTTPS: `self-signed` makes a certificate, and writes the authority that clients must trust to the file --tls-ca.
    #[arg(long, value_name = "self-signed", value_parser = ["self-signed"])]
    tls: Option<String>,
    /// The file for the authority's certificate.
    #[arg(long, value_name = "FILE", default_value = "claque-ca.pem")]
    tls_ca: PathBuf,
    /// Serves no control API and no console (/_claque/).
    #[arg(long)]
    no_control: bool,
    /// Opens the control API to other machines that send this token.
    #[arg(long, env = "CLAQUE_CONTROL_TOKEN", hide_env_values = true)]
    control_token: Option<String>,
    /// Accepts only callback and review addresses as documented: no port, no private address. A host name is checked when the
    /// server connects to it.
    #[arg(long)]
    public_urls_only: bool,
    /// A PEM file of more authorities to trust when callbacks and reviews are sent by https.
    #[arg(long, value_name = "FILE")]
    callback_ca: Option<PathBuf>,
    /// The most memory that the state of all worlds may take: 512MiB, 2GB, none. At this bound, calls that add something are
    /// refused with ServerError. Without it: three quarters of the memory of the container (control group) or the machine.
    #[arg(long, value_name = "SIZE", value_parser = crate::size::bound)]
    memory_max: Option<u64>,
    /// Worlds that may be created besides the default world (docs/worlds.md).
    #[arg(long, value_name = "COUNT", default_value_t = 1_000, value_parser = number::<usize>("number of worlds", 0..=COUNT_MAX))]
    worlds_max: usize,
    /// Lets other machines use the development key, which everybody knows.
    #[arg(long)]
    insecure: bool,
    /// Starts the server, runs this command against it, stops the server, and exits with the command's status.
    #[arg(long, value_name = "CMD", value_parser = shell_command)]
    exec: Option<String>,
    /// Logs as JSON.
    #[arg(long)]
    log_json: bool,
}

/// A command for the shell. An empty one would succeed without having tested anything.
fn shell_command(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err(
            "the command is empty: write one, such as 'python3 my_test.py', or leave --exec out".to_owned()
        );
    }
    Ok(text.to_owned())
}

impl Arguments {
    fn options(&self) -> Result<Options, CommandFailure> {
        let mut options = Options {
            listen: self.listen,
            data: self.data.clone(),
            config: Config { readings: readings::parse(&self.reading)?, ..Config::default() },
            // Besides the configuration: a journal keeps the readings it was begun with, and what was asked
            // for by name holds above those.
            readings: pairs(&readings::expand(&self.reading)?),
            pace: if self.frozen { ClockPace::Frozen } else { ClockPace::REAL },
            control: !self.no_control,
            control_token: self.control_token.clone(),
            public_urls_only: self.public_urls_only,
            callback_ca: self.callback_ca.clone(),
            memory_max: self.memory_max.or_else(claque_server::memory::default_bound).unwrap_or(u64::MAX),
            worlds_max: self.worlds_max,
            insecure: self.insecure,
            shows: Some(std::sync::Arc::new(crate::shows::Shows)),
            ..Options::default()
        };
        // The file first, the world behind it, and the command line last: what is typed holds above what is
        // written.
        if let Some(file) = &self.config {
            crate::config::read(file, &mut options)?;
        }
        if let Some(file) = &self.world {
            let wrong = |error: String| CommandFailure::Usage(format!("{}: {error}", file.display()));
            let text = crate::input::read_written(file)?;
            let world =
                WorldFile::parse(&file.display().to_string(), &text).map_err(CommandFailure::Usage)?;
            world.begin(&mut options).map_err(wrong)?;
        }
        let keys: Result<Vec<AccessKey>, String> =
            self.access_key.iter().map(|text| AccessKey::parse(text)).collect();
        let keys = keys.map_err(|error| CommandFailure::Usage(format!("--access-key: {error}")))?;
        // In the place of the development key, not beside it: a server with a key of its own must not take
        // the one that everybody knows.
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

/// Writes a log to standard error: what `RUST_LOG` asks for (`warn`, or `claque_server=debug,warn`), or else from INFO up.
fn log(json: bool) {
    let asked = std::env::var("RUST_LOG").ok().filter(|asked| !asked.is_empty());
    let otherwise = || Targets::new().with_default(LevelFilter::INFO);
    let (filter, wrong) = match asked.as_deref().map(str::parse::<Targets>) {
        None => (otherwise(), None),
        Some(Ok(filter)) => (filter, None),
        // It may be meant for another program of the same shell: no reason not to serve.
        Some(Err(error)) => (otherwise(), Some(error)),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match json {
        true => lines.json().boxed(),
        false => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    if let Some(error) = wrong {
        let asked = asked.unwrap_or_default();
        tracing::warn!("RUST_LOG={asked} is not TARGET=LEVEL,… ({error}): logging from INFO up");
    }
}

pub(crate) fn run(arguments: Arguments) -> Done {
    // Ahead of the runtime, whose threads may have something to say already.
    log(arguments.log_json);
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| CommandFailure::No(format!("no runtime: {error}")))?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: Arguments) -> Done {
    let options = arguments.options()?;
    let key = options.access_keys.first().cloned().unwrap_or_else(AccessKey::development);
    let default_key = options.access_keys == [AccessKey::development()];
    let in_memory = options.data.is_none();
    let tls = match &arguments.tls {
        None => None,
        Some(_) => Some(claque_server::tls::self_signed(&arguments.tls_ca).map_err(CommandFailure::No)?),
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut running = claque_server::start(options, tls).await.map_err(|error| match error.is_usage() {
        true => CommandFailure::Usage(error.to_string()),
        false => CommandFailure::No(error.to_string()),
    })?;
    let endpoint = running.address.to_string();
    if let Some(recovered) = &running.recovered {
        remark(&format!("{} replayed from the journal", count(recovered.inputs, "input")));
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
    if !arguments.no_control {
        remark(&format!("console: {scheme}://{endpoint}{}", claque_server::CONTROL_PREFIX));
    }
    // The only line on standard output, and behind everything that can fail: scripts wait for it and read the
    // port from it.
    line(&format!("ready {scheme}://{endpoint}"));
    let status = match &arguments.exec {
        Some(command) => {
            let url = format!("{scheme}://{endpoint}");
            let mut environment = vec![
                ("CLAQUE_ENDPOINT", endpoint.as_str()),
                ("CLAQUE_URL", &url),
                // In the environment and not among the arguments, which every user of the machine can list.
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
            run_command::execute(command, environment, &mut running).await
        }
        None => wait(&mut running).await,
    };
    running
        // Ahead of the command's status: a journal that could not be written is worse than a test that
        // failed.
        .stop()
        .await
        .map_err(|error| CommandFailure::No(error.to_string()))?;
    status
}

/// Waits for the word to stop; an error when the journal cannot be written.
pub(crate) async fn wait(running: &mut claque_server::Running) -> Done {
    tokio::select! {
        stopped = crate::interrupt::stopped() => stopped,
        failed = running.failed() => {
            failed.map_err(|error| CommandFailure::No(error.to_string()))
        }
    }
}
