//! Why a server did not start.

use std::net::SocketAddr;

use crate::descriptors::TooFew;
use crate::journal::JournalOpenError;
use crate::replay::ReplayError;

/// Why a server did not start.
#[derive(Debug)]
pub enum StartError {
    /// The address cannot be listened on.
    Listen(SocketAddr, std::io::Error),
    /// The journal cannot be opened.
    Journal(JournalOpenError),
    /// The journal opens, but leads to no service.
    Replay(ReplayError),
    /// The journal was begun with other accounts, which its applications belong to by position.
    OtherAccounts {
        /// The accounts of the options.
        wanted: Vec<String>,
        /// The accounts of the journal.
        kept: Vec<String>,
    },
    /// A reading that there is not.
    Reading(String),
    /// The machine gives no random bytes.
    Random(std::io::Error),
    /// The authorities of receivers cannot be read.
    CallbackCa(String),
    /// The thread of the state machine cannot be had.
    Thread(std::io::Error),
    /// Other machines would reach a server whose key everybody knows.
    KnownKey(SocketAddr),
    /// A control token that anybody has.
    EmptyToken,
    /// The process may have too few files open.
    Descriptors(TooFew),
    /// The world file of the first world cannot be applied.
    World(String),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Listen(address, error) if error.kind() == std::io::ErrorKind::AddrInUse => write!(
                f,
                "cannot listen on {address}: another process does; --listen names another port, and port 0 any free one"
            ),
            Self::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::Journal(error) => write!(f, "{error}"),
            Self::Replay(error) => write!(f, "{error}"),
            Self::OtherAccounts { wanted, kept } => write!(
                f,
                "the data directory belongs to accounts {}, not {}: name those, or start with another --data directory",
                kept.join(", "),
                wanted.join(", ")
            ),
            Self::Reading(error) => f.write_str(error),
            Self::Random(error) => write!(f, "no random bytes for keys: {error}"),
            Self::Thread(error) => write!(f, "no thread for the state machine: {error}"),
            Self::Descriptors(error) => write!(f, "{error}"),
            Self::World(error) => write!(f, "the world file: {error}"),
            Self::CallbackCa(error) => write!(f, "authorities of receivers: {error}"),
            Self::KnownKey(address) => write!(
                f,
                "other machines reach {address}, and the development key is known to everybody: name a key with \
                 --access-key ID:SECRET, listen on 127.0.0.1, or say --insecure"
            ),
            Self::EmptyToken => {
                f.write_str("the control token is empty, so that anybody has it: give one, or none at all")
            }
        }
    }
}

impl StartError {
    /// Whether another start with the same options would fail in the same way: the options are at fault, not the machine.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        match self {
            Self::Reading(_)
            | Self::CallbackCa(_)
            | Self::KnownKey(_)
            | Self::EmptyToken
            | Self::World(_) => true,
            Self::Listen(..)
            | Self::Journal(_)
            | Self::Replay(_)
            | Self::OtherAccounts { .. }
            | Self::Descriptors(_)
            | Self::Thread(_)
            | Self::Random(_) => false,
        }
    }
}

impl std::error::Error for StartError {}
