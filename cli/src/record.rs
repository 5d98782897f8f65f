//! `claque record`: a proxy that writes down the calls that pass through it, and a receiver that writes down callbacks.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claque_lab::amount::counted;
use claque_server::recorder::{self, RecordingLog, Upstream};
use tokio::sync::watch;

use crate::number::number;
use crate::output::{line, remark};
use crate::{CommandFailure, Done};

/// What to record.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The file for the recording; it must not exist yet.
    #[arg(short, long, value_name = "LOG")]
    output: PathBuf,
    /// The address on which the proxy listens; client libraries call it with the protocol http.
    #[arg(long, value_name = "ADDR", value_parser = crate::listen::read, requires = "upstream")]
    listen: Option<SocketAddr>,
    /// The service to which the proxy passes calls on, unchanged.
    #[arg(long, value_name = "URL", requires = "listen")]
    upstream: Option<String>,
    /// The address on which a receiver of callbacks listens; it records each callback and answers 200.
    #[arg(long, value_name = "ADDR", value_parser = crate::listen::read, required_unless_present = "listen")]
    callbacks: Option<SocketAddr>,
    /// Trusts this authority too, for an upstream with a certificate of its own making: a PEM file.
    #[arg(long, value_name = "FILE", requires = "upstream")]
    ca: Option<PathBuf>,
    /// The most by which this machine's clock may be wrong, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 500, value_parser = number::<u64>("number of milliseconds", 0..=86_400_000))]
    clock_error: u64,
    /// Adds a claim that the recording has everything that was done to the applications created in it: no client, console or other
    /// caller went past this proxy.
    #[arg(long, requires = "listen")]
    complete: bool,
}

const EXAMPLES: &str = "\
Examples:
  claque record --listen 127.0.0.1:9000 --upstream https://live.aliyuncs.com -o calls.jsonl
  claque record --listen 127.0.0.1:9000 --upstream http://127.0.0.1:8787 -o calls.jsonl --complete
  claque record --callbacks 127.0.0.1:9001 -o callbacks.jsonl
  claque audit calls.jsonl callbacks.jsonl

A signature includes the host name that was called. So give the client library the real service's host name as its endpoint, and \
this proxy as http_proxy. Only if the service does not check the host name, as `claque serve` does not, this proxy's address may \
be the endpoint. Ctrl-C ends the recording.
Exit status: 0 the recording was written, 1 it could not be written, 2 wrong usage.";

pub(crate) fn run(arguments: Arguments) -> Done {
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| CommandFailure::No(format!("no runtime: {error}")))?;
    runtime.block_on(record(arguments))
}

async fn record(arguments: Arguments) -> Done {
    let upstream = match &arguments.upstream {
        None => None,
        Some(url) => {
            let upstream = Upstream::new(url, arguments.ca.as_deref());
            Some(upstream.map_err(|why| CommandFailure::Usage(format!("--upstream: {why}")))?)
        }
    };
    let proxy = arguments.listen.map(|at| listen("--listen", at)).transpose()?;
    let receiver = arguments.callbacks.map(|at| listen("--callbacks", at)).transpose()?;
    // Behind everything that can fail: no empty recording is left behind.
    let log =
        Arc::new(RecordingLog::new(Box::new(create(&arguments.output)?), arguments.clock_error * 1_000));
    let (stop, stopping) = watch::channel(false);
    let mut tasks = Vec::new();
    if let Some((receiver, address)) = receiver {
        line(&format!("callbacks http://{address}"));
        tasks.push(tokio::spawn(recorder::receive(receiver, Arc::clone(&log), stopping.clone())));
    }
    if let Some(((proxy, address), upstream)) = proxy.zip(upstream) {
        // The last line: scripts wait for it.
        tasks.push(tokio::spawn(recorder::proxy(proxy, upstream, Arc::clone(&log), stopping)));
        line(&format!("ready http://{address}"));
    }
    crate::interrupt::stopped().await?;
    stop.send_replace(true);
    for task in tasks {
        drop(task.await);
    }
    let file = arguments.output.display();
    let counts =
        log.end(arguments.complete).map_err(|error| CommandFailure::No(format!("{file}: {error}")))?;
    remark(&format!(
        "{file}: {}, {}; no calls: {}",
        counted(counts.calls, "call"),
        counted(counts.callbacks, "callback"),
        counted(counts.others, "request")
    ));
    Ok(())
}

fn listen(option: &str, at: SocketAddr) -> Result<(tokio::net::TcpListener, SocketAddr), CommandFailure> {
    let wrong = |error: std::io::Error| {
        CommandFailure::No(format!("{option}: cannot listen on {at}: {error}; port 0 takes any free one"))
    };
    let listener = recorder::listen(at).map_err(wrong)?;
    let address = listener.local_addr().map_err(wrong)?;
    Ok((listener, address))
}

/// A recording is never written over.
fn create(path: &Path) -> Result<std::fs::File, CommandFailure> {
    std::fs::File::create_new(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => CommandFailure::Usage(format!(
            "{}: it is there already, and no recording is written over; name another file",
            path.display()
        )),
        _ => CommandFailure::No(claque_conformance::file::unwritten(path, &error)),
    })
}
