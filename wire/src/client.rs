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
    /// The runtimes of the newer gateway: comma-joined lists, `True`, header scheme with a key derived for the day.
    GatewayPop,
    /// The asynchronous Java library: comma-joined lists, `true`, header scheme that does not list the host.
    JavaAsync,
    /// The Java library set to use the parameter scheme: comma-joined lists, `true`, empty parameters sent and not signed.
    JavaTeaV2,
    /// The older Python library: indexed lists, `True`, JSON with spaces, parameter scheme.
    OldPython,
    /// The older Python library set to ask for XML.
    OldPythonXml,
    /// pop-core with GET: indexed lists, everything in the query, parameter scheme.
    PopCoreGet,
    /// pop-core with POST: indexed lists, everything in the form body, parameter scheme.
    PopCorePost,
    /// The current Python library: comma-joined lists, `True`, header scheme over all headers.
    Python,
    /// The current Python library's asynchronous calls: as [`Self::Python`], with a query that escapes less.
    PythonAsync,
    /// The Rust library: numbered lists as its users write them, everything in the query, parameter scheme with nanoseconds.
    Rust,
    /// The TypeScript library: comma-joined lists, `true`, header scheme over the needed headers.
    TypeScript,
}

/// Decoded names and values, in order.
type Pairs = Vec<(String, String)>;

/// Nonce and time, which make a signed call unique and fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// A value never used before with this key.
    pub nonce: &'a str,
    /// The caller's time, in seconds since the UNIX epoch.
    pub signed_at: u64,
}

/// Deviations of one request of a library: what its user sets by hand, or what stands in between changes before
/// it is signed. The signature is right for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unusual<'a> {
    /// Another method.
    pub method: Option<&'a str>,
    /// Another content type of a body that carries parameters.
    pub form_type: Option<&'a str>,
    /// Headers, by lower-case name, that a header signature does not list.
    pub unlisted: &'a [String],
    /// Escapes are written with lower-case digits.
    pub lower_escapes: bool,
}

impl ClientStyle {
    /// Every style.
    pub const ALL: [Self; 11] = [
        Self::GatewayPop,
        Self::JavaAsync,
        Self::JavaTeaV2,
        Self::OldPython,
        Self::OldPythonXml,
        Self::PopCoreGet,
        Self::PopCorePost,
        Self::Python,
        Self::PythonAsync,
        Self::Rust,
        Self::TypeScript,
    ];

    /// The name by which a descriptor chooses the style.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GatewayPop => "gateway-pop",
            Self::JavaAsync => "java-async",
            Self::JavaTeaV2 => "java-tea-v2",
            Self::OldPython => "python-core",
            Self::OldPythonXml => "python-core-xml",
            Self::PopCoreGet => "pop-core-get",
            Self::PopCorePost => "pop-core-post",
            Self::Python => "python",
            Self::PythonAsync => "python-async",
            Self::Rust => "rust",
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
            Self::GatewayPop => Scheme::Acs4Sha256,
            Self::JavaTeaV2
            | Self::OldPython
            | Self::OldPythonXml
            | Self::PopCoreGet
            | Self::PopCorePost
            | Self::Rust => Scheme::Rpc1,
            Self::JavaAsync | Self::Python | Self::PythonAsync | Self::TypeScript => Scheme::Acs3Sha256,
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
                Self::PopCoreGet | Self::Rust => Placement::Query,
                Self::PopCorePost => Placement::Form,
                Self::GatewayPop
                | Self::JavaAsync
                | Self::JavaTeaV2
                | Self::OldPython
                | Self::OldPythonXml
                | Self::Python
                | Self::PythonAsync
                | Self::TypeScript => documented.unwrap_or(Placement::Query),
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
        let old_python = matches!(self, Self::OldPython | Self::OldPythonXml);
        let python = old_python || matches!(self, Self::GatewayPop | Self::Python | Self::PythonAsync);
        let numbers = self.scheme() == Scheme::Rpc1 && self != Self::JavaTeaV2;
        match argument {
            Argument::Boolean(true) if python => one("True".to_owned()),
            Argument::Boolean(false) if python => one("False".to_owned()),
            Argument::Boolean(value) => one(value.to_string()),
            Argument::Integer(value) => one(value.to_string()),
            Argument::List(items) if numbers => {
                let numbered = items.iter().enumerate();
                numbered.map(|(index, item)| (format!("{name}.{}", index + 1), item.clone())).collect()
            }
            Argument::List(items) => one(items.join(",")),
            Argument::Map(map) if old_python => one(spaced_ascii_json(map)),
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
        self.unusual_request(action, arguments, host, credentials, stamp, Unusual::default())
    }

