//! Cases of bounds that no single parameter reaches: totals, rates, spans.

use claque_core::{Duration, Operation, Rule};
use claque_wire::audience::{LogonMethod, SessionMethod};
use claque_wire::operation::OperationSpec;

use super::{AREA, bare_app, file, number, world};
use crate::case::{
    Action, Call, Case, Channel, ClientAction, ClientVerb, Expect, Given, OutcomeExpected, SentExpected,
    Setup, Step,
};
use crate::matcher::Matcher;
use crate::registry::{Bound, RuleEntry};
use crate::template::{Piece, Template};

/// Fifty calls a second, which no documented rate refuses.
const SPACING: Duration = Duration::from_millis(20);

/// The cases of a bound on a total, rate or span; none when it is a bound on a parameter.
pub(super) fn of(entry: &RuleEntry, bound: &Bound) -> Option<Vec<Case>> {
    let made = match (entry.rule?, bound.unit.as_str()) {
        (Rule::MembershipHeartbeatRange, _) => heartbeat(entry, bound),
        (Rule::ShaperBudgetPerSecond, _) => budget(entry, bound),
        (Rule::SupergroupThresholdMembers, _) => threshold(entry, bound),
        (Rule::TokenNonceFormat, _) => log_on_texts(entry, bound, "nonce"),
        (Rule::TokenUserIdFormat, _) => log_on_users(entry, bound),
        (_, "applications") => total(entry, bound, Operation::CreateLiveMessageApp, "ErrorTooManyApps"),
        (_, "calls") => calls(entry, bound),
        (_, "groups") => total(entry, bound, Operation::CreateLiveMessageGroup, "ErrorTooManyGroups"),
        (_, "types") => types(entry, bound),
        _ => return None,
    };
    Some(made)
}

