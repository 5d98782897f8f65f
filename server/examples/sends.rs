//! Signed sends a second over the loopback: a server in this process, clients that wait for each answer before the next.
//!
//! `cargo run --release -p claque-server --example sends -- 32 5 [DATA-DIRECTORY]`: connections, seconds, and whether
//! inputs are written down. Only ratios of runs that alternate on one machine mean anything.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

mod support;

use std::time::Duration;

use claque_server::{Options, start};
use serde_json::json;
use support::{Link, Problem};
use tokio::time::Instant;

#[tokio::main]
async fn main() -> Result<(), Problem> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, otherwise: u64| words.get(at).map_or(Ok(otherwise), |word| word.parse());
    let (connections, seconds) = (number(0, 32)?, number(1, 5)?);
    let mut options = Options { listen: ([127, 0, 0, 1], 0).into(), ..Options::default() };
    options.data = words.get(2).map(Into::into);
    let running = start(options, None).await?;
    let host = running.address.to_string();
    let mut first = Link::open(&host, "setup".to_owned()).await?;
    let app = first.application().await?.id;
    let group = json!({ "AppId": app, "GroupId": "g", "CreatorId": "host" });
    first.call("CreateLiveMessageGroup", &group).await?;
    // Somebody has to be there to receive.
    first.control("POST", "join", &json!({ "app": app, "group": "g", "user": "ada" })).await?;
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut workers = Vec::new();
    for number in 0..connections {
        let (host, app) = (host.clone(), app.clone());
        workers.push(tokio::spawn(async move {
            let mut link = Link::open(&host, format!("sends-{number}")).await?;
            let send = json!({ "AppId": app, "GroupId": "g", "SenderId": "host", "Body": "hello", "MsgType": 10_001 });
            let mut sent = 0_u64;
            while Instant::now() < until {
                link.call("SendLiveMessageGroup", &send).await?;
                sent += 1;
            }
            Ok::<u64, Problem>(sent)
        }));
    }
    let mut sent = 0;
    for worker in workers {
        sent += worker.await??;
    }
    println!("{} signed sends a second over {connections} connections", sent / seconds.max(1));
    running.stop().await?;
    Ok(())
}