    /// The same with something unusual about it.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub fn unusual_request(
        self,
        action: &str,
        arguments: &Arguments,
        host: &str,
        credentials: &Credentials,
        stamp: Stamp<'_>,
        unusual: Unusual<'_>,
    ) -> Result<HttpRequest, AuthError> {
        let (mut query, mut form) = self.place(action, arguments);
        let method = match self {
            Self::PopCoreGet => "GET",
            Self::PopCorePost => "POST",
            Self::GatewayPop
            | Self::JavaAsync
            | Self::JavaTeaV2
            | Self::OldPython
            | Self::OldPythonXml
            | Self::Python
            | Self::PythonAsync
            | Self::Rust
            | Self::TypeScript => OperationSpec::named(action).map_or("POST", |spec| spec.method),
        };
        let method = unusual.method.unwrap_or(method);
        if self.scheme() == Scheme::Rpc1 {
            self.sign_parameters(
                method,
                (&mut query, &mut form),
                self.common_params(action, credentials, stamp),
                credentials,
            );
        }
        let (query_spelling, form_spelling) = self.spellings();
        let mut headers = vec![("host".to_owned(), host.to_owned())];
        // The current libraries announce a form wherever the operation documents one, even when it is empty.
        let documents_form = OperationSpec::named(action).is_some_and(|spec| {
            spec.parameters.iter().any(|parameter| parameter.placement == Placement::Form)
        });
        if !form.is_empty() || (documents_form && self.scheme() != Scheme::Rpc1) {
            headers.push(("content-type".to_owned(), unusual.form_type.unwrap_or(FORM_TYPE).to_owned()));
        }
        let written = |pairs: &Pairs, spelling| {
            let text = encode_pairs(borrowed(pairs), spelling);
            if unusual.lower_escapes { lower_escapes(&text) } else { text }
        };
        let body = written(&form, form_spelling).into_bytes();
        let query = written(&query, query_spelling);
        let mut request =
            HttpRequest { method: method.to_owned(), path: "/".to_owned(), query, headers, body };
        match self.signed_headers() {
            Some(which) => {
                let how = (self.scheme(), which);
                let stamp = (stamp.nonce, stamp.signed_at);
                acs3::sign_without(&mut request, action, credentials, stamp, how, unusual.unlisted)?;
            }
            // The Rust library says the operation in its parameters alone.
            None if self == Self::Rust => {}
            None => {
                request.headers.push(("x-acs-action".to_owned(), action.to_owned()));
                request.headers.push(("x-acs-version".to_owned(), API_VERSION.to_owned()));
            }
        }
        Ok(request)
    }

    /// Which headers the library signs; `None` under the parameter scheme.
    const fn signed_headers(self) -> Option<acs3::SignedHeaders> {
        match self {
            Self::GatewayPop | Self::TypeScript => Some(acs3::SignedHeaders::Needed),
            Self::JavaAsync => Some(acs3::SignedHeaders::WithoutHost),
            Self::Python | Self::PythonAsync => Some(acs3::SignedHeaders::All),
            Self::JavaTeaV2
            | Self::OldPython
            | Self::OldPythonXml
            | Self::PopCoreGet
            | Self::PopCorePost
            | Self::Rust => None,
        }
    }

    /// Adds the common parameters of the parameter scheme and the signature over all.
    fn sign_parameters(
        self,
        method: &str,
        (query, form): (&mut Pairs, &mut Pairs),
        common: Pairs,
        credentials: &Credentials,
    ) {
        let signed = query.iter().chain(&*form).chain(&common);
        let signed = signed.filter(|(_, value)| self != Self::JavaTeaV2 || !value.is_empty());
        let signed = signed.map(|(name, value)| (name.as_str(), value.as_str()));
        let signature =
            rpc1::signature(&credentials.access_key_secret, &rpc1::string_to_sign(method, signed));
        let pairs = if self == Self::PopCorePost { form } else { query };
        pairs.extend(common);
        if !matches!(self, Self::OldPython | Self::OldPythonXml) {
            pairs.sort();
        }
        pairs.push(("Signature".to_owned(), signature));
    }

    /// The parameters that every call of the parameter scheme carries, without the signature.
    fn common_params(self, action: &str, credentials: &Credentials, stamp: Stamp<'_>) -> Pairs {
        let format = match self {
            Self::JavaTeaV2 => "json",
            Self::OldPythonXml => "XML",
            Self::GatewayPop
            | Self::JavaAsync
            | Self::OldPython
            | Self::PopCoreGet
            | Self::PopCorePost
            | Self::Python
            | Self::PythonAsync
            | Self::Rust
            | Self::TypeScript => "JSON",
        };
        let mut time = date::format(stamp.signed_at);
        if self == Self::Rust {
            time = time.replace('Z', ".123456789Z");
        }
        let mut common: Vec<(&str, String)> = vec![
            ("Version", API_VERSION.to_owned()),
            ("Action", action.to_owned()),
            ("Format", format.to_owned()),
            ("Timestamp", time),
            ("SignatureMethod", "HMAC-SHA1".to_owned()),
            ("SignatureVersion", "1.0".to_owned()),
            ("SignatureNonce", stamp.nonce.to_owned()),
            ("AccessKeyId", credentials.access_key_id.clone()),
        ];
        if matches!(self, Self::OldPython | Self::OldPythonXml) {
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
            Self::OldPython | Self::OldPythonXml => (Spelling::Canonical, Spelling::Plus),
            Self::JavaAsync | Self::PopCoreGet | Self::PopCorePost | Self::Rust => {
                (Spelling::Canonical, Spelling::Canonical)
            }
            Self::GatewayPop | Self::JavaTeaV2 | Self::Python => (Spelling::Plus, Spelling::Plus),
            Self::PythonAsync => (Spelling::Relaxed, Spelling::Plus),
            Self::TypeScript => (Spelling::Location, Spelling::Component),
        }
    }
}

/// The same text with escapes in lower-case digits.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(part.len().min(2));
        lower.push('%');
        lower.push_str(&digits.to_ascii_lowercase());
        lower.push_str(rest);
    }
    lower
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
