//! Holds idle audience connections at a running server, and shows what its memory comes to.
//!
//! `ulimit -n 65536; cargo run --release -p claque-server --example idle -- HOST:PORT PROCESS [CONNECTIONS]`
//!
//! Every connection is logged on and in one group, which so many members make a supergroup.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{Link, Problem, Socket, memory_kib};

/// Logons at once.
const AT_ONCE: usize = 64;

#[tokio::main]
async fn main() -> Result<(), Problem> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [host, process, rest @ ..] = words.as_slice() else {
        return Err("HOST:PORT PROCESS [CONNECTIONS]".into());
    };
    let process: u32 = process.parse()?;
    let count: usize = rest.first().map_or(Ok(10_000), |text| text.parse())?;
    let mut link = Link::open(host, "idle".to_owned()).await?;
    let app = link.application().await?;
    link.call("CreateLiveMessageGroup", &json!({ "AppId": app.id, "GroupId": "g", "CreatorId": "host" }))
        .await?;
    let before = memory_kib(process, "VmRSS")?;
    let mut sockets = Vec::with_capacity(count);
    while sockets.len() < count {
        let first = sockets.len();
        let opening: Vec<_> = (first..count.min(first + AT_ONCE))
            .map(|number| {
                let (host, app) = (host.clone(), app.clone());
                tokio::spawn(
                    async move { Socket::in_group(&host, &app, &format!("user{number}"), "g").await },
                )
            })
            .collect();
        for opened in opening {
            sockets.push(opened.await??);
        }
    }
    // Notices of the last joins, and whatever else comes later.
    tokio::time::sleep(Duration::from_secs(12)).await;
    let metrics = link.control_text("GET", "metrics", &Value::Null).await?;
    let up = metrics.lines().find_map(|line| line.strip_prefix("claque_links ")).ok_or("no gauge")?;
    if up != count.to_string() {
        return Err(format!("{count} links were opened, {up} are up").into());
    }
    let after = memory_kib(process, "VmRSS")?;
    println!(
        "{count} idle connections: {} MiB resident, {} MiB before, {} bytes each; {} MiB at the most",
        after / 1_024,
        before / 1_024,
        (after - before) * 1_024 / u64::try_from(count)?,
        memory_kib(process, "VmHWM")? / 1_024,
    );
    Ok(())
}
