//! HTTP/1.1 as the official client libraries speak it. Written on `httparse` instead of a framework for one reason: a
//! legal call may have a request target of 98,000 characters, and common servers refuse anything over 65,534.
//!
//! A request comes in two steps, [`HttpStream::head`] and [`HttpStream::body`], so that a client that may not send a
//! body, or not such a long one, learns it before any of it is held. Every wait has an end: a head comes within a span,
//! bodies and answers move at a least rate. What has begun to be refused is read on and thrown away for a while
//! ([`linger`]), because a connection that is closed over unread bytes is reset, and a reset takes the refusal with it.

mod body;
mod chunk;
mod forward;
mod head;
mod pace;
mod read;
mod write;

pub(crate) use forward::forward;
pub(crate) use head::{Framing, Head};
pub(crate) use pace::LeastRate;
pub(crate) use read::{HttpStream, ReadError};
pub(crate) use write::{HttpResponse, linger, send};
