//! Trivial POSTs a second: what `claque serve` and other stand-ins for a cloud service answer. `benches/standins/run.sh` starts
//! each of them and runs this against it.
//!
//! `posts KIND HOST:PORT [--connections 32] [--seconds 5]`
//!
//! Clients wait for each answer before the next POST, on keep-alive connections; all kinds are written and read alike, and
//! only answers of 200 to 299 count. What is posted is the kind's own: a signed send to a group (claque), a message to a
//! queue (moto), a charge (stripe-mock), JSON to a stub (wiremock) and to a path of a description (prism).
#![expect(clippy::print_stdout, reason = "a program for the command line")]

mod support;

use std::time::Duration;

use serde_json::json;
use support::{App, Link, Problem};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Before the measurement begins, so that just-in-time compilers have done their work.
const WARM_UP: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Claque,
    Moto,
    Prism,
    StripeMock,
    WireMock,
}

struct Asked {
    kind: Kind,
    host: String,
    connections: u32,
    seconds: u64,
}

fn arguments() -> Result<Asked, Problem> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [kind, host, rest @ ..] = words.as_slice() else {
        return Err("posts KIND HOST:PORT [--connections N] [--seconds N]".into());
    };
    let kind = match kind.as_str() {
        "claque" => Kind::Claque,
        "moto" => Kind::Moto,
        "prism" => Kind::Prism,
        "stripe-mock" => Kind::StripeMock,
        "wiremock" => Kind::WireMock,
        other => {
            return Err(format!("{other:?} is none of claque, moto, prism, stripe-mock, wiremock").into());
        }
    };
    let mut asked = Asked { kind, host: host.clone(), connections: 32, seconds: 5 };
    for pair in rest.chunks(2) {
        let [word, value] = pair else { return Err("an option without a value".into()) };
        match word.as_str() {
            "--connections" => asked.connections = value.parse()?,
            "--seconds" => asked.seconds = value.parse()?,
            other => return Err(format!("no option {other}").into()),
        }
    }
    Ok(asked)
}

/// An HTTP/1.1 connection that is opened again where the other side closes it.
struct Connection {
    host: String,
    stream: Option<TcpStream>,
    got: Vec<u8>,
}

impl Connection {
    const fn new(host: String) -> Self {
        Self { host, stream: None, got: Vec::new() }
    }

    /// Writes a request and reads the answer to its end; its status.
    async fn exchange(&mut self, bytes: &[u8]) -> Result<u16, Problem> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.host).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(bytes).await?;
        self.got.clear();
        loop {
            if let Some((status, keeps)) = answered(&self.got)? {
                self.stream = keeps.then_some(stream);
                return Ok(status);
            }
            if stream.read_buf(&mut self.got).await? == 0 {
                return Err("the connection ended".into());
            }
        }
    }
}

/// The status of an answer that is whole, and whether the connection goes on.
fn answered(bytes: &[u8]) -> Result<Option<(u16, bool)>, Problem> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = answer.parse(bytes)? else { return Ok(None) };
    let status = answer.code.ok_or("no status")?;
    let value = |name: &str| {
        let named = |header: &&httparse::Header<'_>| header.name.eq_ignore_ascii_case(name);
        answer.headers.iter().find(named).and_then(|header| std::str::from_utf8(header.value).ok())
    };
    let closes = value("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let keeps = !closes && answer.version == Some(1);
    let body = &bytes[head..];
    let whole = match value("content-length") {
        Some(length) => body.len() >= length.parse()?,
        // What these answer never holds the last chunk's bytes otherwise.
        None => body.ends_with(b"0\r\n\r\n"),
    };
    Ok(whole.then_some((status, keeps)))
}

