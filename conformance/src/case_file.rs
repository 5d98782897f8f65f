//! Reads a case from its TOML file, strictly: what is not understood is refused where it stands.

use claque_core::{Duration, Family, Limits, Readings, Rule};
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{FromValue, Table, Value, read};
use claque_wire::client::ClientStyle;
use claque_wire::operation::OperationSpec;

use crate::case::{
    Action, Call, Case, Channel, ClientAction, ClientVerb, ConsoleVerb, Expect, Forgery, Given,
    OutcomeExpected, PolicyStatement, RamUser, ReviewAnswer, SentExpected, Setup, Step, Unwilling,
};
use crate::matcher::Matcher;
use crate::template::Template;

pub(crate) mod bounds;
mod cast;
pub(crate) mod codes;
pub mod matrix;
mod sent;

/// The application that is meant where a case names none.
pub const DEFAULT_APP: &str = "app";

/// Reads a case.
///
/// `file` is the path below the folder of cases, with slashes: its folder is the area, its stem the name.
///
/// # Errors
/// The first complaint, at its place in the file.
pub fn read_case(file: &str, text: &str) -> Result<Case, Diagnostic> {
    let stem = file.strip_suffix(".toml").unwrap_or(file);
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let area = folder.rsplit('/').next().unwrap_or_default();
    let word = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !word(area) || !word(name) {
        let help = "put it into area/what-it-shows.toml: lower-case words, digits and hyphens";
        return Err(Diagnostic::whole(file, "the path does not name an area and a case").help(help));
    }
    read(file, text, |table| {
        // The matrix was read before, by `matrix::read_cases`, which filled in what it says.
        let _filled_in = table.value("matrix");
        let rules = rules(&table.need_value("rules")?)?;
        let summary = summary(&table.need_value("summary")?)?;
        let mut setup = Setup::default();
        if let Some(config) = table.table("config")? {
            read_config(&config, &mut setup)?;
        }
        let chosen =
            table.value("readings").map_or(Ok(Vec::new()), |value| readings(&value, &mut setup.readings))?;
        let users = table.tables("users")?.iter().map(read_user).collect::<Result<Vec<_>, _>>()?;
        let mut given = Vec::new();
        for table in table.tables("given")? {
            let made = read_given(&table, &given)?;
            given.push(made);
        }
        let mut steps: Vec<Step> = Vec::new();
        let written = table.tables("steps")?;
        for step in &written {
            let made = read_step(step, steps.last().map_or(Duration::ZERO, end_of))?;
            step.finish()?;
            steps.push(made);
        }
        bounds::check_steps(&written, &steps)?;
        cast::check(&written, &users, &given, &steps)?;
        if steps.is_empty() {
            return Err(table.refuse("a case has at least one step").help("add `steps = [ … ]`"));
        }
        Ok(Case {
            area: area.to_owned(),
            name: name.to_owned(),
            file: file.to_owned(),
            rules,
            summary,
            setup,
            chosen,
            users,
            given,
            steps,
        })
    })
}

/// When the last repetition of a step happens.
fn end_of(step: &Step) -> Duration {
    step.at + Duration::from_micros(step.every.as_micros().saturating_mul(u64::from(step.repeat - 1)))
}

fn rules(value: &Value<'_>) -> Result<Vec<Rule>, Diagnostic> {
    let mut rules = Vec::new();
    for item in value.items()? {
        let id = item.as_text()?;
        let rule = Rule::from_id(id)
            .ok_or_else(|| item.unknown("rule", id, Rule::ALL.iter().map(|rule| rule.id())))?;
        if rules.contains(&rule) {
            return Err(item.refuse(format!("the rule `{id}` stands twice")));
        }
        rules.push(rule);
    }
    if rules.is_empty() { Err(value.refuse("a case names at least one rule")) } else { Ok(rules) }
}

fn summary(value: &Value<'_>) -> Result<String, Diagnostic> {
    let text = value.as_text()?;
    let sentence = text.ends_with('.') && text.starts_with(|first: char| !first.is_lowercase());
    if sentence {
        Ok(text.to_owned())
    } else {
        Err(value.refuse("a summary is a sentence: capital, words, full stop"))
    }
}

