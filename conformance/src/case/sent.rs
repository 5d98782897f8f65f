//! How a call travels where that is not as its client library does it: awkward callers, and what stands in between.

use claque_document::units::Skew;
use claque_wire::client::Unusual;

/// Deviations in how a call is written, signed and sent; by default none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// How far the caller's clock is ahead of the service's.
    pub clock: Skew,
    /// Its nonce: calls of one name have the same; none: one of its own.
    pub nonce: Option<String>,
    /// Another method, signed.
    pub method: Option<String>,
    /// Another content type of a body that carries parameters, signed.
    pub content_type: Option<String>,
    /// Headers that the signature does not list, though it is right for its list.
    pub unlisted: Vec<String>,
    /// Headers that are set once the call was signed, in the place of those of the same name.
    pub unsigned: Vec<(String, String)>,
    /// Escapes are written with lower-case digits.
    pub lower_escapes: bool,
    /// Names of headers are written in upper case.
    pub upper_names: bool,
    /// It leaves in packets of so many bytes.
    pub packets: Option<usize>,
    /// Its body is in chunks of so many bytes.
    pub chunks: Option<usize>,
}

impl Sent {
    /// The deviations that the client library has to know.
    #[must_use]
    pub fn unusual(&self) -> Unusual<'_> {
        Unusual {
            method: self.method.as_deref(),
            form_type: self.content_type.as_deref(),
            unlisted: &self.unlisted,
            lower_escapes: self.lower_escapes,
        }
    }

    /// The caller's time. Unit: UNIX seconds, as the service's.
    #[must_use]
    pub const fn signed_at(&self, seconds: u64) -> u64 {
        seconds.saturating_add_signed(self.clock.0 / 1_000_000)
    }

    /// In the words of a transcript; empty where nothing is unusual.
    #[must_use]
    pub fn says(&self) -> String {
        let mut said = Vec::new();
        if self.clock != Skew::default() {
            said.push(format!("signed at {}", self.clock));
        }
        said.extend(self.nonce.iter().map(|nonce| format!("nonce {nonce}")));
        said.extend(self.method.iter().map(|method| format!("by {method}")));
        said.extend(self.content_type.iter().map(|kind| format!("as {kind}")));
        said.extend(self.unlisted.iter().map(|name| format!("{name} not listed")));
        said.extend(self.unsigned.iter().map(|(name, value)| format!("{name}: {value} not signed")));
        said.extend(self.lower_escapes.then(|| "escapes in lower case".to_owned()));
        said.extend(self.upper_names.then(|| "headers in upper case".to_owned()));
        said.extend(self.packets.map(|bytes| format!("in packets of {bytes}")));
        said.extend(self.chunks.map(|bytes| format!("in chunks of {bytes}")));
        said.join(", ")
    }
}

/// A mistake in the signature of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forgery {
    /// The call got one more parameter after it was signed.
    Parameter,
    /// It was signed with another secret.
    Secret,
}

impl Forgery {
    /// Every one, by the word that chooses it.
    pub const WORDS: &'static [(&'static str, Self)] =
        &[("parameter", Self::Parameter), ("secret", Self::Secret)];

    /// The word that chooses it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Secret => "secret",
        }
    }
}
