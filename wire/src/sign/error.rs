//! The refusals of calls that cannot be attributed to a caller, with the platform's codes, statuses and texts.
//!
//! These come before anything the state machine decides. The texts follow what the platform's published error tables and
//! quoted answers say; where a text is not published for this service, the platform's common one stands.

use core::fmt;

/// Why a call was refused before its operation was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthError {
    /// The operation does not exist.
    ActionUnknown,
    /// The signature or one of the facts it needs is malformed.
    IncompleteSignature,
    /// The access key does not exist.
    KeyUnknown,
    /// A parameter or header that every call carries is absent.
    MissingParameter {
        /// The parameter's name, or the header's.
        name: &'static str,
    },
    /// The nonce was used before.
    NonceUsed,
    /// The token does not belong to the access key.
    SecurityTokenMismatch,
    /// The signature is not the one this receiver computes.
    SignatureMismatch {
        /// The text that this receiver signed; contains no colon, because the older Python client splits the message at one.
        string_to_sign: String,
    },
    /// The request's time is more than 15 minutes away.
    TimeExpired,
    /// The request's time is not a `yyyy-MM-ddTHH:mm:ssZ`, with or without a fraction of a second.
    TimeFormat,
    /// The version of the interface does not exist.
    VersionUnknown,
}

impl AuthError {
    /// The HTTP status of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::ActionUnknown | Self::KeyUnknown => 404,
            Self::IncompleteSignature
            | Self::MissingParameter { .. }
            | Self::NonceUsed
            | Self::SecurityTokenMismatch
            | Self::SignatureMismatch { .. }
            | Self::TimeExpired
            | Self::TimeFormat
            | Self::VersionUnknown => 400,
        }
    }

    /// The error code of the answer.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ActionUnknown => "InvalidAction.NotFound",
            Self::IncompleteSignature => "IncompleteSignature",
            Self::KeyUnknown => "InvalidAccessKeyId.NotFound",
            Self::MissingParameter { .. } => "MissingParameter",
            Self::NonceUsed => "SignatureNonceUsed",
            Self::SecurityTokenMismatch => "InvalidSecurityToken.MismatchWithAccessKey",
            Self::SignatureMismatch { .. } => "SignatureDoesNotMatch",
            Self::TimeExpired => "InvalidTimeStamp.Expired",
            Self::TimeFormat => "InvalidTimeStamp.Format",
            Self::VersionUnknown => "InvalidVersion",
        }
    }

    /// The message of the answer.
    ///
    /// For a wrong signature the string to sign follows the message's only colon: the older Python client splits there, and
    /// tells a wrong secret from a wrong computation by comparing it with its own.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::ActionUnknown => "Specified api is not found, please check your url and method.".to_owned(),
            Self::IncompleteSignature => {
                "The request signature does not conform to Aliyun standards.".to_owned()
            }
            Self::KeyUnknown => "Specified access key is not found.".to_owned(),
            Self::MissingParameter { name } => {
                format!(
                    "The input parameter \"{name}\" that is mandatory for processing this request is not supplied."
                )
            }
            Self::NonceUsed => "Specified signature nonce was used already.".to_owned(),
            Self::SecurityTokenMismatch => "Specified SecurityToken mismatch with the AccessKey.".to_owned(),
            Self::SignatureMismatch { string_to_sign } => {
                let signed = string_to_sign.replace(':', "%3A");
                format!(
                    "Specified signature is not matched with our calculation. server string to sign is:{signed}"
                )
            }
            Self::TimeExpired => "Specified time stamp or date value is expired.".to_owned(),
            Self::TimeFormat => "Specified time stamp or date value is not well formatted.".to_owned(),
            Self::VersionUnknown => "Specified parameter Version is not valid.".to_owned(),
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message())
    }
}

impl core::error::Error for AuthError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_signature_has_exactly_one_colon_before_the_string_to_sign() {
        let refused = AuthError::SignatureMismatch { string_to_sign: "POST&%2F&a%3Db".to_owned() };
        let message = refused.message();
        assert_eq!(message.split(':').nth(1), Some("POST&%2F&a%3Db"));
        assert_eq!(message.matches(':').count(), 1);
        assert_eq!((refused.status(), refused.code()), (400, "SignatureDoesNotMatch"));
        let odd = AuthError::SignatureMismatch { string_to_sign: "a:b".to_owned() };
        assert_eq!(odd.message().matches(':').count(), 1);
    }

    #[test]
    fn unknown_keys_and_operations_are_not_found() {
        assert_eq!(
            (AuthError::KeyUnknown.status(), AuthError::KeyUnknown.code()),
            (404, "InvalidAccessKeyId.NotFound")
        );
        let unknown = AuthError::ActionUnknown;
        assert_eq!((unknown.status(), unknown.code()), (404, "InvalidAction.NotFound"));
    }
}
