//! The scenarios that are part of the binary, so that a name is all it takes to run one.

/// The scenario that runs when none is named.
pub(super) const DEFAULT: &str = "evening-show";

/// The scenario that replays a recorded chat when none is named.
pub(super) const DEFAULT_FOR_CHAT: &str = "recorded-chat";

/// The scenario that seeds of a campaign draw their runs from when none is named.
pub(super) const DEFAULT_FOR_SWARM: &str = "swarm";

/// Name and text of each, the default first.
// In the binary and not beside it: an identity line names a scenario without its hash, so the version has to decide
// what the name means.
const BUILTIN: [(&str, &str); 11] = [
    ("evening-show", include_str!("../../../../fixtures/scenarios/evening-show.toml")),
    ("arena", include_str!("../../../../fixtures/scenarios/arena.toml")),
    ("bystanders", include_str!("../../../../fixtures/scenarios/bystanders.toml")),
    ("recorded-chat", include_str!("../../../../fixtures/scenarios/recorded-chat.toml")),
    ("selftest", include_str!("../../../../fixtures/scenarios/selftest.toml")),
    ("smoke", include_str!("../../../../fixtures/scenarios/smoke.toml")),
    ("stadium", include_str!("../../../../fixtures/scenarios/stadium.toml")),
    ("swarm", include_str!("../../../../fixtures/scenarios/swarm.toml")),
    ("workload-a", include_str!("../../../../fixtures/scenarios/workload-a.toml")),
    ("workload-b", include_str!("../../../../fixtures/scenarios/workload-b.toml")),
    ("workload-c", include_str!("../../../../fixtures/scenarios/workload-c.toml")),
];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}

pub(super) fn text(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