fn read_config(table: &Table<'_>, setup: &mut Setup) -> Result<(), Diagnostic> {
    let documented = Limits::default();
    setup.limits = Limits {
        account_apps_max: table.or("account-apps-max", documented.account_apps_max)?,
        app_groups_max: table.or("app-groups-max", documented.app_groups_max)?,
        group_members_max: table.or("group-members-max", documented.group_members_max)?,
        group_types_max: table.or("group-types-max", documented.group_types_max)?,
        group_messages_per_second: table
            .or("group-messages-per-second", documented.group_messages_per_second)?,
        recent_messages_max: table.or("recent-messages-max", documented.recent_messages_max)?,
        list_page_size: table.or("list-page-size", documented.list_page_size)?,
        heartbeat_timeout: table.or("heartbeat-timeout", documented.heartbeat_timeout)?,
        moderation_within: table.or("moderation-within", documented.moderation_within)?,
        public_urls_only: table.or("public-urls-only", documented.public_urls_only)?,
        call_quotas: table.or("call-quotas", documented.call_quotas)?,
    };
    setup.refused_words = table.or("refused-words", Vec::new())?;
    table.finish()
}

fn readings(value: &Value<'_>, into: &mut Readings) -> Result<Vec<(String, String)>, Diagnostic> {
    let table = value.as_table("[readings]".to_owned())?;
    let mut chosen = Vec::new();
    for (value, id) in table.entries() {
        let word = value.as_text()?;
        let Some(alternatives) = Readings::alternatives(id) else {
            return Err(table.unknown_name("reading", id, Readings::ids().iter().copied()));
        };
        if into.set(id, word).is_err() {
            return Err(value.unknown("alternative", word, alternatives.iter().copied()));
        }
        chosen.push((id.to_owned(), word.to_owned()));
    }
    Ok(chosen)
}

fn read_user(table: &Table<'_>) -> Result<RamUser, Diagnostic> {
    let name = table.need("name")?;
    let statements = match table.value("policy") {
        // As the RAM console writes it.
        Some(value) if value.is_table() => {
            let document = value.as_table("[policy]".to_owned())?;
            if let Some(version) = document.value("Version") {
                version.choice("version", &[("1", ())])?;
            }
            let list = document.need_value("Statement")?;
            document.finish()?;
            if list.is_table() {
                vec![list.as_table("[Statement]".to_owned())?]
            } else {
                document.tables("Statement")?
            }
        }
        Some(_) | None => table.tables("policy")?,
    };
    let policy = statements.iter().map(read_statement).collect::<Result<_, _>>()?;
    table.finish()?;
    Ok(RamUser { name, policy })
}

/// A statement, with the names of RAM or with ours.
fn read_statement(statement: &Table<'_>) -> Result<PolicyStatement, Diagnostic> {
    let name = |rams: &'static str, ours: &'static str| if statement.has(rams) { rams } else { ours };
    let texts = |key: &'static str| -> Result<Vec<Template>, Diagnostic> {
        let value = statement.need_value(key)?;
        if value.is_list() { Vec::from_value(&value) } else { Ok(vec![Template::from_value(&value)?]) }
    };
    let effect = statement.need_value(name("Effect", "effect"))?;
    let allows = effect.choice("effect", &[("Allow", true), ("Deny", false)])?;
    let all_but = statement.has("NotAction");
    let actions = texts(if all_but { "NotAction" } else { name("Action", "actions") })?;
    let resources = texts(name("Resource", "resources"))?;
    statement.finish()?;
    Ok(PolicyStatement { allows, actions, all_but, resources })
}

/// `before`: the givens that stand before it.
fn read_given(table: &Table<'_>, before: &[Given]) -> Result<Given, Diagnostic> {
    let app = table.find::<String>("app")?;
    let with = templates(table.value("with").as_ref())?;
    let home = || app.clone().unwrap_or_else(|| DEFAULT_APP.to_owned());
    let family = Given::family(before, &home());
    let made = if let Some(group) = table.find("group")? {
        let owner = table.find("owner")?;
        if family == Family::Old {
            check_older_group(table, owner.is_some())?;
        }
        Given::Group {
            app: home(),
            family,
            group,
            owner,
            admins: table.or("admins", Vec::new())?,
            members: table.or("members", Vec::new())?,
            crowd: bounds::crowd(table, bounds::crowded(before))?,
            with,
        }
    } else if let Some(clients) = table.find("online")? {
        Given::Online { app: home(), clients }
    } else {
        let Some(name) = app else {
            return Err(table
                .refuse("a given is an application, a group or clients: name `app`, `group` or `online`"));
        };
        let families = [("live", Family::Live), ("old", Family::Old)];
        let family =
            table.value("family").map_or(Ok(Family::Live), |value| value.choice("family", &families))?;
        Given::App { name, family, with }
    };
    table.finish()?;
    Ok(made)
}

