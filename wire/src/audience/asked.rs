//! A client's frame, read as far as which method it asks.

use serde::Deserialize;
use serde_json::{Value, json};

use super::logon::Logon;
use super::method::Method;

/// Why a frame is no request: a documented client code and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFrame {
    /// The code.
    pub code: u16,
    /// The sentence.
    pub text: String,
}

/// The answer to a method of sessions on a link without a session.
pub const NOT_LOGGED_ON: (u16, &str) = (602, "log on first");

/// A client's frame.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Asked {
    /// Whatever the client chose; the answer repeats it.
    #[serde(default)]
    pub id: Value,
    /// The method's name, known or not.
    pub method: String,
    /// Its parameters.
    #[serde(default)]
    pub params: Value,
}

impl Asked {
    /// Reads a frame.
    ///
    /// # Errors
    /// Code 604: it is no JSON, or no object with a method in it.
    pub fn parse(text: &str) -> Result<Self, BadFrame> {
        serde_json::from_str(text)
            .map_err(|error| BadFrame { code: 604, text: format!("not a request: {error}") })
    }

    /// The frame with which a client asks a method.
    #[must_use]
    pub fn text(id: &Value, method: Method, params: Value) -> String {
        json!({ "id": id, "method": method.name(), "params": params }).to_string()
    }

    /// The method that it asks.
    ///
    /// # Errors
    /// Code 400: there is none of that name.
    pub fn known_method(&self) -> Result<Method, BadFrame> {
        Method::find(&self.method).ok_or_else(|| {
            let names: Vec<&str> = Method::all().map(Method::name).collect();
            BadFrame {
                code: 400,
                text: format!("no method {:?}; there are {}", self.method, names.join(", ")),
            }
        })
    }
}

/// Whether a text frame is a request that some client could make.
///
/// # Errors
/// The documented client code and the sentence with which a server refuses the frame.
pub fn check_frame(text: &str) -> Result<(), BadFrame> {
    let asked = Asked::parse(text)?;
    match asked.known_method()? {
        Method::Heartbeat => Ok(()),
        Method::Logon(method) => Logon::read(method, asked.params).map(drop),
        Method::Session(method) => method.read(asked.params).map(drop),
    }
}
