//! The header scheme: `Authorization: ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…`.
//!
//! The signature covers method, path, query, the headers the request itself lists, and the hash of the body. The list
//! differs from client to client and is taken as it stands, but it must not leave out anything that decides what the call
//! means: the host, every `x-acs-` header present, and the content type of a body that carries parameters.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use sm3::Sm3;
use subtle::ConstantTimeEq;

use super::{AuthError, Credentials, Scheme, Signed, action_and_version, date, hex};
use crate::http::HttpRequest;
use crate::param::ParamMap;
use crate::url;

/// Headers that every signed list must contain.
const ALWAYS_SIGNED: [&str; 6] =
    ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

/// Bytes of a nonce at most; the clients send 32 to 64.
pub(super) const NONCE_BYTES_MAX: usize = 256;

/// The parts of an `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Authorization<'a> {
    scheme: Scheme,
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

/// Verifies a request signed in its headers.
///
/// # Errors
///
/// The first that applies: a malformed or incomplete header, an unknown key, a signature or body hash that differs.
pub fn verify<S>(request: &HttpRequest, params: &ParamMap, secret_of: S) -> Result<Signed, AuthError>
where
    S: FnOnce(&str) -> Option<String>,
{
    let given = request.header("authorization").ok_or(AuthError::IncompleteSignature)?;
    let given = parse_authorization(given).ok_or(AuthError::IncompleteSignature)?;
    let (action, version) = action_and_version(request, params)?;
    let nonce = header(request, "x-acs-signature-nonce")?;
    let time = header(request, "x-acs-date")?;
    let body_hash = header(request, "x-acs-content-sha256")?;
    if nonce.len() > NONCE_BYTES_MAX || !covers(request, given.signed_headers) {
        return Err(AuthError::IncompleteSignature);
    }
    if request.header("x-acs-accesskey-id").is_some_and(|id| id != given.credential) {
        return Err(AuthError::IncompleteSignature);
    }
    let signed_at = date::parse(time).ok_or(AuthError::TimeFormat)?;
    let secret = secret_of(given.credential).ok_or(AuthError::KeyUnknown)?;

    let computed_hash = hex(&digest(given.scheme, &request.body));
    let names: Vec<&str> = given.signed_headers.split(';').collect();
    let string_to_sign = string_to_sign(request, given.scheme, &names, &computed_hash)?;
    let computed = signature(given.scheme, &secret, &string_to_sign);
    let same_hash = computed_hash.as_bytes().ct_eq(body_hash.as_bytes());
    let same_signature = computed.as_bytes().ct_eq(given.signature.as_bytes());
    if !bool::from(same_hash & same_signature) {
        return Err(AuthError::SignatureMismatch { string_to_sign });
    }
    Ok(Signed {
        scheme: given.scheme,
        access_key_id: given.credential.to_owned(),
        security_token: request.header("x-acs-security-token").map(str::to_owned),
        nonce: nonce.to_owned(),
        signed_at,
        action,
        version,
    })
}

/// Which of a request's headers a client signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignedHeaders {
    /// Every header that is set at the moment of signing, as the Python client does.
    All,
    /// The host, the content type and the `x-acs-` headers, as the TypeScript client does.
    Needed,
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
    (nonce, signed_at): (&str, u64),
    (scheme, which): (Scheme, SignedHeaders),
) -> Result<(), AuthError> {
    if scheme == Scheme::Rpc1 {
        return Err(AuthError::IncompleteSignature);
    }
    let provider = if credentials.security_token.is_some() { "static_sts" } else { "static_ak" };
    let body_hash = hex(&digest(scheme, &request.body));
    let mut set = |name: &str, value: String| request.headers.push((name.to_owned(), value));
    set("x-acs-version", super::API_VERSION.to_owned());
    set("x-acs-action", action.to_owned());
    set("x-acs-date", date::format(signed_at));
    set("x-acs-signature-nonce", nonce.to_owned());
    set("accept", "application/json".to_owned());
    set("x-acs-content-sha256", body_hash.clone());
    set("x-acs-credentials-provider", provider.to_owned());
    if let Some(token) = &credentials.security_token {
        set("x-acs-accesskey-id", credentials.access_key_id.clone());
        set("x-acs-security-token", token.clone());
    }
    let mut names: Vec<String> = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.retain(|name| {
        which == SignedHeaders::All
            || matches!(name.as_str(), "host" | "content-type")
            || name.starts_with("x-acs-")
    });
    names.sort();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let string_to_sign = string_to_sign(request, scheme, &names, &body_hash)?;
    let signature = signature(scheme, &credentials.access_key_secret, &string_to_sign);
    let value = format!(
        "{} Credential={},SignedHeaders={},Signature={signature}",
        algorithm(scheme),
        credentials.access_key_id,
        names.join(";")
    );
    request.headers.push(("Authorization".to_owned(), value));
    Ok(())
}

/// The text over which the signature is computed: the algorithm and the hash of the canonical request.
///
/// # Errors
///
/// [`AuthError::IncompleteSignature`] when the query does not decode.
pub fn string_to_sign(
    request: &HttpRequest,
    scheme: Scheme,
    signed_headers: &[&str],
    body_hash: &str,
) -> Result<String, AuthError> {
    let canonical = canonical_request(request, signed_headers, body_hash)?;
    Ok(format!("{}\n{}", algorithm(scheme), hex(&digest(scheme, canonical.as_bytes()))))
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
    let mut pairs = request.query_pairs().map_err(|_| AuthError::IncompleteSignature)?;
    pairs.sort();
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let query = url::encode_pairs(pairs, url::Spelling::Canonical);
    let mut headers = String::new();
    for name in signed_headers {
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

/// The signature of a string to sign, in lower-case hexadecimal.
fn signature(scheme: Scheme, secret: &str, string_to_sign: &str) -> String {
    const ANY_KEY: &str = "an HMAC takes a key of any length";
    let text = string_to_sign.as_bytes();
    if scheme == Scheme::Acs3Sm3 {
        let mut mac = Hmac::<Sm3>::new_from_slice(secret.as_bytes()).expect(ANY_KEY);
        mac.update(text);
        return hex(&mac.finalize().into_bytes());
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect(ANY_KEY);
    mac.update(text);
    hex(&mac.finalize().into_bytes())
}

fn digest(scheme: Scheme, bytes: &[u8]) -> Vec<u8> {
    if scheme == Scheme::Acs3Sm3 { Sm3::digest(bytes).to_vec() } else { Sha256::digest(bytes).to_vec() }
}

fn algorithm(scheme: Scheme) -> &'static str {
    if scheme == Scheme::Acs3Sm3 { "ACS3-HMAC-SM3" } else { "ACS3-HMAC-SHA256" }
}

/// A header that must stand exactly once and not be empty.
fn header<'a>(request: &'a HttpRequest, name: &'static str) -> Result<&'a str, AuthError> {
    if request.header_values(name).nth(1).is_some() {
        return Err(AuthError::IncompleteSignature);
    }
    request.header(name).filter(|value| !value.is_empty()).ok_or(AuthError::MissingParameter { name })
}

/// Whether a list of signed headers is lower case, free of repetition and leaves out nothing that matters.
fn covers(request: &HttpRequest, signed_headers: &str) -> bool {
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
    let scheme = match algorithm {
        "ACS3-HMAC-SHA256" => Scheme::Acs3Sha256,
        "ACS3-HMAC-SM3" => Scheme::Acs3Sm3,
        _ => return None,
    };
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
    Some(Authorization {
        scheme,
        credential: credential?,
        signed_headers: signed_headers?,
        signature: signature?,
    })
}
