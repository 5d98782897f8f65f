//! The header schemes: `Authorization: ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…`, and the same with `ACS4`.
//!
//! The signature covers method, path, query, the headers the request itself lists, and the hash of the body. The list
//! differs from client to client and is taken as it stands; some leave out the host. It must not leave out anything that
//! decides what the call means: every `x-acs-` header present, among them the operation, the version, the date, the nonce and
//! the hash of the body, and the content type of a body that carries parameters. Nothing else is listened to.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use sm3::Sm3;
use subtle::ConstantTimeEq;

use super::acs4::Scope;
use super::words::{Credentials, NONCE_BYTES_MAX, Scheme, Signed, hex};
use super::{AuthError, date};
use crate::http::HttpRequest;
use crate::param::ParamMap;
use crate::url;

/// Headers that every signed list must contain; the hash of the body stands in one of two.
const ALWAYS_SIGNED: [&str; 4] = ["x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

/// Headers that have one meaning, and so may stand once.
const SINGLE: [&str; 4] = ["authorization", "content-type", "x-acs-accesskey-id", "x-acs-security-token"];

/// Headers that a list of signed ones may name; the clients sign about ten.
const SIGNED_HEADERS_MAX: usize = 256;

/// A hash function that the header schemes use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sm3,
}

/// The header of the body's SHA-256, and with some clients of its SM3 as well.
const BODY_SHA256: &str = "x-acs-content-sha256";
/// The header of the body's SM3.
const BODY_SM3: &str = "x-acs-content-sm3";

impl Hash {
    /// The hash of some bytes.
    fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sm3 => Sm3::digest(bytes).to_vec(),
        }
    }

    /// The hash of some bytes under a key: HMAC.
    pub(super) fn keyed(self, key: &[u8], bytes: &[u8]) -> Vec<u8> {
        const ANY_KEY: &str = "an HMAC takes a key of any length";
        match self {
            Self::Sha256 => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).expect(ANY_KEY);
                mac.update(bytes);
                mac.finalize().into_bytes().to_vec()
            }
            Self::Sm3 => {
                let mut mac = Hmac::<Sm3>::new_from_slice(key).expect(ANY_KEY);
                mac.update(bytes);
                mac.finalize().into_bytes().to_vec()
            }
        }
    }
}

/// How a header scheme is called in `Authorization`, what it hashes with, and whether its keys have a scope.
struct Kind {
    algorithm: &'static str,
    hash: Hash,
    scoped: bool,
}

/// The properties of a header scheme; `None` for the parameter scheme.
const fn kind(scheme: Scheme) -> Option<Kind> {
    let (algorithm, hash, scoped) = match scheme {
        Scheme::Acs3Sha256 => ("ACS3-HMAC-SHA256", Hash::Sha256, false),
        Scheme::Acs3Sm3 => ("ACS3-HMAC-SM3", Hash::Sm3, false),
        Scheme::Acs4Sha256 => ("ACS4-HMAC-SHA256", Hash::Sha256, true),
        Scheme::Acs4Sm3 => ("ACS4-HMAC-SM3", Hash::Sm3, true),
        Scheme::Rpc1 => return None,
    };
    Some(Kind { algorithm, hash, scoped })
}

/// The parts of an `Authorization` header.
struct Authorization<'a> {
    scheme: Scheme,
    kind: Kind,
    access_key_id: &'a str,
    /// The scope that the key is derived for, where the scheme derives one.
    scope: Option<Scope<'a>>,
    signed_headers: &'a str,
    signature: &'a str,
}

impl Authorization<'_> {
    /// The key that signs.
    fn key(&self, secret: &str) -> Vec<u8> {
        match &self.scope {
            None => secret.as_bytes().to_vec(),
            Some(scope) => scope.key(self.kind.hash, secret),
        }
    }
}

