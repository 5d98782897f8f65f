//! The options of a server's start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use claque_core::{AccountIx, Caller, Config, Policy};

use crate::WorldFile;
use crate::clock::ClockPace;
use crate::journal::DiskFaults;
use crate::limits::{HttpLimits, OutgoingLimits};
use crate::shows::ShowReader;

/// A key that may sign calls.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The key's ID.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// The token of a temporary key, which calls must carry.
    pub security_token: Option<String>,
    /// Index of the account it belongs to.
    pub account: u32,
    /// The policy of a RAM user; none: the account itself.
    pub policy: Option<Arc<Policy>>,
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, account, policy, .. } = self;
        f.debug_struct("AccessKey").field("id", id).field("account", account).field("policy", policy).finish()
    }
}

impl AccessKey {
    /// The key that every server has unless it is given others. Known to everybody: for development only.
    #[must_use]
    pub fn development() -> Self {
        Self {
            id: "claque-development".to_owned(),
            secret: "claque-development-secret".to_owned(),
            security_token: None,
            account: 0,
            policy: None,
        }
    }

    /// Reads `ID:SECRET`, a key of the first account.
    ///
    /// # Errors
    /// A sentence, when there is no colon, or nothing before or after it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((id, secret)) if !id.is_empty() && !secret.is_empty() => Ok(Self {
                id: id.to_owned(),
                secret: secret.to_owned(),
                security_token: None,
                account: 0,
                policy: None,
            }),
            _ => {
                Err("an access key is written ID:SECRET, such as testid:testsecret, and neither may be empty"
                    .to_owned())
            }
        }
    }

    /// Who calls with this key.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller { account: AccountIx(self.account), policy: self.policy.clone() }
    }
}

/// The options of a server's start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0: any free port.
    pub listen: SocketAddr,
    /// Who may call.
    pub access_keys: Vec<AccessKey>,
    /// Where inputs are written down; none: in memory only.
    pub data: Option<PathBuf>,
    /// Which calls of the disk under it fail, for tests: none.
    pub disk: DiskFaults,
    /// A journal longer than this, and than twice what its beginning takes, is replaced by a snapshot. Unit: bytes.
    pub compact_bytes: u64,
    /// Longest state that is written as a snapshot, and taken as one. Unit: bytes, 2 GiB at the most.
    pub snapshot_bytes_max: usize,
    /// Bounds and readings of the service, its accounts and refused words.
    pub config: Config,
    /// Readings asked for by name: they hold above those that a journal has kept, too. Unit: id and value.
    pub readings: Vec<(String, String)>,
    /// The pace of the clock at the start.
    pub pace: ClockPace,
    /// Bounds of connections.
    pub http: HttpLimits,
    /// Bounds of callbacks and reviews.
    pub outgoing: OutgoingLimits,
    /// Whether the control API answers.
    pub control: bool,
    /// The token that control calls from elsewhere than this machine must carry; none: they are refused.
    pub control_token: Option<String>,
    /// Whether callback and review addresses obey the documented rule: no port, no private address.
    ///
    /// Overrides the bound of that name in [`Self::config`], and in a journal. What a name comes to is judged too, at
    /// the moment of connecting.
    pub public_urls_only: bool,
    /// A PEM file of authorities that receivers of callbacks and reviews may show, besides the public ones.
    pub callback_ca: Option<PathBuf>,
    /// The most that the state of all worlds may take, with ledgers and callback logs: what adds to it is refused
    /// beyond; `u64::MAX`: no bound. Connections have bounds of their own ([`Self::http`]). Unit: bytes.
    pub memory_max: u64,
    /// The beginning of the first world, where it has nothing yet: applications, groups, members, mutes.
    pub world: Option<WorldFile>,
    /// Worlds that may be created besides the one that is there from the start.
    pub worlds_max: usize,
    /// Whether other machines may use the key that everybody knows. Without it, a server that other machines reach does not
    /// start with that key.
    pub insecure: bool,
    /// Reads recorded chats and scenarios for crowds; none: they are refused.
    pub shows: Option<Arc<dyn ShowReader>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            access_keys: vec![AccessKey::development()],
            data: None,
            disk: DiskFaults::default(),
            compact_bytes: 64 * 1_024 * 1_024,
            snapshot_bytes_max: claque_core::journal::SNAPSHOT_BYTES_MAX,
            config: Config::default(),
            readings: Vec::new(),
            pace: ClockPace::REAL,
            http: HttpLimits::default(),
            outgoing: OutgoingLimits::default(),
            control: true,
            control_token: None,
            public_urls_only: false,
            callback_ca: None,
            memory_max: u64::MAX,
            world: None,
            worlds_max: 1_000,
            insecure: false,
            shows: None,
        }
    }
}