/// Refuses what a group of the older family cannot have.
fn check_older_group(table: &Table<'_>, owned: bool) -> Result<(), Diagnostic> {
    if let Some(value) = table.value("admins") {
        return Err(value.refuse("a group of the older family has no administrators"));
    }
    if owned {
        Ok(())
    } else {
        Err(table.refuse("a group of the older family has a creator").help("name one as `owner`"))
    }
}

fn templates(value: Option<&Value<'_>>) -> Result<Vec<(String, Template)>, Diagnostic> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let table = value.as_table("`with`".to_owned())?;
    let made = table.entries().map(|(value, key)| Ok((key.to_owned(), Template::from_value(&value)?)));
    let made = made.collect::<Result<Vec<_>, Diagnostic>>()?;
    bounds::check_values(value, &made)?;
    Ok(made)
}

fn read_step(table: &Table<'_>, previous: Duration) -> Result<Step, Diagnostic> {
    let at = match (table.find::<Duration>("at")?, table.find::<Duration>("after")?) {
        (Some(_), Some(_)) => return Err(table.refuse("a step has `at` or `after`, not both")),
        (Some(at), None) => at,
        (None, after) => previous + after.unwrap_or(Duration::ZERO),
    };
    if at < previous {
        return Err(table.refuse("a step cannot happen before the step above it"));
    }
    let repeat = match table.value("repeat") {
        None => 1,
        Some(value) => u32::try_from(value.as_integer(1, bounds::REPEAT_MAX)?).expect("bounds were checked"),
    };
    let action = read_action(table)?;
    let expect = table.find::<Expect>("expect")?.unwrap_or_default();
    Ok(Step {
        line: table.line(),
        at,
        action,
        repeat,
        every: table.or("every", Duration::ZERO)?,
        save: table.find("save")?,
        expect,
        allow: table.or("allow", Vec::new())?,
    })
}

fn read_action(table: &Table<'_>) -> Result<Action, Diagnostic> {
    if let Some(value) = table.value("call") {
        return read_call(table, &value).map(Action::Call);
    }
    if let Some(client) = table.find::<String>("client")? {
        return read_client(table, client).map(Action::Client);
    }
    if let Some(value) = table.value("console") {
        let what = value.choice("console action", ConsoleVerb::WORDS)?;
        return Ok(Action::Console { what, with: templates(table.value("with").as_ref())? });
    }
    if let Some(value) = table.value("review") {
        return value.choice("answer of a reviewer", ReviewAnswer::WORDS).map(Action::Review);
    }
    if let Some(value) = table.value("receive") {
        return value.choice("thing to receive", &[("callback", Action::Receive)]);
    }
    if let Some(value) = table.value("refuse-callbacks") {
        let with = if value.is_text() {
            let ways = [("breaks", Unwilling::Breaks), ("silence", Unwilling::Silence)];
            value.choice("way to refuse", &ways)?
        } else {
            Unwilling::Status(u16::try_from(value.as_integer(201, 599)?).expect("bounds were checked"))
        };
        let (times, of) = (table.or("times", u32::MAX)?, table.or("of", String::new())?);
        return Ok(Action::RefuseCallbacks { with, times, of });
    }
    if let Some(value) = table.value("restart") {
        let states = [("compacted", true), ("service", false)];
        return Ok(Action::Restart { compacted: value.choice("thing to restart", &states)? });
    }
    if let Some(value) = table.value("settle") {
        return value.choice("thing that settles", &[("callbacks", Action::SettleCallbacks)]);
    }
    if let Some(call) = table.find("await")? {
        return Ok(Action::Await { call });
    }
    Ok(Action::Look)
}

fn read_call(table: &Table<'_>, name: &Value<'_>) -> Result<Call, Diagnostic> {
    let operation = name.as_text()?;
    let with = templates(table.value("with").as_ref())?;
    let unchecked = table.or("unchecked", false)?;
    match OperationSpec::named(operation) {
        None if !unchecked => {
            let known = OperationSpec::all().map(OperationSpec::name);
            return Err(name.unknown("operation", operation, known).help(UNCHECKED));
        }
        Some(spec) if !unchecked => check_names(table, spec)?,
        None | Some(_) => {}
    }
    let without = table.or("without", Vec::new())?;
    let caller = table.find("as")?;
    let via = table.value("via").map(|value| value.choice("client library", &styles())).transpose()?;
    let forged = match table.value("forged") {
        None => None,
        Some(value) if via.is_none() => {
            return Err(value.refuse("only a call that says `via` has a signature to forge"));
        }
        Some(value) => Some(value.choice("forgery", Forgery::WORDS)?),
    };
    let sent = sent::read(table, via.is_some())?;
    Ok(Call { operation: operation.to_owned(), with, without, caller, via, forged, sent })
}