/// Verifies a request signed in its headers.
///
/// # Errors
///
/// The first that applies: a malformed or incomplete header, an unknown key, a signature or body hash that differs.
pub fn verify<S>(request: &HttpRequest, params: ParamMap, secret_of: S) -> Result<Signed, AuthError>
where
    S: FnOnce(&str) -> Option<String>,
{
    let given = request.header("authorization").ok_or(AuthError::IncompleteSignature)?;
    let given = parse_authorization(given).ok_or(AuthError::IncompleteSignature)?;
    let action = header(request, "x-acs-action", "Action")?;
    let version = header(request, "x-acs-version", "Version")?;
    let nonce = header(request, "x-acs-signature-nonce", "x-acs-signature-nonce")?;
    let time = header(request, "x-acs-date", "x-acs-date")?;
    let body_hashes = body_hashes(request, given.kind.hash)?;
    let repeated = SINGLE.iter().any(|name| request.header_values(name).nth(1).is_some());
    if repeated || nonce.len() > NONCE_BYTES_MAX || !covers(request, given.signed_headers) {
        return Err(AuthError::IncompleteSignature);
    }
    if request.header("x-acs-accesskey-id").is_some_and(|id| id != given.access_key_id) {
        return Err(AuthError::IncompleteSignature);
    }
    let signed_at = date::parse(time).ok_or(AuthError::TimeFormat)?;
    if given.scope.is_some_and(|scope| !scope.is_of(time)) {
        return Err(AuthError::IncompleteSignature);
    }
    let secret = secret_of(given.access_key_id).ok_or(AuthError::KeyUnknown)?;

    let computed_hash = hex(&given.kind.hash.of(&request.body));
    let names: Vec<&str> = given.signed_headers.split(';').collect();
    let key = given.key(&secret);
    let wanted = string_to_sign(request, given.scheme, &names, &computed_hash)?;
    let mut same = same(&given, &key, &wanted);
    if given.kind.scoped {
        // Most client runtimes leave out the equals sign behind the name of an empty parameter.
        let bare = canonical(request, &names, &computed_hash, Empty::Bare)?;
        same |= self::same(&given, &key, &hashed(&given.kind, &bare));
    }
    for stated in body_hashes {
        same &= bool::from(computed_hash.as_bytes().ct_eq(stated.as_bytes()));
    }
    if !same {
        return Err(AuthError::SignatureMismatch { string_to_sign: wanted });
    }
    Ok(Signed {
        scheme: given.scheme,
        access_key_id: given.access_key_id.to_owned(),
        security_token: request.header("x-acs-security-token").map(str::to_owned),
        nonce: nonce.to_owned(),
        signed_at,
        action: action.to_owned(),
        version: version.to_owned(),
        params,
        empty_unsigned: false,
    })
}

/// Whether a request carries the signature of a string to sign.
fn same(given: &Authorization<'_>, key: &[u8], string_to_sign: &str) -> bool {
    let computed = hex(&given.kind.hash.keyed(key, string_to_sign.as_bytes()));
    computed.as_bytes().ct_eq(given.signature.as_bytes()).into()
}

/// The hash of the body as the request states it: in the header of the hash function, or in that of SHA-256, which some
/// clients use for either; in each that stands, if both do.
fn body_hashes(request: &HttpRequest, hash: Hash) -> Result<Vec<&str>, AuthError> {
    let names: &[&'static str] = match hash {
        Hash::Sha256 => &[BODY_SHA256],
        Hash::Sm3 => &[BODY_SM3, BODY_SHA256],
    };
    let stands = |name: &&&'static str| request.header_values(name).next().is_some();
    let stated: Vec<&str> =
        names.iter().filter(stands).map(|name| header(request, name, name)).collect::<Result<_, _>>()?;
    if stated.is_empty() { Err(AuthError::MissingParameter { name: names[0] }) } else { Ok(stated) }
}

/// Which of a request's headers a client signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignedHeaders {
    /// Every header that is set at the moment of signing, as the Python client does.
    All,
    /// The host, the content type and the `x-acs-` headers, as the TypeScript client does.
    Needed,
    /// The content type and the `x-acs-` headers, as the asynchronous Java client does.
    WithoutHost,
}