/// The three amounts around a bound.
fn around(bound: &Bound) -> [(&'static str, u32, bool); 3] {
    let most = number(bound.most);
    [("under-limit", most - 1, true), ("at-limit", most, true), ("over-limit", most + 1, false)]
}

fn case(entry: &RuleEntry, name: &str, summary: String, given: Vec<Given>, steps: Vec<Step>) -> Option<Case> {
    Some(Case {
        area: AREA.to_owned(),
        name: format!("{}.{name}", entry.id),
        file: file(entry),
        rules: vec![entry.rule?],
        summary,
        setup: Setup::default(),
        chosen: Vec::new(),
        users: Vec::new(),
        given,
        steps,
    })
}

fn call(operation: Operation, with: Vec<(String, Template)>) -> Action {
    Action::Call(Call::new(operation.name(), with))
}

fn refused(code: &str, status: u16) -> Expect {
    let outcome =
        OutcomeExpected::Refused { codes: vec![code.to_owned()], status: Some(status), about: None };
    Expect { outcome, ..Expect::default() }
}

/// So many that all fit, and with the last amount one more that does not.
fn filled(action: &Action, amount: u32, legal: bool, every: Duration, over: Expect) -> Vec<Step> {
    let fitting = if legal { amount } else { amount - 1 };
    let first = Step { repeat: fitting, every, ..Step::new(Duration::ZERO, action.clone()) };
    let mut steps = vec![first];
    if !legal {
        let at = Duration::from_micros(every.as_micros() * u64::from(fitting));
        steps.push(Step { expect: over, ..Step::new(at, action.clone()) });
    }
    steps
}

/// Applications of an account, groups of an application: one after the other until none fits.
fn total(entry: &RuleEntry, bound: &Bound, operation: Operation, code: &str) -> Vec<Case> {
    let given = if operation == Operation::CreateLiveMessageApp { Vec::new() } else { vec![bare_app()] };
    let made = around(bound).into_iter().filter_map(|(name, amount, legal)| {
        let create = |prefix: &str| {
            if operation != Operation::CreateLiveMessageGroup {
                return call(operation, Vec::new());
            }
            let id = Template::Text(vec![Piece::Plain(prefix.to_owned()), Piece::Number]);
            call(operation, vec![("GroupId".to_owned(), id)])
        };
        let mut steps = filled(&create("g"), amount, legal, SPACING, refused(code, 400));
        if let (false, Some(last)) = (legal, steps.last_mut()) {
            last.action = create("more");
        }
        case(entry, name, format!("{amount} {} are asked for.", bound.unit), given.clone(), steps)
    });
    made.collect()
}

/// Calls in one second.
fn calls(entry: &RuleEntry, bound: &Bound) -> Vec<Case> {
    let operations = entry.operations.iter().filter_map(|name| OperationSpec::named(name));
    let several = entry.operations.len() > 1;
    let mut cases = Vec::new();
    for spec in operations {
        let action = call(spec.operation, world::parameters(spec.operation, ""));
        for (name, amount, legal) in around(bound) {
            let name = if several { format!("{}.{name}", spec.name()) } else { name.to_owned() };
            let over = refused("Throttling.User", 400);
            let steps = filled(&action, amount, legal, Duration::ZERO, over);
            let summary = format!("{} is called {amount} times in a second.", spec.name());
            cases.extend(case(entry, &name, summary, world::givens(spec.operation), steps));
        }
    }
    cases
}

/// Message types of a group.
fn types(entry: &RuleEntry, bound: &Bound) -> Vec<Case> {
    let made = around(bound).into_iter().filter_map(|(name, amount, legal)| {
        let send = |kind: Template| {
            let mut with = world::parameters(Operation::SendLiveMessageGroup, "MsgType");
            with.retain(|(name, _)| name != "MsgType");
            with.push(("MsgType".to_owned(), kind));
            call(Operation::SendLiveMessageGroup, with)
        };
        let over = refused("InputInvalid", 400);
        let numbered = send(Template::Text(vec![Piece::Number]));
        let mut steps = filled(&numbered, amount, legal, SPACING, over);
        if let (false, Some(last)) = (legal, steps.last_mut()) {
            last.action = send(Template::Integer(i64::from(amount)));
            let again = Step::new(last.at + SPACING, send(Template::Integer(1)));
            steps.push(again);
        }
        let summary = format!("Messages of {amount} types are sent to one group.");
        case(entry, name, summary, world::givens(Operation::SendLiveMessageGroup), steps)
    });
    made.collect()
}

/// Members of a group.
fn threshold(entry: &RuleEntry, bound: &Bound) -> Vec<Case> {
    let made = around(bound).into_iter().filter_map(|(name, amount, normal)| {
        // One member is in the group besides the crowd.
        let given = vec![bare_app(), world::group(amount - 1)];
        let with = vec![("GroupId".to_owned(), Template::text(world::GROUP))];
        let described = [
            ("SuperLargeGroup".to_owned(), Matcher::Exactly(Template::Boolean(!normal))),
            ("OnlineUserCounts".to_owned(), Matcher::Exactly(Template::Integer(i64::from(amount)))),
        ];
        let answer = Some(Matcher::Object(described.into()));
        let look = Step {
            expect: Expect { answer, ..Expect::default() },
            ..Step::new(Duration::ZERO, call(Operation::DescribeLiveMessageGroup, with))
        };
        case(entry, name, format!("A group has {amount} members."), given, vec![look])
    });
    made.collect()
}

/// Messages of a group in one second.
fn budget(entry: &RuleEntry, bound: &Bound) -> Vec<Case> {
    let most = u64::from(number(bound.most));
    let made = around(bound).into_iter().filter_map(|(name, amount, legal)| {
        let given = vec![bare_app(), world::group(0)];
        let with = [
            ("type".to_owned(), Template::Integer(1)),
            ("data".to_owned(), Template::text("x")),
            ("level".to_owned(), Template::text("NORMAL")),
        ];
        let send = Action::Client(ClientAction {
            client: "bob".to_owned(),
            verb: ClientVerb::Ask(SessionMethod::SendGroupMessage),
            group: Some(Template::text(world::GROUP)),
            with: with.into(),
        });
        let delivered = if legal { u64::from(amount) } else { most };
        let sent = vec![(Channel::Delivered, SentExpected::Count(delivered))];
        let sends = Step {
            repeat: amount,
            expect: Expect { sent, ..Expect::default() },
            ..Step::new(Duration::ZERO, send)
        };
        case(entry, name, format!("{amount} messages are sent to a group in a second."), given, vec![sends])
    });
    made.collect()
}

/// Heartbeat timeouts that a client asks for.
fn heartbeat(entry: &RuleEntry, bound: &Bound) -> Vec<Case> {
    let (least, most) = (bound.least.map_or(1, number), number(bound.most));
    let tried = [
        ("below-least", least - 1, false),
        ("at-least", least, true),
        ("at-limit", most, true),
        ("over-limit", most + 1, false),
    ];
    let made = tried.into_iter().filter_map(|(name, seconds, legal)| {
        let with = vec![("heartbeatTimeout".to_owned(), Template::Integer(i64::from(seconds)))];
        let summary = format!("A client asks for a heartbeat timeout of {seconds} seconds.");
        case(entry, name, summary, vec![bare_app()], vec![log_on("bob", with, legal)])
    });
    made.collect()
}

/// A text of a logon that has a bound.
fn log_on_texts(entry: &RuleEntry, bound: &Bound, argument: &str) -> Vec<Case> {
    let made = around(bound).into_iter().filter_map(|(name, length, legal)| {
        let text = Template::TextOf { length, in_characters: false, of: "x".to_owned() };
        let with = vec![(argument.to_owned(), text)];
        let summary = format!("A client logs on with a {argument} of {length} bytes.");
        case(entry, name, summary, vec![bare_app()], vec![log_on("bob", with, legal)])
    });
    made.collect()
}

/// The user of a logon.
fn log_on_users(entry: &RuleEntry, bound: &Bound) -> Vec<Case> {
    let made = around(bound).into_iter().filter_map(|(name, length, legal)| {
        let user = "x".repeat(length as usize);
        let summary = format!("A user whose name has {length} bytes logs on.");
        case(entry, name, summary, vec![bare_app()], vec![log_on(&user, Vec::new(), legal)])
    });
    made.collect()
}

fn log_on(client: &str, with: Vec<(String, Template)>, legal: bool) -> Step {
    let verb = ClientVerb::Logon(LogonMethod::Login);
    let action = ClientAction { client: client.to_owned(), verb, group: None, with };
    let expect = if legal { Expect::default() } else { refused("400", 400) };
    Step { expect, ..Step::new(Duration::ZERO, Action::Client(action)) }
}
