//! Who acts in a case, and what clients can be made to do: a name that nobody has would be expected nothing for ever,
//! and an argument of another type would be taken as absent.

use std::collections::BTreeSet;

use claque_core::Family;
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{Table, Value};
use claque_wire::audience::LogonMethod;

use super::DEFAULT_APP;
use crate::case::{Action, Channel, Given, RamUser, Step};
use crate::matcher::Matcher;
use crate::template::{Piece, Template};

/// The callers that every case has.
const CALLERS: [&str; 2] = ["account", "other-account"];

/// Refuses expectations about clients, and calls of RAM users, that the case does not have.
pub(super) fn check(
    tables: &[Table<'_>],
    users: &[RamUser],
    given: &[Given],
    steps: &[Step],
) -> Result<(), Diagnostic> {
    let clients = clients(given, steps);
    for table in tables {
        check_client(table, given)?;
        check_caller(table, users)?;
        let allowed = table.value("allow").map_or_else(|| Ok(Vec::new()), |list| list.items())?;
        for expect in table.value("expect").into_iter().chain(allowed) {
            check_expectation(&expect, &clients)?;
        }
    }
    Ok(())
}

/// Every client, under the name that steps call it by.
fn clients(given: &[Given], steps: &[Step]) -> BTreeSet<String> {
    let first = given.first().map_or(DEFAULT_APP, Given::app);
    let mut clients = BTreeSet::new();
    for given in given {
        let full = |name: &str| match given.app() {
            app if app == first || name.contains(':') => name.to_owned(),
            app => format!("{app}:{name}"),
        };
        match given {
            Given::App { .. } => {}
            Given::Group { members, crowd, .. } => {
                clients.extend(members.iter().map(|name| full(name)));
                clients.extend((1..=*crowd).map(|number| full(&format!("c{number}"))));
            }
            Given::Online { clients: online, .. } => clients.extend(online.iter().map(|name| full(name))),
        }
    }
    for step in steps {
        if let Action::Client(action) = &step.action {
            clients.insert(action.client.clone());
        }
    }
    clients
}

/// Refuses a client of the older family that is to make its own token: the service issues those.
fn check_client(table: &Table<'_>, given: &[Given]) -> Result<(), Diagnostic> {
    let Some(value) = table.value("client") else { return Ok(()) };
    let first = given.first().map_or(DEFAULT_APP, Given::app);
    let app = value.as_text()?.split_once(':').map_or(first, |(app, _)| app);
    let older = Given::family(given, app) == Family::Old;
    let logs_on = table
        .value("do")
        .is_some_and(|verb| verb.as_text().is_ok_and(|verb| verb == LogonMethod::Login.name()));
    let with = table.value("with").map(|with| with.as_table("`with`".to_owned())).transpose()?;
    if !older || !logs_on || with.is_some_and(|with| with.has("token")) {
        return Ok(());
    }
    let said = format!("`{app}` is an application of the older family: its clients make no token");
    Err(value.refuse(said).help("save the answer of GetMessageToken and say `with.token`"))
}

fn check_caller(table: &Table<'_>, users: &[RamUser]) -> Result<(), Diagnostic> {
    let Some(value) = table.value("as") else { return Ok(()) };
    let known = CALLERS.into_iter().chain(users.iter().map(|user| user.name.as_str()));
    let name = value.as_text()?;
    if known.clone().any(|caller| caller == name) {
        Ok(())
    } else {
        Err(value.unknown("caller", name, known))
    }
}

fn check_expectation(expect: &Value<'_>, clients: &BTreeSet<String>) -> Result<(), Diagnostic> {
    let expect = expect.as_table("`expect`".to_owned())?;
    for (word, channel) in Channel::WORDS {
        let sent = expect.value(word).filter(|sent| sent.is_table() && !Matcher::is_condition(sent));
        let Some(sent) = sent.filter(|_| channel.reaches_clients()) else { continue };
        let sent = sent.as_table(format!("`{word}`"))?;
        for (_, client) in sent.entries() {
            if !clients.contains(client) {
                return Err(sent.unknown_name("client", client, clients.iter().map(String::as_str)));
            }
        }
    }
    Ok(())
}

/// The content of a client's argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Map,
    Names,
    Number,
    Text,
    Truth,
}

impl Holds {
    /// What the argument of a client holds.
    ///
    /// # Panics
    /// For an argument that is not listed: taken for a text, a new number would be refused in every case that gives one,
    /// with a word about the case. A test asks for each argument of each verb.
    fn of(argument: &str) -> Self {
        match argument {
            "cursors" | "forged" => Self::Map,
            "admins" | "userList" => Self::Names,
            "beginTime" | "endTime" | "heartbeatTimeout" | "nextPageToken" | "pageSize" | "repeatCount"
            | "seqnum" | "timestamp" | "type" => Self::Number,
            "acknowledges" | "noCache" | "noStorage" | "skipAudit" | "skipMuteCheck" => Self::Truth,
            "appSign" | "data" | "groupMeta" | "groupName" | "level" | "messageId" | "nonce" | "of"
            | "receiverId" | "role" | "sortType" | "token" | "userExtension" => Self::Text,
            unlisted => panic!("{unlisted}: say what the argument holds, in `Holds::of` of {}", file!()),
        }
    }

    const fn says(self) -> &'static str {
        match self {
            Self::Map => "a map: `{ map = { … } }`",
            Self::Names => "a list of names",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Truth => "true or false",
        }
    }

    /// Whether a template gives that. A reference gives whatever it refers to.
    fn admits(self, template: &Template) -> bool {
        match template {
            Template::Text(pieces) if matches!(pieces.as_slice(), [Piece::Reference(_)]) => true,
            Template::Text(_) | Template::TextOf { .. } | Template::Md5(_) => self == Self::Text,
            Template::Integer(_) | Template::Unix(_) => self == Self::Number,
            Template::Boolean(_) => self == Self::Truth,
            Template::List(_) | Template::Ids { .. } => self == Self::Names,
            Template::Map(_) => self == Self::Map,
        }
    }
}

/// Refuses an argument of a client that does not hold what it should.
pub(super) fn check_argument(value: &Value<'_>, name: &str, template: &Template) -> Result<(), Diagnostic> {
    let holds = Holds::of(name);
    if holds.admits(template) { Ok(()) } else { Err(value.refuse(format!("`{name}` is {}", holds.says()))) }
}

#[cfg(test)]
mod tests {
    use super::Holds;
    use crate::case::ClientVerb;

    #[test]
    fn every_argument_of_every_verb_holds_something() {
        for (_, verb) in ClientVerb::words() {
            for argument in verb.arguments() {
                assert!(!Holds::of(argument).says().is_empty(), "{argument}");
            }
        }
    }
}
