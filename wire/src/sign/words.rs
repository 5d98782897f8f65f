//! The words that the schemes of signatures share: who signs, by which scheme, and what was signed.

use crate::param::ParamMap;

/// Bytes of a nonce at most; the clients send 32 to 64.
pub(super) const NONCE_BYTES_MAX: usize = 256;

/// How a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Headers, HMAC over a canonical request, SHA-256.
    Acs3Sha256,
    /// Headers, HMAC over a canonical request, SM3.
    Acs3Sm3,
    /// Headers, HMAC over a canonical request with a key derived for day, region and product, SHA-256.
    Acs4Sha256,
    /// The same with SM3.
    Acs4Sm3,
    /// Parameters, HMAC-SHA1 over the sorted parameters.
    Rpc1,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 5] = [Self::Acs3Sha256, Self::Acs3Sm3, Self::Acs4Sha256, Self::Acs4Sm3, Self::Rpc1];
}

/// The access key a caller signs with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The public half.
    pub access_key_id: String,
    /// The secret half; never printed.
    pub access_key_secret: String,
    /// The token of a temporary key, sent and signed along.
    pub security_token: Option<String>,
}

impl core::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let token = self.security_token.as_ref().map(|_| "…");
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("access_key_secret", &"…")
            .field("security_token", &token)
            .finish()
    }
}

/// The content of a verified request; all of it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The scheme the request used.
    pub scheme: Scheme,
    /// The caller's access key.
    pub access_key_id: String,
    /// The temporary key's token, for the caller's account to check; `None` if none was sent.
    pub security_token: Option<String>,
    /// The value that makes the request unique.
    pub nonce: String,
    /// When the request was signed, in seconds since the UNIX epoch.
    pub signed_at: u64,
    /// The operation, as the caller spelled it.
    pub action: String,
    /// The version of the interface, as the caller spelled it.
    pub version: String,
    /// The parameters, without those that the signature does not cover.
    pub params: ParamMap,
    /// Whether empty parameters were sent that the signature does not cover.
    pub empty_unsigned: bool,
}

/// Lower-case hexadecimal of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