/// The handling of a name that no document has.
const UNCHECKED: &str = "say `unchecked = true` to send a name that no document has";

/// Refuses a parameter that the operation does not have.
fn check_names(table: &Table<'_>, spec: &OperationSpec) -> Result<(), Diagnostic> {
    let Some(value) = table.value("with") else { return Ok(()) };
    let with = value.as_table("`with`".to_owned())?;
    for (_, key) in with.entries() {
        let name = key.split_once('.').map_or(key, |(name, _)| name);
        if spec.parameter(name).is_none() {
            let known = spec.parameters.iter().map(|parameter| parameter.name);
            let what = format!("parameter of {}", spec.name());
            return Err(with.unknown_name(&what, key, known).help(UNCHECKED));
        }
    }
    Ok(())
}

fn read_client(table: &Table<'_>, client: String) -> Result<ClientAction, Diagnostic> {
    let verb = table.need_value("do")?.choice("client action", &ClientVerb::words())?;
    if let Some(value) = table.value("with") {
        let with = value.as_table("`with`".to_owned())?;
        for (value, key) in with.entries() {
            if !verb.arguments().contains(&key) {
                let what = format!("argument of {}", verb.word());
                return Err(with.unknown_name(&what, key, verb.arguments()));
            }
            cast::check_argument(&value, key, &Template::from_value(&value)?)?;
        }
    }
    let group = table.find("group")?;
    if group.is_none() && verb.needs_group() {
        return Err(table.refuse(format!("`{}` is about a group: say `group`", verb.word())));
    }
    Ok(ClientAction { client, verb, group, with: templates(table.value("with").as_ref())? })
}

/// The client libraries, by the name that chooses them.
fn styles() -> [(&'static str, ClientStyle); ClientStyle::ALL.len()] {
    ClientStyle::ALL.map(|style| (style.name(), style))
}

impl FromValue for Expect {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        let table = value.as_table("`expect`".to_owned())?;
        let outcome = outcome(&table)?;
        let mut sent = Vec::new();
        for (word, channel) in Channel::WORDS {
            if let Some(value) = table.value(word) {
                sent.push((*channel, read_sent(&value, *channel)?));
            }
        }
        let made = Self { outcome, answer: table.find("answer")?, headers: table.find("headers")?, sent };
        table.finish()?;
        if made.answer.is_some() && made.outcome != OutcomeExpected::Accepted {
            return Err(value.refuse("only an accepted step has an `answer`"));
        }
        Ok(made)
    }
}

fn outcome(table: &Table<'_>) -> Result<OutcomeExpected, Diagnostic> {
    if table.or("pending", false)? {
        return Ok(OutcomeExpected::Pending);
    }
    let about = table.find("about")?;
    let status = table.value("status").map(|value| value.as_integer(100, 599)).transpose()?;
    let Some(refused) = table.value("refused") else {
        return match about.is_some() || status.is_some() {
            true => Err(table.refuse("`about` and `status` belong to `refused`")),
            false => Ok(OutcomeExpected::Accepted),
        };
    };
    let codes = match refused.is_list() {
        true => refused.items()?.iter().map(codes::read).collect::<Result<_, _>>()?,
        false => vec![codes::read(&refused)?],
    };
    let status = status.map(|status| u16::try_from(status).expect("bounds were checked"));
    Ok(OutcomeExpected::Refused { codes, status, about })
}

fn read_sent(value: &Value<'_>, channel: Channel) -> Result<SentExpected, Diagnostic> {
    if value.is_list() {
        return Vec::from_value(value).map(SentExpected::List);
    }
    if !value.is_table() {
        let count = value.as_integer(0, i64::MAX)?;
        return Ok(SentExpected::Count(u64::try_from(count).expect("bounds were checked")));
    }
    if Matcher::is_condition(value) {
        return Matcher::from_value(value).map(SentExpected::Fits);
    }
    if !channel.reaches_clients() {
        return Err(value.refuse(format!("`{}` goes to no client: give a number or a list", channel.word())));
    }
    let table = value.as_table(format!("`{}`", channel.word()))?;
    let clients = table.entries().map(|(value, client)| {
        if value.is_table() && !Matcher::is_condition(&value) {
            return Err(value.refuse("give a number, a list or a condition such as { has = \"x\" }"));
        }
        Ok((client.to_owned(), read_sent(&value, channel)?))
    });
    clients.collect::<Result<_, Diagnostic>>().map(SentExpected::Clients)
}

#[cfg(test)]
#[path = "case_file_tests.rs"]
mod tests;
