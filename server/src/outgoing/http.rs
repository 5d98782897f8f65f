//! The one outgoing HTTP call: a POST with a deadline, to an address that was judged after it was resolved.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use claque_core::address;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::rustls::ClientConfig;

use crate::machine::{Dial, Link};

/// Longest body that is read of a review's answer. Unit: bytes.
const ANSWER_BYTES_MAX: usize = 1_024 * 1_024;
/// A status is all that a callback asks for. So much of a body is taken in behind it, so that its sender is not cut off in
/// the middle of a word; what is longer, or takes longer, is left. Unit: bytes.
const LEFT_BYTES_MAX: usize = 64 * 1_024;
/// How long that may take.
const LEFT_WITHIN: Duration = Duration::from_millis(250);
/// Longest head that is read of an answer. Unit: bytes.
const HEAD_BYTES_MAX: usize = 64 * 1_024;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PostAnswer {
    pub(super) status: u16,
    /// Empty where only the status was asked for.
    pub(super) body: Vec<u8>,
}

/// How calls leave.
#[derive(Clone, Debug)]
pub(super) struct OutgoingRoute {
    /// An HTTP proxy, which gets the whole address, of whatever scheme, in plain text; none: straight to the receiver.
    pub(super) proxy: Option<SocketAddr>,
    /// Whether only public addresses may be connected to. What a proxy connects to is the proxy's business.
    pub(super) public_only: bool,
    /// The authorities to trust where the address says https.
    pub(super) trust: Arc<ClientConfig>,
    /// Another way to receivers than TCP; nothing is resolved, and no proxy asked.
    pub(super) dial: Option<Arc<dyn Dial>>,
    /// Whether the answer's body is asked for.
    pub(super) whole: bool,
}

/// Posts a body. No redirection is followed. The error is a sentence for the log.
pub(super) async fn post(
    url: &str,
    way: &OutgoingRoute,
    headers: &[(&'static str, String)],
    body: String,
    within: Duration,
) -> Result<PostAnswer, String> {
    // One deadline over everything, name resolution and handshake included: the documents give a callback its
    // seconds as a whole.
    match tokio::time::timeout(within, exchange(url, way, headers, body)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(format!("no answer within {} s", within.as_secs_f32())),
    }
}

async fn exchange(
    url: &str,
    way: &OutgoingRoute,
    headers: &[(&'static str, String)],
    body: String,
) -> Result<PostAnswer, String> {
    let uri: hyper::Uri = url.parse().map_err(|error| format!("not an address: {error}"))?;
    let authority = uri.authority().ok_or("an address without a host")?;
    // An address of version 6 stands in brackets where a name would.
    let host = authority.host().trim_matches(['[', ']']);
    let secure = uri.scheme_str() == Some("https");
    let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream: Box<dyn Link> = match (&way.dial, way.proxy) {
        (Some(dial), _) => dial.dial(host, port).await.map_err(|error| format!("cannot connect: {error}"))?,
        (None, Some(proxy)) => {
            Box::new(TcpStream::connect(proxy).await.map_err(|error| format!("cannot connect: {error}"))?)
        }
        (None, None) => Box::new(connect(host, port, way.public_only).await?),
    };
    let path = uri.path_and_query().map_or("/", |target| target.as_str());
    // A proxy gets the whole address (RFC 9112, 3.2.2); a receiver would not know that form.
    let target = if way.proxy.is_some() { url } else { path };
    // Without what may stand before an `@`: that is for this side alone (RFC 9110, 4.2.4), and may be a password.
    let named = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, named)| named);
    let mut request = Request::post(target).header("Host", named);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())?;
    // A proxy of a test sees what is sent; a tunnel through it would hide just that.
    if secure && way.proxy.is_none() {
        let stream = crate::tls::connect(Arc::clone(&way.trust), host, stream).await?;
        return over(TokioIo::new(stream), request, way.whole).await;
    }
    over(TokioIo::new(stream), request, way.whole).await
}

/// Resolves a name once, judges what it came to, and connects to just that: a name that comes to another address at the
/// next question gains nothing by it.
async fn connect(host: &str, port: u16, public_only: bool) -> Result<TcpStream, String> {
    let found =
        // Once, and connected to by address: asking again would let a name be public when it is judged and
        // private when it is called.
        tokio::net::lookup_host((host, port)).await.map_err(|error| format!("cannot resolve: {error}"))?;
    let mut last = "the name has no address".to_owned();
    for address in found {
        if public_only && !address::is_public(address.ip()) {
            last = format!("{} is no public address and is not called (--public-urls-only)", address.ip());
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = format!("cannot connect: {error}"),
        }
    }
    Err(last)
}

/// Ends a connection's task with the call: a caller that gave up waiting holds no descriptor any more.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn over<S>(stream: S, request: Request<Full<Bytes>>, whole: bool) -> Result<PostAnswer, String>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let text = |error: hyper::Error| format!("the connection broke: {error}");
    let mut builder = hyper::client::conn::http1::Builder::new();
    // hyper's own bound is four hundred kilobytes for each connection, and receivers are anybody's servers.
    builder.max_buf_size(HEAD_BYTES_MAX);
    let (mut sender, connection) = builder.handshake(stream).await.map_err(text)?;
    // hyper leaves the driving of a connection to its caller; a task that is merely spawned would outlive the
    // timeout.
    let _ended = AbortOnDrop(tokio::spawn(async move { drop(connection.await) }));
    let answer = sender.send_request(request).await.map_err(text)?;
    let status = answer.status().as_u16();
    let body = answer.into_body();
    if !whole {
        // Read on for a moment: a receiver that is reset while it writes reports a failed callback to its
        // owner.
        drop(tokio::time::timeout(LEFT_WITHIN, leave(body)).await);
        return Ok(PostAnswer { status, body: Vec::new() });
    }
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    match body {
        Ok(body) => Ok(PostAnswer { status, body: body.to_bytes().to_vec() }),
        // The review worked, as its status says; what it says is more than anybody reads, so that it reads as nothing.
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Ok(PostAnswer { status, body: Vec::new() })
        }
        Err(error) => Err(format!("the connection broke: {error}")),
    }
}

