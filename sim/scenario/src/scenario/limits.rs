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

/// The field of a limit, by the kind of value that it takes.
#[derive(Clone, Copy)]
enum LimitField {
    Count(fn(&mut Limits) -> &mut u32),
    Span(fn(&mut Limits) -> &mut Duration),
    Switch(fn(&mut Limits) -> &mut bool),
}

/// The limits that a scenario can change, in alphabetical order.
// One row each for name, kind, default and effect: in lists of their own a name could set its neighbour's limit.
const FIELDS: [(&str, LimitField); 10] = [
    ("account-apps-max", LimitField::Count(|limits| &mut limits.account_apps_max)),
    ("app-groups-max", LimitField::Count(|limits| &mut limits.app_groups_max)),
    ("call-quotas", LimitField::Switch(|limits| &mut limits.call_quotas)),
    ("group-members-max", LimitField::Count(|limits| &mut limits.group_members_max)),
    ("group-messages-per-second", LimitField::Count(|limits| &mut limits.group_messages_per_second)),
    ("group-types-max", LimitField::Count(|limits| &mut limits.group_types_max)),
    ("heartbeat-timeout", LimitField::Span(|limits| &mut limits.heartbeat_timeout)),
    ("list-page-size", LimitField::Count(|limits| &mut limits.list_page_size)),
    ("moderation-within", LimitField::Span(|limits| &mut limits.moderation_within)),
    ("recent-messages-max", LimitField::Count(|limits| &mut limits.recent_messages_max)),
];

fn field(name: &str) -> Option<LimitField> {
    FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
}

impl LimitChange {
    /// The names of the limits that a scenario can change, in alphabetical order.
    pub const NAMES: [&'static str; FIELDS.len()] = {
        let mut names = [""; FIELDS.len()];
        let mut index = 0;
        while index < FIELDS.len() {
            names[index] = FIELDS[index].0;
            index += 1;
        }
        names
    };

    /// The documented value of the limit with this name: it also says which kind of value the limit takes.
    #[must_use]
    pub fn documented(name: &str) -> Option<LimitValue> {
        let mut limits = Limits::default();
        Some(match field(name)? {
            LimitField::Count(at) => LimitValue::Count(*at(&mut limits)),
            LimitField::Span(at) => LimitValue::Span(*at(&mut limits)),
            LimitField::Switch(at) => LimitValue::Switch(*at(&mut limits)),
        })
    }

    /// Makes the change.
    ///
    /// # Panics
    ///
    /// When the name is unknown or the value is not of the limit's kind, which reading a scenario rules out.
    pub fn apply(self, limits: &mut Limits) {
        match (field(self.name), self.value) {
            (Some(LimitField::Count(at)), LimitValue::Count(count)) => *at(limits) = count,
            (Some(LimitField::Span(at)), LimitValue::Span(span)) => *at(limits) = span,
            (Some(LimitField::Switch(at)), LimitValue::Switch(on)) => *at(limits) = on,
            (None | Some(LimitField::Count(_) | LimitField::Span(_) | LimitField::Switch(_)), value) => {
                panic!("limit `{}` takes no {value:?}", self.name)
            }
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
