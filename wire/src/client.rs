//! The caller's side: a call written as each official client library writes it, and signed.
//!
//! The libraries agree on names and methods and differ in everything else: spelling of lists, booleans, maps and spaces,
//! placement, signature scheme, signed headers. A [`ClientStyle`] is one library's habits.

use serde_json::{Map, Value};

use crate::argument::{Argument, Arguments};
use crate::http::{FORM_TYPE, HttpRequest};
use crate::operation::{OperationSpec, Placement};
use crate::param::ParamMap;
use crate::sign::{API_VERSION, AuthError, Credentials, Scheme, acs3, date, rpc1};
use crate::url::{Spelling, encode_pairs};

/// How a client library writes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientStyle {
    /// The older Python library: indexed lists, `True`, JSON with spaces, parameter scheme.
    OldPython,
    /// pop-core with GET: indexed lists, everything in the query, parameter scheme.
    PopCoreGet,
    /// pop-core with POST: indexed lists, everything in the form body, parameter scheme.
    PopCorePost,
    /// The current Python library: comma-joined lists, `True`, header scheme over all headers.
    Python,
    /// The current Python library's asynchronous calls: as [`Self::Python`], with a query that escapes less.
    PythonAsync,
    /// The TypeScript library: comma-joined lists, `true`, header scheme over the needed headers.
    TypeScript,
}

/// Decoded names and values, in order.
type Pairs = Vec<(String, String)>;

/// What makes a signed call unique and fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// A value never used before with this key.
    pub nonce: &'a str,
    /// The caller's time, in seconds since the UNIX epoch.
    pub signed_at: u64,
}

impl ClientStyle {
    /// Every style.
    pub const ALL: [Self; 6] = [
        Self::OldPython,
        Self::PopCoreGet,
        Self::PopCorePost,
        Self::Python,
        Self::PythonAsync,
        Self::TypeScript,
    ];