/// Signs a request that has its host and content type set: adds the `x-acs-` headers and `Authorization`.
///
/// `nonce` must be unique per request; `signed_at` is in seconds since the UNIX epoch.
///
/// # Errors
///
/// [`AuthError::IncompleteSignature`] when the query does not decode or the scheme is not one of this module.
pub fn sign(
    request: &mut HttpRequest,
    action: &str,
    credentials: &Credentials,
    stamp: (&str, u64),
    how: (Scheme, SignedHeaders),
) -> Result<(), AuthError> {
    sign_without(request, action, credentials, stamp, how, &[])
}

/// The same with a list that leaves out the headers of these lower-case names, and a signature that is right for that list.
///
/// # Errors
///
/// As [`sign`].
pub fn sign_without(
    request: &mut HttpRequest,
    action: &str,
    credentials: &Credentials,
    (nonce, signed_at): (&str, u64),
    (scheme, which): (Scheme, SignedHeaders),
    unlisted: &[String],
) -> Result<(), AuthError> {
    let kind = kind(scheme).ok_or(AuthError::IncompleteSignature)?;
    let provider = if credentials.security_token.is_some() { "static_sts" } else { "static_ak" };
    let body_hash = hex(&kind.hash.of(&request.body));
    let date = date::format(signed_at);
    let mut set = |name: &str, value: &str| request.headers.push((name.to_owned(), value.to_owned()));
    set("x-acs-version", super::API_VERSION);
    set("x-acs-action", action);
    set("x-acs-date", &date);
    set("x-acs-signature-nonce", nonce);
    set("accept", "application/json");
    set(if scheme == Scheme::Acs4Sm3 { BODY_SM3 } else { BODY_SHA256 }, &body_hash);
    // The asynchronous Java client does not say where its key comes from.
    if which != SignedHeaders::WithoutHost {
        set("x-acs-credentials-provider", provider);
    }
    if let Some(token) = &credentials.security_token {
        set("x-acs-accesskey-id", &credentials.access_key_id);
        set("x-acs-security-token", token);
    }
    let mut names: Vec<String> = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.retain(|name| match (which, name.as_str()) {
        (SignedHeaders::All, _) | (SignedHeaders::Needed, "host") => true,
        (SignedHeaders::Needed | SignedHeaders::WithoutHost, name) => {
            name == "content-type" || name.starts_with("x-acs-")
        }
    });
    names.retain(|name| !unlisted.contains(name));
    names.sort();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let string_to_sign = string_to_sign(request, scheme, &names, &body_hash)?;
    let (day, secret) = (date[..10].replace('-', ""), &credentials.access_key_secret);
    let scope = Scope::of(&credentials.access_key_id, &day);
    let (credential, key) = if kind.scoped {
        (scope.write(), scope.key(kind.hash, secret))
    } else {
        (credentials.access_key_id.clone(), secret.as_bytes().to_vec())
    };
    let signature = hex(&kind.hash.keyed(&key, string_to_sign.as_bytes()));
    let value = format!(
        "{} Credential={credential},SignedHeaders={},Signature={signature}",
        kind.algorithm,
        names.join(";")
    );
    request.headers.push(("Authorization".to_owned(), value));
    Ok(())
}

/// The text over which the signature is computed: the algorithm and the hash of the canonical request.
///
/// # Errors
///
/// [`AuthError::IncompleteSignature`] when the query does not decode or the scheme is not one of this module.
pub fn string_to_sign(
    request: &HttpRequest,
    scheme: Scheme,
    signed_headers: &[&str],
    body_hash: &str,
) -> Result<String, AuthError> {
    let kind = kind(scheme).ok_or(AuthError::IncompleteSignature)?;
    Ok(hashed(&kind, &canonical_request(request, signed_headers, body_hash)?))
}

fn hashed(kind: &Kind, canonical: &str) -> String {
    format!("{}\n{}", kind.algorithm, hex(&kind.hash.of(canonical.as_bytes())))
}

