//! Why the service says no. Declaration order is precedence: where several reasons apply, the smallest wins.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::words::operation::Operation;
use crate::words::rule::Rule;

/// A documented error code, as it travels in the field `Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ErrorCode {
    /// 400: an illegal parameter.
    InputInvalid,
    /// 403: the caller lacks the permission.
    NoAuth,
    /// 400: too many calls in a second (the platform's code; the product's pages name none).
    Throttling,
    /// 404: the application, group or other resource does not exist.
    ResourceNotExist,
    /// 400: the account holds all the applications it may (the documents name no code; this one is ours).
    ErrorTooManyApps,
    /// 400: the application holds all the groups it may.
    ErrorTooManyGroups,
    /// 500: an unknown failure.
    ServerError,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 7] = [
        Self::InputInvalid,
        Self::NoAuth,
        Self::Throttling,
        Self::ResourceNotExist,
        Self::ErrorTooManyApps,
        Self::ErrorTooManyGroups,
        Self::ServerError,
    ];

    /// The code as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InputInvalid => "InputInvalid",
            Self::NoAuth => "NoAuth",
            Self::Throttling => "Throttling.User",
            Self::ResourceNotExist => "ResourceNotExist",
            Self::ErrorTooManyApps => "ErrorTooManyApps",
            Self::ErrorTooManyGroups => "ErrorTooManyGroups",
            Self::ServerError => "ServerError",
        }
    }

    /// The documented HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InputInvalid | Self::Throttling | Self::ErrorTooManyApps | Self::ErrorTooManyGroups => 400,
            Self::NoAuth => 403,
            Self::ResourceNotExist => 404,
            Self::ServerError => 500,
        }
    }
}

/// The mistake in a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Fault {
    /// A required parameter is absent or empty.
    Missing,
    /// A character outside the allowed set.
    Charset,
    /// Not the type that the parameter has: a number, a boolean, a list, an object.
    Kind,
    /// Fewer characters than allowed.
    TooShort {
        /// The value that was given.
        given: u64,
        /// The least allowed.
        bound: u64,
    },
    /// More characters, bytes or items than allowed.
    TooLong {
        /// The value that was given.
        given: u64,
        /// The most allowed.
        bound: u64,
    },
    /// A number outside the allowed range.
    OutOfRange {
        /// The value that was given.
        given: i64,
        /// The least allowed.
        low: i64,
        /// The most allowed.
        high: i64,
    },
    /// Not one of the allowed values.
    NotAllowed,
    /// An address that the service may not call: scheme, private address or port.
    Url,
    /// Contradicts another parameter.
    Conflict,
    /// One type more than a group may see.
    TooManyTypes,
    /// The moderation refused the content.
    Rejected,
}

/// A parameter that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputInvalid {
    /// The documented parameter name.
    pub parameter: &'static str,
    /// The mistake.
    pub fault: Fault,
    /// The rule that decides.
    pub rule: Rule,
}

/// The kind of thing that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// The application, in that data centre.
    App,
    /// The group, or it is deleted or purged.
    Group,
    /// Nobody is in the group, so that it cannot receive messages.
    ActiveGroup,
    /// The receiver is not online.
    Receiver,
    /// The user.
    User,
}

/// Which total is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Full {
    /// Applications of the account.
    Apps,
    /// Live groups of the application.
    Groups,
}

/// Why a server-side call was refused. A refused call changes nothing but the caller's quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// 400 `InputInvalid`.
    InputInvalid(InputInvalid),
    /// 403 `NoAuth`: no policy allows the action on the resource, or one denies it.
    NoAuth {
        /// The operation called.
        operation: Operation,
        /// The rule that decides.
        rule: Rule,
    },
    /// `Throttling.User`: the account has used up the calls of this second.
    Throttled {
        /// The operation called.
        operation: Operation,
        /// Calls per second.
        bound: u32,
        /// Microseconds until a call may pass again.
        retry_after_micros: u64,
    },
    /// 404 `ResourceNotExist`.
    NotExist {
        /// The kind of thing that does not exist.
        what: Missing,
        /// The rule that decides.
        rule: Rule,
    },
    /// 400: a total is used up.
    Full {
        /// Which.
        what: Full,
        /// The most allowed.
        bound: u32,
        /// The rule that decides.
        rule: Rule,
    },
    /// 500 `ServerError`: injected, or the receiver did not acknowledge in time.
    ServerError {
        /// The rule that decides.
        rule: Rule,
    },
}

