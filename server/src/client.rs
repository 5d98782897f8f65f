//! The one outgoing HTTP call: a POST with a deadline.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Longest answer that is read. Unit: bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1_024;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Posts a body, through an HTTP proxy where one is given: the proxy is told the whole address, of whatever scheme, in
/// plain text. The error is a sentence for the log.
pub(crate) async fn post(
    url: &str,
    proxy: Option<SocketAddr>,
    headers: &[(&'static str, String)],
    body: String,
    within: Duration,
) -> Result<Posted, String> {
    match tokio::time::timeout(within, exchange(url, proxy, headers, body)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(format!("no answer within {} s", within.as_secs())),
    }
}

async fn exchange(
    url: &str,
    proxy: Option<SocketAddr>,
    headers: &[(&'static str, String)],
    body: String,
) -> Result<Posted, String> {
    let uri: hyper::Uri = url.parse().map_err(|error| format!("not an address: {error}"))?;
    let host = uri.host().ok_or("an address without a host")?;
    let secure = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream = match proxy {
        Some(proxy) => TcpStream::connect(proxy).await,
        // An address of version 6 stands in brackets where a name would.
        None => TcpStream::connect((host.trim_matches(['[', ']']), port)).await,
    };
    let stream = stream.map_err(|error| format!("cannot connect: {error}"))?;
    let path = uri.path_and_query().map_or("/", |target| target.as_str());
    let target = if proxy.is_some() { url } else { path };
    let mut request =
        Request::post(target).header("Host", uri.authority().map_or(host, |name| name.as_str()));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())?;
    if secure && proxy.is_none() {
        let stream = crate::tls::connect(host, stream).await?;
        return over(TokioIo::new(stream), request).await;
    }
    over(TokioIo::new(stream), request).await
}

async fn over<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Posted, String>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let text = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.map_err(text)?;
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(text)?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX);
    let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok(Posted { status, body: body.to_vec() })
}
