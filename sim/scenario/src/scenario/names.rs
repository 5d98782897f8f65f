//! The names of faults and acts, apart from their parameters: the words of scenario files, traces and the swarm.
//!
//! A name is an enum of its own, so that reading a word, writing one and drawing one are each a complete match: a fault
//! that is added without one of them does not compile.

macro_rules! names {
    ($(#[$about:meta])* $name:ident { $($variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = concat!("`", $word, "`.")] $variant,)+ }

        impl $name {
            /// All of them, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word of the name.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The name that a word stands for.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|name| name.word() == word)
            }

            /// The words of all names, in alphabetical order.
            pub fn words() -> impl Iterator<Item = &'static str> {
                Self::ALL.iter().map(|name| name.word())
            }
        }
    };
}

names! {
    /// The kind of a fault, without its parameters: those are in [`FaultKind`](super::FaultKind).
    FaultName {
        BrownOut = "brown-out",
        CallbackFailing = "callback-failing",
        CallbackFlapping = "callback-flapping",
        CallbackSlow = "callback-slow",
        ClockDrift = "clock-drift",
        ClockOffset = "clock-offset",
        ClockStep = "clock-step",
        ClockWander = "clock-wander",
        Clog = "clog",
        Crash = "crash",
        Disconnect = "disconnect",
        Duplicate = "duplicate",
        FanOutDelay = "fan-out-delay",
        Kill = "kill",
        Latency = "latency",
        Loss = "loss",
        LostReply = "lost-reply",
        ModerationFailing = "moderation-failing",
        ModerationRefusing = "moderation-refusing",
        ModerationSlow = "moderation-slow",
        Outage = "outage",
        Partition = "partition",
        Pause = "pause",
        Reorder = "reorder",
        SlowReader = "slow-reader",
    }
}

names! {
    /// The kind of an act of the script, without its parameters: those are in [`ScriptAction`](super::ScriptAction).
    ActionName {
        Awkward = "awkward",
        BudgetBurst = "budget-burst",
        ChangeAdmins = "change-admins",
        CreateGroup = "create-group",
        DeleteDuringSend = "delete-during-send",
        DeleteGroup = "delete-group",
        DisableApp = "disable-app",
        DrainGroup = "drain-group",
        EnableApp = "enable-app",
        JoinWave = "join-wave",
        Kick = "kick",
        LeaveWave = "leave-wave",
        Messages = "messages",
        ModifyGroup = "modify-group",
        MuteAll = "mute-all",
        MuteUsers = "mute-users",
        QuotaBurst = "quota-burst",
        Recall = "recall",
        ReopenGroup = "reopen-group",
        RestoreAtEdge = "restore-at-edge",
        RestoreGroup = "restore-group",
        RetentionEdge = "retention-edge",
        TimeJump = "time-jump",
        UnmuteAll = "unmute-all",
    }
}
