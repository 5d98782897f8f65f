//! Slips: mutants that are data. At a moment something is damaged that the moment has nothing to do with, here or elsewhere.
//!
//! A change of a service forgets what else its state holds: a member leaves and takes the counters along, a restore drops
//! the limit, one group is deleted and its neighbour loses the mutes. Moments, damages and reaches multiply; a row of the table
//! of mutants names one of each after `slips`, and the service looks at itself before and after each input.

/// When the damage is done: right after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlipMoment {
    /// A group was created that is there already.
    CreatedAgain,
    /// Information or administrators of a group were changed.
    Modified,
    /// A group was deleted.
    Deleted,
    /// A group was restored.
    Restored,
    /// The last member left a group.
    Emptied,
    /// Somebody joined a group that nobody was in.
    Reopened,
    /// A group became a supergroup.
    Upgraded,
    /// A user joined a group.
    Joined,
    /// A user left a group, however.
    Left,
    /// A user was removed from a group.
    Kicked,
    /// A client logged on.
    LoggedOn,
    /// A client logged off.
    LoggedOff,
    /// A session ended because its link was lost for too long.
    TimedOut,
    /// A link was lost.
    LinkLost,
    /// A link is back.
    LinkBack,
    /// Users were muted.
    UsersMuted,
    /// Users were unmuted.
    UsersUnmuted,
    /// Everybody was muted.
    AllMuted,
    /// The mute of everybody was lifted.
    AllUnmuted,
    /// A message was sent to a group.
    Sent,
    /// A message was sent to one user.
    SentToUser,
    /// A message was recalled.
    Recalled,
    /// A review was answered.
    Reviewed,
    /// The information of a user was changed.
    UserModified,
    /// The console gave a group another limit.
    Limited,
    /// Review, callback address or name of an application was changed.
    AppModified,
    /// An application was disabled.
    Disabled,
    /// An application was enabled.
    Enabled,
    /// Something was listed or described.
    Read,
    /// A call was refused.
    Refused,
}

/// What is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The individual mutes of a group are lifted.
    MutedUsers,
    /// The mute of everybody is lifted.
    MuteOfAll,
    /// The exceptions of the mute of everybody are forgotten.
    Exceptions,
    /// The individual mutes of the older family last for ever.
    MuteEnds,
    /// Everybody is muted.
    Silence,
    /// The recent list is emptied.
    Recent,
    /// The stored messages are dropped.
    Stored,
    /// The oldest kept message is dropped.
    Oldest,
    /// The counters of types start anew.
    Counters,
    /// The counter of the first type starts anew.
    FirstCounter,
    /// The session total falls to the members that are there.
    Joins,
    /// The likes start anew.
    Likes,
    /// The display name is lost.
    Name,
    /// The information is lost.
    Info,
    /// The administrators are lost.
    Admins,
    /// The creator is lost.
    Creator,
    /// The time of creation is stamped anew.
    Created,
    /// The group's own limit is lost.
    Limit,
    /// What waits for a slot is dropped.
    Waiting,
    /// What the running second delivered is forgotten.
    Second,
    /// What is under review is dropped.
    Reviews,
    /// Message IDs that are on their way are forgotten.
    GivenIds,
    /// When a supergroup was notified last is forgotten.
    Interval,
    /// A supergroup becomes a normal group.
    Size,
    /// The group moves to the end of the lists.
    Place,
    /// Everybody is out without a notice.
    Members,
    /// The information of the user is lost.
    UserInfo,
    /// The role of the user's session is lost.
    Role,
    /// The heartbeat timeout of the session is the default one.
    Heartbeat,
    /// The client counts as one that cannot acknowledge.
    Acknowledges,
    /// The user is out of its other groups without a notice.
    OtherGroups,
    /// The token of the session ends.
    TokenEnd,
    /// The groups that ended for the user are forgotten.
    Exits,
    /// The user is muted no more.
    OwnMute,
    /// The callback address is lost.
    CallbackUrl,
    /// The review is off.
    Review,
    /// The name of the application is lost.
    AppName,
    /// The retention is the default one.
    Retention,
    /// The modification time is stamped.
    ModifyTime,
}

/// How far the damage reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageReach {
    /// The groups, the user and the application that the moment is about.
    Own,
    /// The other groups, or users, of the application.
    Neighbours,
    /// The groups and users of that name in other applications; other applications.
    Namesakes,
}

/// One slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slip {
    /// When.
    pub at: SlipMoment,
    /// What.
    pub does: Damage,
    /// How far.
    pub to: DamageReach,
}