/// Takes in what is left of an answer, and keeps nothing of it.
async fn leave(mut body: Incoming) {
    let mut taken = 0;
    while taken <= LEFT_BYTES_MAX
        && let Some(Ok(frame)) = body.frame().await
    {
        taken += frame.data_ref().map_or(0, Bytes::len);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::connect;

    /// Hosts that lead to this machine, into its network, or to nobody, in the forms that resolvers take.
    const NOT_PUBLIC: &[&str] = &[
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0177.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "0",
        "0.0.0.0",
        "0x0",
        "0.1.2.3",
        "::1",
        "::",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:c0a8:101::1",
        "2001::1",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "2001:2::1",
        "2001:20::1",
        "3fff::1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "100::1",
        "10.0.0.1",
        "10.1",
        "167772161",
        "0xa000001",
        "012.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "192.168.257",
        "3232235521",
        "100.64.0.1",
        "100.127.255.255",
        "169.254.169.254",
        "169.254.43518",
        "2852039166",
        "0xa9fea9fe",
        "192.0.0.1",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "198.19.255.255",
        "192.88.99.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "4294967295",
    ];

    #[tokio::test]
    async fn nothing_that_is_not_public_is_connected_to_however_it_is_written() {
        let here = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = here.local_addr().expect("an address").port();
        for host in NOT_PUBLIC {
            let error = connect(host, port, true).await.expect_err("not public");
            // A form that this machine's resolver does not take leads nowhere either.
            assert!(
                error.contains("is no public address") || error.starts_with("cannot resolve"),
                "{host}: {error}"
            );
        }
        let nobody = tokio::time::timeout(Duration::from_millis(50), here.accept()).await;
        assert!(nobody.is_err(), "nothing was connected to");
        for host in ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost"] {
            connect(host, port, false).await.unwrap_or_else(|error| panic!("{host}: {error}"));
        }
    }
}