    /// The name by which a descriptor chooses the style.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OldPython => "python-core",
            Self::PopCoreGet => "pop-core-get",
            Self::PopCorePost => "pop-core-post",
            Self::Python => "python",
            Self::PythonAsync => "python-async",
            Self::TypeScript => "typescript",
        }
    }

    /// The style of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|style| style.name() == name)
    }

    /// How the library signs.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        match self {
            Self::OldPython | Self::PopCoreGet | Self::PopCorePost => Scheme::Rpc1,
            Self::Python | Self::PythonAsync | Self::TypeScript => Scheme::Acs3Sha256,
        }
    }

    /// The arguments as text, split into those of the query and those of the form body.
    ///
    /// An argument that the operation does not name goes into the query; so do all of an unknown operation.
    #[must_use]
    pub fn place(self, action: &str, arguments: &Arguments) -> (Pairs, Pairs) {
        let spec = OperationSpec::named(action);
        let (mut query, mut form) = (Pairs::new(), Pairs::new());
        for (name, argument) in arguments.iter() {
            let documented = spec.and_then(|spec| spec.parameter(name)).map(|parameter| parameter.placement);
            let placement = match self {
                Self::PopCoreGet => Placement::Query,
                Self::PopCorePost => Placement::Form,
                Self::OldPython | Self::Python | Self::PythonAsync | Self::TypeScript => {
                    documented.unwrap_or(Placement::Query)
                }
            };
            let pairs = match placement {
                Placement::Form => &mut form,
                Placement::Query => &mut query,
            };
            pairs.extend(self.spell(name, argument));
        }
        if self.scheme() != Scheme::Rpc1 {
            query.sort();
            form.sort();
        }
        (query, form)
    }

    /// The arguments as a receiver sees them, without going over HTTP.
    #[must_use]
    pub fn params(self, action: &str, arguments: &Arguments) -> ParamMap {
        let (mut pairs, form) = self.place(action, arguments);
        pairs.extend(form);
        ParamMap::from_pairs(pairs)
    }

    /// One argument as the names and values that stand for it; an empty list is nothing where lists are indexed.
    fn spell(self, name: &str, argument: &Argument) -> Pairs {
        let one = |value: String| vec![(name.to_owned(), value)];
        let python = matches!(self, Self::OldPython | Self::Python | Self::PythonAsync);
        match argument {
            Argument::Boolean(true) if python => one("True".to_owned()),
            Argument::Boolean(false) if python => one("False".to_owned()),
            Argument::Boolean(value) => one(value.to_string()),
            Argument::Integer(value) => one(value.to_string()),
            Argument::List(items) if self.scheme() == Scheme::Rpc1 => {
                let numbered = items.iter().enumerate();
                numbered.map(|(index, item)| (format!("{name}.{}", index + 1), item.clone())).collect()
            }
            Argument::List(items) => one(items.join(",")),
            Argument::Map(map) if self == Self::OldPython => one(spaced_ascii_json(map)),
            Argument::Map(map) => one(Value::Object(map.clone()).to_string()),
            Argument::Text(text) => one(text.clone()),
        }
    }

    /// A complete signed request for an action, to be sent to `host` (name and port, as in the `Host` header).
    ///
    /// # Errors
    ///
    /// None in practice: [`AuthError::IncompleteSignature`] if what was just encoded did not decode.
    pub fn request(
        self,
        action: &str,
        arguments: &Arguments,
        host: &str,
        credentials: &Credentials,
        stamp: Stamp<'_>,
    ) -> Result<HttpRequest, AuthError> {
        let (mut query, mut form) = self.place(action, arguments);
        let method = match self {
            Self::PopCoreGet => "GET",
            Self::PopCorePost => "POST",
            Self::OldPython | Self::Python | Self::PythonAsync | Self::TypeScript => {
                OperationSpec::named(action).map_or("POST", |spec| spec.method)
            }
        };
        if self.scheme() == Scheme::Rpc1 {
            let common = self.common_params(action, credentials, stamp);
            let signed = query.iter().chain(&form).chain(&common);
            let signed = signed.map(|(name, value)| (name.as_str(), value.as_str()));
            let signature =
                rpc1::signature(&credentials.access_key_secret, &rpc1::string_to_sign(method, signed));
            let pairs = if self == Self::PopCorePost { &mut form } else { &mut query };
            pairs.extend(common);
            if self != Self::OldPython {
                pairs.sort();
            }
            pairs.push(("Signature".to_owned(), signature));
        }
        let (query_spelling, form_spelling) = self.spellings();
        let mut headers = vec![("host".to_owned(), host.to_owned())];
        // The current libraries announce a form wherever the operation documents one, even when it is empty.
        let documents_form = OperationSpec::named(action).is_some_and(|spec| {
            spec.parameters.iter().any(|parameter| parameter.placement == Placement::Form)
        });
        if !form.is_empty() || (documents_form && self.scheme() != Scheme::Rpc1) {
            headers.push(("content-type".to_owned(), FORM_TYPE.to_owned()));
        }
        let body = encode_pairs(borrowed(&form), form_spelling).into_bytes();
        let query = encode_pairs(borrowed(&query), query_spelling);
        let mut request =
            HttpRequest { method: method.to_owned(), path: "/".to_owned(), query, headers, body };
        match self {
            Self::OldPython | Self::PopCoreGet | Self::PopCorePost => {
                request.headers.push(("x-acs-action".to_owned(), action.to_owned()));
                request.headers.push(("x-acs-version".to_owned(), API_VERSION.to_owned()));
            }
            Self::Python | Self::PythonAsync | Self::TypeScript => {
                let which = if self == Self::TypeScript {
                    acs3::SignedHeaders::Needed
                } else {
                    acs3::SignedHeaders::All
                };
                let how = (self.scheme(), which);
                acs3::sign(&mut request, action, credentials, (stamp.nonce, stamp.signed_at), how)?;
            }
        }
        Ok(request)
    }

    /// The parameters that every call of the parameter scheme carries, without the signature.
    fn common_params(self, action: &str, credentials: &Credentials, stamp: Stamp<'_>) -> Pairs {
        let mut common: Vec<(&str, String)> = vec![
            ("Version", API_VERSION.to_owned()),
            ("Action", action.to_owned()),
            ("Format", "JSON".to_owned()),
            ("Timestamp", date::format(stamp.signed_at)),
            ("SignatureMethod", "HMAC-SHA1".to_owned()),
            ("SignatureVersion", "1.0".to_owned()),
            ("SignatureNonce", stamp.nonce.to_owned()),
            ("AccessKeyId", credentials.access_key_id.clone()),
        ];
        if self == Self::OldPython {
            common.push(("RegionId", "cn-shanghai".to_owned()));
            common.push(("SignatureType", String::new()));
        }
        if let Some(token) = &credentials.security_token {
            common.push(("SecurityToken", token.clone()));
        }
        common.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// How query and form body are spelled.
    const fn spellings(self) -> (Spelling, Spelling) {
        match self {
            Self::OldPython => (Spelling::Canonical, Spelling::Plus),
            Self::PopCoreGet | Self::PopCorePost => (Spelling::Canonical, Spelling::Canonical),
            Self::Python => (Spelling::Plus, Spelling::Plus),
            Self::PythonAsync => (Spelling::Relaxed, Spelling::Plus),
            Self::TypeScript => (Spelling::Location, Spelling::Component),
        }
    }
}

fn borrowed(pairs: &Pairs) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// A JSON object with a space behind each comma and colon, and nothing but ASCII.
fn spaced_ascii_json(map: &Map<String, Value>) -> String {
    let text = |text: &str| {
        let quoted = Value::String(text.to_owned()).to_string();
        let mut ascii = String::with_capacity(quoted.len());
        for unit in quoted.encode_utf16() {
            match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => ascii.push(char::from(byte)),
                Ok(_) | Err(_) => ascii.push_str(&format!("\\u{unit:04x}")),
            }
        }
        ascii
    };
    let value = |value: &Value| match value {
        Value::String(given) => text(given),
        Value::Object(inner) => spaced_ascii_json(inner),
        Value::Array(_) | Value::Bool(_) | Value::Null | Value::Number(_) => value.to_string(),
    };
    let entries: Vec<String> =
        map.iter().map(|(name, given)| format!("{}: {}", text(name), value(given))).collect();
    format!("{{{}}}", entries.join(", "))
}
