//! A plan: everything that decides a run, spelled out.
//!
//! A scenario and a seed give a plan; a plan gives exactly one run. It names groups, crowds, storms, steps, back-end
//! callers and faults one by one, so that a smaller plan is a plan with entries taken out.
//!
//! All times count from the start of the run. Nothing here draws anything.

use std::sync::Arc;

use claque_core::{Config, Duration, Instant, Priority};

/// Everything that decides a run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario's name.
    pub name: String,
    /// The seed that all randomness is keyed with.
    pub seed: u64,
    /// The virtual time at which the run begins.
    pub start: Instant,
    /// How long the run lasts; deadlines that come later are not waited for.
    pub lasts: Duration,
    /// What the service is made with. The key is replaced by one drawn from the seed.
    pub config: Config,
    /// The application that everything happens in.
    pub app: AppPlan,
    /// The groups, created before anything else.
    pub groups: Vec<GroupPlan>,
    /// The audience.
    pub crowds: Vec<CrowdPlan>,
    /// Bursts of messages into one group.
    pub storms: Vec<StormPlan>,
    /// Things that happen once, at a time.
    pub steps: Vec<StepPlan>,
    /// Callers of server-side operations.
    pub callers: Vec<CallerPlan>,
    /// What goes wrong.
    pub faults: Vec<FaultPlan>,
    /// The network when nothing is wrong.
    pub network: NetworkPlan,
    /// A recorded chat that one group replays.
    pub chat: Option<ChatPlan>,
    /// Who watches.
    pub oracle: Oracle,
    /// How often the service checks its invariants; none: at the end only.
    pub check_interval: Option<Duration>,
}

/// Who watches a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Oracle {
    /// The reference model, the checker of what clients saw, and the service's invariants.
    #[default]
    Full,
    /// Nobody: the run is only counted and hashed.
    None,
}

/// The application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppPlan {
    /// Its name, 2 to 16 characters.
    pub name: String,
    /// Where events are called back; none: callbacks are off.
    pub callback_url: Option<String>,
    /// How messages are moderated.
    pub audit: Audit,
    /// Retention: 0, 1, 2 for 30, 90, 180 days.
    pub retention: i32,
}

/// How messages are moderated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Audit {
    /// Not at all.
    #[default]
    Off,
    /// By the service's own list of words.
    BuiltIn,
    /// By a custom review that answers after a time.
    Custom {
        /// Its address.
        url: String,
        /// How long it takes. Unit: both ends inclusive.
        takes: (Duration, Duration),
        /// Contents refused. Unit: parts per million.
        refuses_ppm: u32,
    },
}

/// A group that exists from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPlan {
    /// Its ID, letters and digits.
    pub id: String,
    /// Whether it has a host: its creator, who joins first and may talk while all are muted.
    pub host: bool,
    /// How many administrators it has, at most three. They join after the host.
    pub admins: u8,
    /// Mean time between two interventions of an administrator (mute, unmute, kick, recall, information); none: never.
    pub staff_interval: Option<Duration>,
    /// Size of its extension information. Unit: bytes.
    pub info_bytes: u32,
}

/// A population: users who behave alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrowdPlan {
    /// Its name: stable, since all its draws belong to it.
    pub name: String,
    /// How many users.
    pub users: u32,
    /// The groups it is spread over, by position in [`Plan::groups`], evenly.
    pub groups: Vec<u32>,
    /// How many of those groups each user joins.
    pub joins: u8,
    /// When the first arrives.
    pub arrive_at: Duration,
    /// The span in which all arrive, evenly at random.
    pub arrive_within: Duration,
    /// Mean time in the groups before leaving; none: until sent home.
    pub stay: Option<Duration>,
    /// Mean time away before coming back; none: does not come back.
    pub away: Option<Duration>,
    /// Whether leaving is logging off, too, or leaving the group only.
    pub logs_off: bool,
    /// What they send, each with the mean time between two of one user.
    pub habits: Vec<Habit>,
    /// Mean time between two losses of one user's link; none: never.
    pub link_loss: Option<Duration>,
    /// Users who log on with a second device once, some time after joining. Unit: permille.
    pub second_device: u16,
    /// How long a token is valid.
    pub token: Duration,
    /// The heartbeat timeout asked for; none: the default.
    pub heartbeat: Option<Duration>,
    /// Clients that acknowledge highly reliable messages. Unit: permille.
    pub acknowledges: u16,
}

