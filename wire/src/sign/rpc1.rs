//! The parameter scheme: every parameter is signed, and the signature is one more of them.
//!
//! Query and form parameters count alike, unknown and empty ones too; only `Signature` itself is left out. The older Python
//! client and pop-core use this scheme; the newer clients can be set to, and the Java ones then send empty parameters and
//! leave them out of the signature. Such a request is verified too, without the parameters that nobody signed. Headers are not
//! signed, so none is listened to: the operation is what the parameters say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use super::words::{NONCE_BYTES_MAX, Scheme, Signed};
use super::{AuthError, date};
use crate::http::HttpRequest;
use crate::param::ParamMap;
use crate::url;

/// Verifies a request signed in its parameters.
///
/// # Errors
///
/// The first that applies: a missing or malformed common parameter, an unknown key, a signature that differs.
pub fn verify<S>(request: &HttpRequest, params: ParamMap, secret_of: S) -> Result<Signed, AuthError>
where
    S: FnOnce(&str) -> Option<String>,
{
    let given = once(&params, "Signature")?;
    let (action, version) = (once(&params, "Action")?, once(&params, "Version")?);
    let access_key_id = once(&params, "AccessKeyId")?;
    let nonce = once(&params, "SignatureNonce")?;
    let time = once(&params, "Timestamp")?;
    let method = once(&params, "SignatureMethod")?;
    let scheme_version = once(&params, "SignatureVersion")?;
    if method != "HMAC-SHA1" || scheme_version != "1.0" || nonce.len() > NONCE_BYTES_MAX {
        return Err(AuthError::IncompleteSignature);
    }
    let given = STANDARD.decode(given).map_err(|_| AuthError::IncompleteSignature)?;
    let signed_at = date::parse(time).ok_or(AuthError::TimeFormat)?;
    let secret = secret_of(access_key_id).ok_or(AuthError::KeyUnknown)?;

    let wanted = string_to_sign(&request.method, params.iter());
    let is_signed = |text: &str| bool::from(mac(&secret, text).as_slice().ct_eq(given.as_slice()));
    let whole = is_signed(&wanted);
    if !whole {
        let filled = || params.iter().filter(|(_, value)| !value.is_empty());
        if params.iter().all(|(_, value)| !value.is_empty())
            || !is_signed(&string_to_sign(&request.method, filled()))
        {
            return Err(AuthError::SignatureMismatch { string_to_sign: wanted });
        }
    }
    let [access_key_id, nonce, action, version] = [access_key_id, nonce, action, version].map(str::to_owned);
    let params = if whole { params } else { params.filled_only() };
    let token = params.text("SecurityToken").map_err(|_| AuthError::IncompleteSignature)?;
    Ok(Signed {
        scheme: Scheme::Rpc1,
        access_key_id,
        security_token: token.map(str::to_owned),
        nonce,
        signed_at,
        action,
        version,
        params,
        empty_unsigned: !whole,
    })
}

/// The text over which the signature is computed: the method and the sorted parameters without `Signature`.
///
/// Names are compared bytewise, on the name alone: `Administrators` comes before `Administrators.1`.
pub fn string_to_sign<'a, I>(method: &str, params: I) -> String
where
    I: IntoIterator<Item = (&'a str, &'a str)>,
{
    let mut pairs: Vec<(&str, &str)> = params.into_iter().filter(|(name, _)| *name != "Signature").collect();
    pairs.sort_unstable();
    let joined = url::encode_pairs(pairs, url::Spelling::Canonical);
    // Every `=` and `&` takes three bytes in it.
    let mut text = String::with_capacity(method.len() + joined.len() * 3 / 2);
    text.push_str(method);
    text.push_str("&%2F&");
    url::encode_into(&mut text, &joined, url::Spelling::Canonical);
    text
}

/// The value of `Signature` for a string to sign: HMAC-SHA1 under the secret and `&`, in Base64.
#[must_use]
pub fn signature(secret: &str, string_to_sign: &str) -> String {
    STANDARD.encode(mac(secret, string_to_sign))
}

fn mac(secret: &str, string_to_sign: &str) -> Vec<u8> {
    let key = format!("{secret}&");
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("an HMAC takes a key of any length");
    mac.update(string_to_sign.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// A common parameter that must have one value, and not an empty one.
fn once<'a>(params: &'a ParamMap, name: &'static str) -> Result<&'a str, AuthError> {
    let value = params.text(name).map_err(|_| AuthError::IncompleteSignature)?;
    value.filter(|text| !text.is_empty()).ok_or(AuthError::MissingParameter { name })
}
