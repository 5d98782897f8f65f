//! All that decides a run: a scenario, a seed, and where there is one a recorded chat.
//!
//! A [`Scenario`] says what happens, apart from chance; [`swarm`] draws one, [`recorded`] reads a chat that was recorded
//! somewhere, [`identity`] is the line that brings a run back, and a [`plan::Plan`] is all of it, ready to be run.
//! Nothing here knows how it is run.
//!
//! # Scenarios
//!
//! A scenario is a TOML file. It says how long the show lasts, which applications and groups exist, who comes, what
//! they do, how good the network is, what breaks and when, and what the script does at fixed times. Everything else is
//! drawn from the seed. The scenarios of `fixtures/scenarios` are part of the binary and are called by name; any other
//! file is called by its path. The format is strict: an unknown key, word, rule or reading is a
//! [`Diagnostic`](claque_document::diagnostic::Diagnostic).
//!
//! # The format
//!
//! Quantities are written as [`claque_document::units`] says; there are no fractions.
//!
//! | table | keys |
//! |---|---|
//! | top | `says` `start` `duration` `settle` `chat` |
//! | `[[app]]` | `name` `family` (`live` `old`); of a `live` one `data-center` `retention` (`"30d"` `"90d"` `"180d"`) `callbacks` `moderation` (`off` `built-in` `custom`) |
//! | `[[group]]` | `name` `count` `first` `app` `weight` or `weights` or `zipf` `admins` `owned` `info-bytes` `open` |
//! | `[[population]]` | `name` `kind` (`audience` `hosts` `administrators`) `users` `group` `second-group` `lurk` `two-devices` `arrive` `stay` `churn` `comment` `gift` `like` `mute` `mute-all` `kick` `recall` `modify` `console` `clock` `token` `latency` |
//! | `[[backend]]` | `name` `callers` `odd` `calls` (a table: documented operation name = mean gap) |
//! | `[network]` | `latency` `shape` (`uniform` `tailed`) `loss-ppm` `duplicate-ppm` |
//! | `[[fault]]` | `name` `kind` `at` `for` `share` `group` `population`, and the keys of the kind: [`FaultKind`] |
//! | `[[event]]` | `name` `do` `at` `group`, and the keys of the action: [`ScriptAction`] |
//! | `[limits]` | the changeable limits by name, such as `group-messages-per-second` |
//! | `[readings]` | reading id = alternative |
//! | `[expect]` | `rules`: ids that a run must reach: [`expected`] |
//!
//! A `group` or `population` key selects: `"g07"`, `"g01..g09"`, `"all"`, or a list of those.
//!
//! # Two clocks
//!
//! `at` and `for` count *show time*: time jumps excluded. After a jump of 31 days at `at = "28m"`, an event at `29m`
//! happens 31 days and one minute later by the service's clock. During a jump no user acts; what falls due, falls due.
//!
//! # Users
//!
//! Users are numbered over the populations in file order, and are called by population and number (`viewer17`), so that
//! a name means the same user however many there are. [`Scenario::scale`] changes how many.
#![forbid(unsafe_code)]

mod content;
pub mod expected;
pub mod identity;
pub mod plan;
pub mod recorded;
mod scenario;
pub mod swarm;

pub use content::content_hash;
pub use scenario::{
    ActionName, AppNumber, AppSetup, Arrivals, Attendance, AwkwardAct, Backend, Churn, ClockSpread,
    Direction, Duty, DutyKind, FaultKind, FaultName, GroupNumber, GroupSetup, Habit, Latency, LatencyShape,
    LimitChange, LimitValue, MessageKind, MessageStream, ModerationMode, NetworkSetup, Population,
    PopulationKind, PopulationNumber, Scenario, ScheduledFault, ScriptAction, ScriptEvent, StreamOrigin,
    Target, USERS_MAX,
};