/// What users send of their own accord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habit {
    /// What.
    pub speech: Speech,
    /// Mean time between two messages of one user.
    pub every: Duration,
}

/// A kind of message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speech {
    /// The message type.
    pub kind: i64,
    /// The level.
    pub level: Priority,
    /// What it adds to the counter of its type.
    pub repeat: u32,
    /// Size of the body. Unit: bytes.
    pub body_bytes: u32,
    /// Sent with neither storage nor cache. Unit: permille.
    pub ephemeral: u16,
}

impl Speech {
    /// A live comment.
    #[must_use]
    pub const fn comment() -> Self {
        Self { kind: 10_001, level: Priority::Medium, repeat: 1, body_bytes: 40, ephemeral: 0 }
    }

    /// A like.
    #[must_use]
    pub const fn like() -> Self {
        Self { kind: 10_002, level: Priority::Normal, repeat: 5, body_bytes: 8, ephemeral: 0 }
    }

    /// A gift.
    #[must_use]
    pub const fn gift() -> Self {
        Self { kind: 10_003, level: Priority::High, repeat: 1, body_bytes: 64, ephemeral: 0 }
    }
}

/// A burst of messages into one group, sent by those of its users who are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StormPlan {
    /// Its name: stable, since its draws belong to it.
    pub name: String,
    /// The group, by position in [`Plan::groups`].
    pub group: u32,
    /// When it begins.
    pub at: Duration,
    /// How long it lasts.
    pub lasts: Duration,
    /// Messages per second, on average.
    pub per_second: u32,
    /// What is sent.
    pub speech: Speech,
}

/// Something that happens once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepPlan {
    /// When.
    pub at: Duration,
    /// What.
    pub step: Step,
}

/// What can happen once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The back end deletes a group.
    DeleteGroup(u32),
    /// The back end restores a group.
    RestoreGroup(u32),
    /// Everybody leaves a group, evenly within a span.
    Drain(u32, Duration),
    /// Everybody whose home is the group comes (back), evenly within a span.
    Fill(u32, Duration),
    /// Everybody logs off, evenly within a span. Nothing happens afterwards until somebody comes.
    SendHome(Duration),
    /// Everybody comes (back), evenly within a span.
    CallBack(Duration),
    /// The application is disabled or enabled.
    DisableApp(bool),
    /// The moderation setting changes: 0 off, 1 built-in, 2 custom.
    AuditType(i32),
}

/// A back end that calls server-side operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerPlan {
    /// Its name: stable, since its draws belong to it.
    pub name: String,
    /// Whether it is a RAM user whose policy allows reading only; otherwise it is the account.
    pub reads_only: bool,
    /// When it begins.
    pub at: Duration,
    /// How long it goes on.
    pub lasts: Duration,
    /// Mean time between two calls.
    pub every: Duration,
    /// Calls made at once each time: more than the documented rate is throttled.
    pub burst: u32,
    /// What it calls; one is drawn each time.
    pub errands: Vec<Errand>,
}

/// Something that a back end does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Reads the application.
    DescribeApp,
    /// Reads a group.
    DescribeGroup,
    /// Lists groups by cursor.
    ListGroups,
    /// Lists groups by page.
    ListGroupPage,
    /// Lists stored messages of a group.
    ListMessages,
    /// Lists users of a group.
    ListUsers,
    /// Checks presence in a group.
    CheckInGroup,
    /// Checks presence in the service.
    CheckOnline,
    /// Sends to a group.
    Send,
    /// Sends to a group under a message ID that was used before.
    SendAgain,
    /// Sends to a user.
    SendUser,
    /// Creates a group of its own, or one that exists.
    CreateGroup,
    /// Deletes a group of its own.
    DeleteGroup,
    /// Restores a group of its own.
    RestoreGroup,
    /// Changes a group's extension information.
    ModifyGroup,
    /// Mutes users.
    Mute,
    /// Unmutes users.
    Unmute,
    /// Mutes a whole group.
    MuteAll,
    /// Unmutes a whole group.
    UnmuteAll,
    /// Reads mutes.
    DescribeMutes,
    /// Removes a user from a group.
    Kick,
    /// Recalls a message.
    Recall,
    /// Changes a user's extension information.
    UserInfo,
    /// Calls with an illegal parameter.
    Illegal,
    /// Calls for a group that does not exist.
    Missing,
}

