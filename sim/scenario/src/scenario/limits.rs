//! The limits that a scenario changes, by name.

use claque_core::{Duration, Limits};

/// A limit that differs from the documented one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitChange {
    /// Its name, one of [`LimitChange::NAMES`].
    pub name: &'static str,
    /// Its value in this scenario.
    pub value: LimitValue,
}

/// The value of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitValue {
    /// A count.
    Count(u32),
    /// A span of time.
    Span(Duration),
    /// On or off.
    Switch(bool),
}

impl LimitChange {
    /// The names of the limits that a scenario can change, in alphabetical order.
    pub const NAMES: [&'static str; 10] = [
        "account-apps-max",
        "app-groups-max",
        "call-quotas",
        "group-members-max",
        "group-messages-per-second",
        "group-types-max",
        "heartbeat-timeout",
        "list-page-size",
        "moderation-within",
        "recent-messages-max",
    ];

    /// The documented value of the limit with this name: it also says which kind of value the limit takes.
    #[must_use]
    pub fn documented(name: &str) -> Option<LimitValue> {
        let limits = Limits::default();
        Some(match name {
            "account-apps-max" => LimitValue::Count(limits.account_apps_max),
            "app-groups-max" => LimitValue::Count(limits.app_groups_max),
            "call-quotas" => LimitValue::Switch(limits.call_quotas),
            "group-members-max" => LimitValue::Count(limits.group_members_max),
            "group-messages-per-second" => LimitValue::Count(limits.group_messages_per_second),
            "group-types-max" => LimitValue::Count(limits.group_types_max),
            "heartbeat-timeout" => LimitValue::Span(limits.heartbeat_timeout),
            "list-page-size" => LimitValue::Count(limits.list_page_size),
            "moderation-within" => LimitValue::Span(limits.moderation_within),
            "recent-messages-max" => LimitValue::Count(limits.recent_messages_max),
            _ => return None,
        })
    }

    /// Makes the change.
    ///
    /// # Panics
    ///
    /// When the value is not of the limit's kind, which reading a scenario rules out.
    pub fn apply(self, limits: &mut Limits) {
        match (self.name, self.value) {
            ("account-apps-max", LimitValue::Count(count)) => limits.account_apps_max = count,
            ("app-groups-max", LimitValue::Count(count)) => limits.app_groups_max = count,
            ("call-quotas", LimitValue::Switch(on)) => limits.call_quotas = on,
            ("group-members-max", LimitValue::Count(count)) => limits.group_members_max = count,
            ("group-messages-per-second", LimitValue::Count(count)) => {
                limits.group_messages_per_second = count;
            }
            ("group-types-max", LimitValue::Count(count)) => limits.group_types_max = count,
            ("heartbeat-timeout", LimitValue::Span(span)) => limits.heartbeat_timeout = span,
            ("list-page-size", LimitValue::Count(count)) => limits.list_page_size = count,
            ("moderation-within", LimitValue::Span(span)) => limits.moderation_within = span,
            ("recent-messages-max", LimitValue::Count(count)) => limits.recent_messages_max = count,
            (name, value) => panic!("limit `{name}` takes no {value:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LimitChange, LimitValue, Limits};

    #[test]
    fn every_name_has_a_documented_value_that_changes_nothing() {
        let mut limits = Limits::default();
        for name in LimitChange::NAMES {
            let value = LimitChange::documented(name).expect(name);
            LimitChange { name, value }.apply(&mut limits);
        }
        assert_eq!(limits, Limits::default());
        assert_eq!(LimitChange::documented("bananas-max"), None);
    }

    #[test]
    fn every_name_changes_its_own_limit() {
        for name in LimitChange::NAMES {
            let mut limits = Limits::default();
            let value = match LimitChange::documented(name).expect(name) {
                LimitValue::Count(count) => LimitValue::Count(count + 1),
                LimitValue::Span(span) => LimitValue::Span(span + span),
                LimitValue::Switch(on) => LimitValue::Switch(!on),
            };
            LimitChange { name, value }.apply(&mut limits);
            assert_ne!(limits, Limits::default(), "{name}");
        }
    }
}