/// The canonical request: method, path, query, headers, their list and the body hash, one below the other.
///
/// # Errors
///
/// [`AuthError::IncompleteSignature`] when the query does not decode.
pub fn canonical_request(
    request: &HttpRequest,
    signed_headers: &[&str],
    body_hash: &str,
) -> Result<String, AuthError> {
    canonical(request, signed_headers, body_hash, Empty::Equals)
}

/// How an empty parameter is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Empty {
    /// As its name alone.
    Bare,
    /// As its name and an equals sign.
    Equals,
}

fn canonical(
    request: &HttpRequest,
    signed_headers: &[&str],
    body_hash: &str,
    empty: Empty,
) -> Result<String, AuthError> {
    let mut pairs = request.query_pairs().map_err(|_| AuthError::IncompleteSignature)?;
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| {
            let name = url::canonical(name);
            let bare = empty == Empty::Bare && value.is_empty();
            if bare { name } else { format!("{name}={}", url::canonical(value)) }
        })
        .collect();
    let query = pairs.join("&");
    let mut sorted = signed_headers.to_vec();
    sorted.sort_unstable();
    let mut headers = String::new();
    for name in sorted {
        let mut values: Vec<&str> = request.header_values(name).map(str::trim).collect();
        values.sort_unstable();
        headers.push_str(name);
        headers.push(':');
        headers.push_str(&values.join(","));
        headers.push('\n');
    }
    let list = signed_headers.join(";");
    let (method, path) = (&request.method, &request.path);
    Ok(format!("{method}\n{path}\n{query}\n{headers}\n{list}\n{body_hash}"))
}

/// A header that must stand exactly once and not be empty; `said` is what its absence is called.
fn header<'a>(
    request: &'a HttpRequest,
    name: &'static str,
    said: &'static str,
) -> Result<&'a str, AuthError> {
    if request.header_values(name).nth(1).is_some() {
        return Err(AuthError::IncompleteSignature);
    }
    let value = request.header(name).filter(|value| !value.is_empty());
    value.ok_or(AuthError::MissingParameter { name: said })
}

/// Whether a list of signed headers is lower case, free of repetition and leaves out nothing that matters.
fn covers(request: &HttpRequest, signed_headers: &str) -> bool {
    // Ahead of everything that looks at each name for each other: whoever sends this has shown no key yet, and a header
    // has room for eighty thousand names.
    if signed_headers.split(';').nth(SIGNED_HEADERS_MAX).is_some() {
        return false;
    }
    let names: Vec<&str> = signed_headers.split(';').collect();
    let well_formed = names.iter().enumerate().all(|(index, name)| {
        let lower = !name.is_empty() && !name.bytes().any(|byte| byte.is_ascii_uppercase());
        lower && !names[..index].contains(name)
    });
    let meaningful = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
    let mut meaningful = meaningful.filter(|name| name.starts_with("x-acs-"));
    let form_signed = request.body.is_empty() || !request.has_form() || names.contains(&"content-type");
    well_formed
        && form_signed
        && ALWAYS_SIGNED.iter().all(|name| names.contains(name))
        && meaningful.all(|name| names.contains(&name.as_str()))
}

/// The parts of `<algorithm> Credential=…,SignedHeaders=…,Signature=…`, each exactly once, in any order.
fn parse_authorization(value: &str) -> Option<Authorization<'_>> {
    let (algorithm, rest) = value.trim().split_once(' ')?;
    let (scheme, kind) = Scheme::ALL
        .into_iter()
        .find_map(|scheme| Some((scheme, kind(scheme)?)).filter(|(_, kind)| kind.algorithm == algorithm))?;
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for part in rest.split(',') {
        let (name, value) = part.trim().split_once('=')?;
        let slot = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => return None,
        };
        if value.is_empty() || slot.replace(value).is_some() {
            return None;
        }
    }
    let credential: &str = credential?;
    let scope = if kind.scoped { Some(Scope::read(credential)?) } else { None };
    Some(Authorization {
        scheme,
        kind,
        access_key_id: scope.map_or(credential, |scope| scope.access_key_id),
        scope,
        signed_headers: signed_headers?,
        signature: signature?,
    })
}