impl Errand {
    /// Every errand.
    pub const ALL: [Self; 25] = [
        Self::DescribeApp,
        Self::DescribeGroup,
        Self::ListGroups,
        Self::ListGroupPage,
        Self::ListMessages,
        Self::ListUsers,
        Self::CheckInGroup,
        Self::CheckOnline,
        Self::Send,
        Self::SendAgain,
        Self::SendUser,
        Self::CreateGroup,
        Self::DeleteGroup,
        Self::RestoreGroup,
        Self::ModifyGroup,
        Self::Mute,
        Self::Unmute,
        Self::MuteAll,
        Self::UnmuteAll,
        Self::DescribeMutes,
        Self::Kick,
        Self::Recall,
        Self::UserInfo,
        Self::Illegal,
        Self::Missing,
    ];
}

/// The network when nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkPlan {
    /// One-way latency from the service to a client. Unit: both ends inclusive.
    pub latency: (Duration, Duration),
    /// Deliveries lost. Unit: parts per million.
    pub loss_ppm: u32,
    /// Deliveries that arrive twice. Unit: parts per million.
    pub duplication_ppm: u32,
    /// Deliveries held back so that later ones overtake them. Unit: parts per million.
    pub reordering_ppm: u32,
}

impl Default for NetworkPlan {
    fn default() -> Self {
        Self {
            latency: (Duration::from_millis(20), Duration::from_millis(200)),
            loss_ppm: 0,
            duplication_ppm: 0,
            reordering_ppm: 0,
        }
    }
}

/// Something that goes wrong for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultPlan {
    /// Its name: stable, since whom it hits is drawn from it.
    pub name: String,
    /// When it begins.
    pub at: Duration,
    /// How long it lasts; stretched to [`FaultPlan::LASTS_MIN`], so that each state is there to be seen.
    pub lasts: Duration,
    /// Whom it hits. Unit: permille of the users.
    pub share: u16,
    /// What goes wrong.
    pub fault: Fault,
}

impl FaultPlan {
    /// The shortest time that a fault lasts.
    pub const LASTS_MIN: Duration = Duration::from_millis(500);
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The links of those hit break, evenly within the time of the fault; clients come back at once.
    Disconnects,
    /// The links of those hit break together, and nobody gets back before the end.
    Outage,
    /// Deliveries to those hit take longer. Unit: both ends inclusive.
    Latency(Duration, Duration),
    /// Deliveries to those hit are lost. Unit: parts per million.
    Loss(u32),
    /// Deliveries to those hit arrive twice. Unit: parts per million.
    Duplication(u32),
    /// Deliveries to those hit are held back by up to a second. Unit: parts per million.
    Reordering(u32),
    /// Nothing reaches those hit, while what they send arrives; after the heartbeat timeout the client starts anew.
    DeafClients,
    /// Nothing from those hit arrives, while they are reached; the service times them out.
    MuteClients,
    /// Slow, lossy, and every now and then a broken link: latency, loss and mean time between two breaks.
    BrownOut(Duration, u32, Duration),
    /// Those hit read late: every delivery waits this long.
    SlowReaders(Duration),
    /// The clocks of those hit are off. Unit: microseconds, positive is fast.
    ClockOffset(i64),
    /// The clocks of those hit drift. Unit: parts per million, positive is fast.
    ClockDrift(i32),
    /// The custom moderation answers late by this much.
    ModerationSlow(Duration),
    /// The custom moderation is not available.
    ModerationDown,
    /// The receiver of callbacks answers with an error.
    CallbacksFail,
}

/// A recorded chat that one group replays.
#[derive(Clone, Debug)]
pub struct ChatPlan {
    /// The group, by position in [`Plan::groups`].
    pub group: u32,
    /// When it begins.
    pub at: Duration,
    /// What was said, by time.
    pub lines: Arc<[ChatLine]>,
}

/// One recorded message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatLine {
    /// When, counted from the beginning of the replay.
    pub at: Duration,
    /// Who, numbered in order of appearance. The group's users speak for them in turn.
    pub author: u32,
    /// The message type.
    pub kind: i64,
    /// The level.
    pub level: Priority,
    /// What.
    pub body: Arc<str>,
}
