//! The documented HTTP surface of the messaging service, and the protocol of its audience, as plain data and pure functions.
//!
//! Nothing here opens a socket, reads a clock or draws a random number: time, nonces and request ids are arguments. One
//! [`http::HttpRequest`] goes in, one JSON or XML body comes out, and the state machine of `claque-core` decides what it says.
//!
//! # Map
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`operation`] | the one table of 54 operations that everything else is derived from |
//! | [`url`], [`http`], [`param`] | reading a request: escapes, query and form, the three encodings of lists |
//! | [`sign`] | who calls: three signature schemes, freshness, replay |
//! | [`endpoint`] | all of it in one place: a request becomes a call, what was decided becomes its answer |
//! | [`decode`], [`encode`], [`envelope`], [`xml`] | parameters to request, response to fields, outcome to status and body |
//! | [`transport`] | refusals of requests that never became calls: too long, malformed, too slow, a server that is full |
//! | [`argument`], [`client`], [`schema`] | the caller's side: eleven client styles, signing, the shape of answers |
//! | [`callback`] | the service's own calls: events, custom moderation, their signature |
//! | [`audience`] | the frames of audience links: methods, events, answers, codes |
//! | [`recorded`] | a call as a recording has it, without secrets |
//! | [`reached`], [`mutation`] | which rules of the wire decided, and mutants that break them |
//!
//! # The way of a call
//!
//! ```
//! use claque_wire::argument::Arguments;
//! use claque_wire::client::{ClientStyle, Stamp};
//! use claque_wire::sign::{Credentials, replay::ReplayCache};
//! use claque_wire::endpoint::{Endpoint, Key, PlainGate};
//!
//! // A client library writes and signs …
//! let credentials = Credentials {
//!     access_key_id: "id".to_owned(),
//!     access_key_secret: "secret".to_owned(),
//!     security_token: None,
//! };
//! let arguments = Arguments::new().with("AppId", "show").with("GroupId", "stage");
//! let stamp = Stamp { nonce: "n-1", signed_at: 1_700_000_000 };
//! let sent = ClientStyle::Python.request("CreateLiveMessageGroup", &arguments, "127.0.0.1:8787", &credentials, stamp)?;
//!
//! // … and a server attributes, routes and reads. What follows is the state machine's to decide.
//! let key_of = |id: &str| (id == "id").then(|| Key { secret: "secret".to_owned(), security_token: None });
//! let mut gate = PlainGate { key_of, used: &mut ReplayCache::default() };
//! let call = Endpoint::SOUND.receive(1_700_000_001, &sent, &mut gate).call?;
//! let request = Endpoint::SOUND.read(call.operation, &call.signed.params, &mut gate);
//! assert_eq!(request.expect("it is legal").operation().name(), "CreateLiveMessageGroup");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants, as absences
//!
//! No runtime, no I/O, no clock, no randomness, no hash order. No operation, parameter or field name outside [`operation`]'s
//! table but in [`encode`], which a test holds to the table. No secret in any `Debug` text or error.
#![forbid(unsafe_code)]

pub mod argument;
pub mod audience;
pub mod callback;
pub mod client;
pub mod decode;
pub mod delivery;
pub mod encode;
pub mod endpoint;
pub mod envelope;
pub mod http;
pub mod mutation;
pub mod operation;
pub mod param;
pub mod policy;
pub mod reached;
pub mod recorded;
pub mod schema;
pub mod sign;
mod spec;
mod table;
pub mod transport;
pub mod url;
pub mod xml;