fn post(host: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "Content-Type: application/json\r\n";
/// Routes a call to the queues; the signature is not looked at.
const QUEUES: &str = "Authorization: AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/sqs/aws4_request, \
    SignedHeaders=host;x-amz-date, Signature=0\r\nX-Amz-Date: 20260101T000000Z\r\n";

/// Sets the scene; the application where there is one.
async fn set_up(asked: &Asked) -> Result<Option<App>, Problem> {
    let host = &asked.host;
    let request = match asked.kind {
        Kind::Claque => {
            let mut link = Link::open(host, "setup".to_owned()).await?;
            let app = link.application().await?;
            let group = json!({ "AppId": app.id, "GroupId": "g", "CreatorId": "host" });
            link.call("CreateLiveMessageGroup", &group).await?;
            // Somebody has to be there to receive.
            link.control("POST", "join", &json!({ "app": app.id, "group": "g", "user": "ada" })).await?;
            return Ok(Some(app));
        }
        Kind::Moto => {
            post(host, "/", &format!("{FORM}{QUEUES}"), "Action=CreateQueue&QueueName=q&Version=2012-11-05")
        }
        Kind::WireMock => {
            let stub = json!({
                "request": { "method": "POST", "urlPath": "/send" },
                "response": { "status": 200, "jsonBody": { "messageId": "1" } },
            });
            post(host, "/__admin/mappings", JSON, &stub.to_string())
        }
        Kind::Prism | Kind::StripeMock => return Ok(None),
    };
    let status = Connection::new(host.clone()).exchange(&request).await?;
    if status < 300 { Ok(None) } else { Err(format!("the scene is refused with {status}").into()) }
}

fn trivial(kind: Kind, host: &str) -> Vec<u8> {
    match kind {
        Kind::Moto => {
            let queue = format!("http%3A%2F%2F{}%2F123456789012%2Fq", host.replace(':', "%3A"));
            let body = format!("Action=SendMessage&QueueUrl={queue}&MessageBody=hello&Version=2012-11-05");
            post(host, "/123456789012/q", &format!("{FORM}{QUEUES}"), &body)
        }
        Kind::StripeMock => {
            let headers = format!("{FORM}Authorization: Bearer sk_test_123\r\n");
            post(host, "/v1/charges", &headers, "amount=100&currency=usd&source=tok_visa")
        }
        Kind::Claque | Kind::Prism | Kind::WireMock => post(host, "/send", JSON, r#"{"body":"hello"}"#),
    }
}

async fn work(
    asked: (Kind, String),
    app: Option<App>,
    number: u32,
    until: [Instant; 2],
) -> Result<u64, Problem> {
    let (kind, host) = asked;
    let [begin, end] = until;
    let mut signing = match &app {
        Some(_) => Some(Link::open(&host, format!("posts-{number}")).await?),
        None => None,
    };
    let mut connection = Connection::new(host.clone());
    let plain = trivial(kind, &host);
    let mut count = 0;
    while Instant::now() < end {
        let status = match (&mut signing, &app) {
            (Some(link), Some(app)) => {
                let send = json!({ "AppId": app.id, "GroupId": "g", "SenderId": "host", "Body": "hello", "MsgType": 10_001 });
                let signed = link.signed("SendLiveMessageGroup", &send)?;
                connection.exchange(&signed).await?
            }
            _ => connection.exchange(&plain).await?,
        };
        if !(200..300).contains(&status) {
            return Err(format!(
                "a POST is refused with {status}: {}",
                String::from_utf8_lossy(&connection.got)
            )
            .into());
        }
        count += u64::from(Instant::now() >= begin);
    }
    Ok(count)
}

#[tokio::main]
async fn main() -> Result<(), Problem> {
    let asked = arguments()?;
    let app = set_up(&asked).await?;
    let begin = Instant::now() + WARM_UP;
    let until = [begin, begin + Duration::from_secs(asked.seconds)];
    let workers: Vec<_> = (0..asked.connections)
        .map(|number| tokio::spawn(work((asked.kind, asked.host.clone()), app.clone(), number, until)))
        .collect();
    let mut count = 0;
    for worker in workers {
        count += worker.await??;
    }
    println!("{} POSTs a second over {} connections", count / asked.seconds.max(1), asked.connections);
    Ok(())
}