impl Refusal {
    /// The documented code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::InputInvalid(_) => ErrorCode::InputInvalid,
            Self::NoAuth { .. } => ErrorCode::NoAuth,
            Self::Throttled { .. } => ErrorCode::Throttling,
            Self::NotExist { .. } => ErrorCode::ResourceNotExist,
            Self::Full { what: Full::Apps, .. } => ErrorCode::ErrorTooManyApps,
            Self::Full { what: Full::Groups, .. } => ErrorCode::ErrorTooManyGroups,
            Self::ServerError { .. } => ErrorCode::ServerError,
        }
    }

    /// The rule that this refusal's code comes from.
    #[must_use]
    pub const fn code_rule(&self) -> Rule {
        match self.code() {
            ErrorCode::InputInvalid => Rule::ErrorInputInvalidCode,
            ErrorCode::NoAuth => Rule::ErrorNoAuthCode,
            ErrorCode::Throttling => Rule::QuotaThrottleCode,
            ErrorCode::ResourceNotExist => Rule::ErrorResourceNotExistCode,
            ErrorCode::ErrorTooManyApps => Rule::QuotaAppsPerAccount,
            ErrorCode::ErrorTooManyGroups => Rule::ErrorTooManyGroupsCode,
            ErrorCode::ServerError => Rule::ErrorServerErrorCode,
        }
    }

    /// The rule that decided.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        match self {
            Self::InputInvalid(input) => input.rule,
            Self::NoAuth { rule, .. }
            | Self::NotExist { rule, .. }
            | Self::Full { rule, .. }
            | Self::ServerError { rule } => *rule,
            Self::Throttled { .. } => Rule::QuotaQpsDropped,
        }
    }

    /// The text for the field `Message`.
    #[must_use]
    pub fn message(&self) -> String {
        alloc::format!("{self}.")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is required"),
            Self::Charset => f.write_str("has a character outside letters and digits"),
            Self::Kind => f.write_str("is not of the parameter's type"),
            Self::TooShort { given, bound } => write!(f, "has {given} of at least {bound} characters"),
            Self::TooLong { given, bound } => write!(f, "has {given}, at most {bound} allowed"),
            Self::OutOfRange { given, low, high } => write!(f, "is {given}, allowed {low} to {high}"),
            Self::NotAllowed => f.write_str("is not one of the allowed values"),
            Self::Url => {
                f.write_str("must begin with http:// or https://, without a private address or a port")
            }
            Self::Conflict => f.write_str("contradicts another parameter"),
            Self::TooManyTypes => f.write_str("would be one message type more than the group may see"),
            Self::Rejected => f.write_str("was refused by the content moderation"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InputInvalid(input) => write!(f, "{} {}", input.parameter, input.fault),
            Self::NoAuth { rule: Rule::LegacyMuteOperatorCreator, .. } => {
                f.write_str("OperatorUserId is not the creator of the group")
            }
            Self::NoAuth { operation, .. } => write!(f, "no permission for live:{}", operation.name()),
            Self::Throttled { .. } => f.write_str("Request was denied due to user flow control"),
            Self::NotExist { what, .. } => f.write_str(match what {
                Missing::App => "the application does not exist in this data centre",
                Missing::Group => "the group does not exist or is deleted",
                Missing::ActiveGroup => "nobody is in the group, so that it cannot receive messages",
                Missing::Receiver => "the receiver is not online",
                Missing::User => "the user does not exist",
            }),
            Self::Full { what: Full::Apps, bound, .. } => {
                write!(f, "an account holds at most {bound} applications")
            }
            Self::Full { what: Full::Groups, bound, .. } => {
                write!(f, "an application holds at most {bound} groups at the same time")
            }
            Self::ServerError { .. } => f.write_str("unknown error, try again later"),
        }
    }
}

impl core::error::Error for Refusal {}

/// Why an audience client was refused: the documented client error codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClientRefusal {
    /// 400: a parameter is illegal.
    BadParameter,
    /// 403: no permission, or the logon's token does not verify or has expired.
    Forbidden,
    /// 404: the session is gone; the client must log on again.
    NoSession,
    /// 412: busy, asked too often; the client may try again.
    TooFast,
    /// 424: the receiver of a one-to-one message is offline.
    ReceiverOffline,
    /// 425: the client has not joined the group.
    NotJoined,
    /// 440: the group does not exist.
    NoGroup,
    /// 441: the group is deleted.
    GroupDeleted,
    /// 442: the client is muted in the group.
    Muted,
    /// 443: a limit is reached.
    LimitReached,
    /// 500: a temporary error; the client may try again.
    Temporary,
}

impl ClientRefusal {
    /// Every refusal.
    pub const ALL: [Self; 11] = [
        Self::BadParameter,
        Self::Forbidden,
        Self::NoSession,
        Self::TooFast,
        Self::ReceiverOffline,
        Self::NotJoined,
        Self::NoGroup,
        Self::GroupDeleted,
        Self::Muted,
        Self::LimitReached,
        Self::Temporary,
    ];

    /// The documented number.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::BadParameter => 400,
            Self::Forbidden => 403,
            Self::NoSession => 404,
            Self::TooFast => 412,
            Self::ReceiverOffline => 424,
            Self::NotJoined => 425,
            Self::NoGroup => 440,
            Self::GroupDeleted => 441,
            Self::Muted => 442,
            Self::LimitReached => 443,
            Self::Temporary => 500,
        }
    }
}

impl fmt::Display for ClientRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadParameter => "a parameter is illegal",
            Self::Forbidden => "no permission, or the token is not valid",
            Self::NoSession => "the session is gone; log on again",
            Self::TooFast => "asked too often; try again in the next second",
            Self::ReceiverOffline => "the receiver is offline",
            Self::NotJoined => "join the group first",
            Self::NoGroup => "the group does not exist",
            Self::GroupDeleted => "the group is deleted",
            Self::Muted => "muted in this group",
            Self::LimitReached => "a limit is reached",
            Self::Temporary => "temporary error, try again",
        })
    }
}

impl core::error::Error for ClientRefusal {}
