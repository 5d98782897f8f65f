//! World files: what a world begins with, as a person writes and reads it. Keys, readings, applications with their groups,
//! members and mutes, as TOML.
//!
//! Applications and groups are made by the documented calls, under the documented names, so that a file can say what a call
//! can say and nothing else. IDs and secrets follow from `ids` and the order of the applications, as in every service: the
//! same file leads to the same ones each time. What a file says of them is checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use claque_core::{
    AccountIx, AppIx, Caller, ConsoleRequest, Duration, GroupIx, Input, Instant, Operation, Outcome, Refusal,
    Reply, Response, Rule,
};
use claque_document::diagnostic::Diagnostic;
use claque_wire::encode::encode;
use claque_wire::endpoint::{Asked, Context, Endpoint, Gate, Key};
use claque_wire::envelope::RequestId;
use claque_wire::operation::OperationSpec;
use claque_wire::param::ParamMap;
use claque_wire::policy;
use claque_wire::sign::{AuthError, Signed};
use claque_wire::xml::Format;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::driver::Driver;
use crate::driver::crowd::join_as;
use crate::options::{AccessKey, Options};
use crate::service::LiveService;

/// Applications that are made and taken away again at the most until the one comes that a file names.
const GAP_MAX: u32 = 1_000;
/// Seconds of the service's time that a file's calls may take: each second has its quotas.
pub(crate) const SECONDS_MAX: u64 = 3_600;
/// Users whom one call may mute.
const MUTED_AT_ONCE: usize = 30;

/// The beginning of a world, as a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WorldFile {
    /// 64 hexadecimal digits, which all IDs and secrets follow from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ids: Option<String>,
    /// `manual`, `real` or a ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clock: Option<String>,
    /// Where its time begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unix_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accounts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refused_words: Option<Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) readings: BTreeMap<String, String>,
    #[serde(rename = "key", skip_serializing_if = "Vec::is_empty")]
    keys: Vec<KeyOf>,
    /// Each with the parameters of the call that makes it, what it comes to, and its groups.
    #[serde(rename = "application", skip_serializing_if = "Vec::is_empty")]
    applications: Vec<Map<String, Value>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct KeyOf {
    id: String,
    secret: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Value>,
}

impl WorldFile {
    /// Reads TOML. `file` names it in errors.
    ///
    /// # Errors
    /// A sentence that names the line and what is wrong there.
    pub fn parse(file: &str, text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| Diagnostic::from_toml(file, text, &error).to_string())
    }

    /// Reads TOML as a text, or what is the same as JSON.
    pub(crate) fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Self::parse("seed", &text),
            object => serde_json::from_value(object).map_err(|error| error.to_string()),
        }
    }

    /// Has a server's first world begin with this file. Whatever the options have by name already goes before.
    ///
    /// # Errors
    /// A sentence, when the file cannot be the beginning of a server's first world.
    pub fn begin(self, options: &mut Options) -> Result<(), String> {
        if self.unix_seconds.is_some() {
            return Err("unix-seconds: the first world of a server begins now; take the line out".to_owned());
        }
        if let Some(key) = self.key()? {
            options.config.key = key;
        }
        if let Some(accounts) = &self.accounts {
            options.config.accounts.clone_from(accounts);
        }
        if let Some(words) = &self.refused_words {
            options.config.refused_words.clone_from(words);
        }
        for (id, value) in &self.readings {
            options.config.readings.set(id, value).map_err(|error| error.to_string())?;
        }
        if let Some(clock) = &self.clock {
            options.pace = crate::clock::ClockPace::named(clock)?;
        }
        let keys = self.access_keys(&options.config.accounts)?;
        if !keys.is_empty() {
            options.access_keys = keys;
        }
        // Behind everything that can fail: a file that is half taken would start a server that nobody
        // described.
        options.world = Some(self);
        Ok(())
    }

    /// Whether there is nothing to be done in the world.
    pub(crate) fn is_empty(&self) -> bool {
        self.applications.is_empty()
    }

    /// The key that all IDs and secrets follow from.
    pub(crate) fn key(&self) -> Result<Option<[u8; 32]>, String> {
        let Some(text) = &self.ids else { return Ok(None) };
        let wrong = || format!("ids: {text:?} is not 64 hexadecimal digits");
        // Ahead of slicing by bytes, which would panic inside of a character of several.
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut key = [0; 32];
        for (at, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Some(key))
    }

    /// The keys that lead into the world.
    pub(crate) fn access_keys(&self, accounts: &[String]) -> Result<Vec<AccessKey>, String> {
        let read = |key: &KeyOf| {
            let of_key = |error: String| format!("key {:?}: {error}", key.id);
            if key.id.is_empty() || key.secret.is_empty() || key.security_token.as_deref() == Some("") {
                return Err(of_key("id, secret and token: none may be empty".to_owned()));
            }
            let at = key.account.as_deref().map_or(Ok(0), |id| position(id, accounts)).map_err(of_key)?;
            let policy = key.policy.as_ref().map(policy::read).transpose().map_err(of_key)?.map(Arc::new);
            let (id, secret) = (key.id.clone(), key.secret.clone());
            Ok(AccessKey { id, secret, security_token: key.security_token.clone(), account: at, policy })
        };
        self.keys.iter().map(read).collect()
    }

    /// Makes what the file says in a world that has nothing yet.
    pub(crate) fn play(&self, driver: &mut Driver) -> Result<(), String> {
        for (at, application) in self.applications.iter().enumerate() {
            play_app(driver, application).map_err(|error| format!("application {}: {error}", at + 1))?;
        }
        Ok(())
    }
}

/// A gate behind which everybody is let in already, and that nobody watches.
struct Unwatched;

impl Gate for Unwatched {
    fn key(&self, _id: &str) -> Option<Key> {
        None
    }

    fn admit(&mut self, _now_seconds: u64, _signed: &Signed) -> Result<(), AuthError> {
        Ok(())
    }

    fn note(&mut self, _rules: &dyn Fn() -> Vec<Rule>) {}
}

fn position(account: &str, accounts: &[String]) -> Result<u32, String> {
    let at = accounts.iter().position(|known| known == account);
    let at = at.ok_or_else(|| format!("account {account:?} is none of {}", accounts.join(", ")))?;
    u32::try_from(at).map_err(|_| "too many accounts".to_owned())
}

/// A value of a file as the parameter of a call.
fn spelt(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Bool(_) | Value::Null | Value::Number(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// Takes a value out of a table.
fn take<T: serde::de::DeserializeOwned + Default>(
    table: &mut Map<String, Value>,
    name: &str,
) -> Result<T, String> {
    let Some(value) = table.remove(name) else { return Ok(T::default()) };
    serde_json::from_value(value).map_err(|error| format!("{name}: {error}"))
}

fn play_app(driver: &mut Driver, application: &Map<String, Value>) -> Result<(), String> {
    let mut table = application.clone();
    let account: Option<String> = take(&mut table, "account")?;
    let at = account.map_or(Ok(0), |id| position(&id, &driver.service.config().accounts))?;
    let caller = Caller::account(AccountIx(at));
    // Taken out: what is left in the table is the call's parameters, and a key that is none is refused by its
    // name.
    let groups: Vec<Map<String, Value>> = take(&mut table, "group")?;
    let disabled: bool = take(&mut table, "disabled")?;
    let said: Vec<(&str, Option<String>)> = ["AppId", "AppKey", "AppSign"]
        .into_iter()
        .map(|name| Ok((name, take(&mut table, name)?)))
        .collect::<Result<_, String>>()?;
    let app_id = make_app(driver, &caller, &table, &said)?;
    let mut of_app = Map::from_iter([("AppId".to_owned(), Value::from(app_id.as_str()))]);
    if let Some(center) = table.get("DataCenter") {
        of_app.insert("DataCenter".to_owned(), center.clone());
    }
    for mut group in groups {
        let id = group.get("GroupId").map(spelt).unwrap_or_default();
        play_group(driver, &caller, &of_app, &mut group).map_err(|error| format!("group {id:?}: {error}"))?;
    }
    // Last: a disabled application takes no group.
    if disabled {
        of_app.insert("Disable".to_owned(), true.into());
        call(driver, &caller, Operation::ModifyLiveMessageAppDisable, &of_app)?;
    }
    Ok(())
}

/// Makes an application, and takes others away again until it is the one that the file names.
fn make_app(
    driver: &mut Driver,
    caller: &Caller,
    table: &Map<String, Value>,
    said: &[(&str, Option<String>)],
) -> Result<String, String> {
    // An application that was deleted leaves a gap in the sequence of IDs, and an exported file must lead to
    // the same IDs.
    for _ in 0..GAP_MAX {
        let made = call(driver, caller, Operation::CreateLiveMessageApp, table)?;
        let text = |name: &str| made.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let app_id = text("AppId");
        let [(_, wanted), rest @ ..] = said else { return Ok(app_id) };
        if wanted.as_ref().is_none_or(|wanted| *wanted == app_id) {
            for (name, wanted) in rest {
                if wanted.as_ref().is_some_and(|wanted| *wanted != text(name)) {
                    return Err(follows(name));
                }
            }
            return Ok(app_id);
        }
        let gone = ConsoleRequest::DeleteApp { app_id };
        drop(driver.apply(Input::Console(caller.clone(), gone)));
    }
    Err(follows("AppId"))
}

fn follows(name: &str) -> String {
    format!(
        "{name}: IDs and secrets follow from `ids` and the order of the applications, and this one does not: take it from what \
         `claque world export` wrote, or leave it out and read what it came to"
    )
}

fn play_group(
    driver: &mut Driver,
    caller: &Caller,
    of_app: &Map<String, Value>,
    table: &mut Map<String, Value>,
) -> Result<(), String> {
    let members: Vec<String> = take(table, "members")?;
    let muted: Vec<String> = take(table, "muted")?;
    let all: bool = take(table, "muted-all")?;
    let may_talk: Vec<String> = take(table, "may-talk")?;
    if !may_talk.is_empty() && !all {
        return Err("may-talk: only while muted-all = true".to_owned());
    }
    let group_id = table.get("GroupId").map(spelt).unwrap_or_default();
    table.extend(of_app.clone());
    call(driver, caller, Operation::CreateLiveMessageGroup, table)?;
    let mut of_group = of_app.clone();
    of_group.insert("GroupId".to_owned(), group_id.as_str().into());
    // The documented bound of one call: a file may name more.
    for some in muted.chunks(MUTED_AT_ONCE) {
        let with = [of_group.clone(), Map::from_iter([("BannedUsers".to_owned(), json!(some))])];
        call(driver, caller, Operation::AddLiveMessageGroupBand, &with.into_iter().flatten().collect())?;
    }
    if all {
        let with = [of_group, Map::from_iter([("ExceptUsers".to_owned(), json!(may_talk))])];
        call(driver, caller, Operation::BanLiveMessageGroup, &with.into_iter().flatten().collect())?;
    }
    let app_id = of_app.get("AppId").map(spelt).unwrap_or_default();
    let app = driver.service.find_app(&app_id).ok_or("the application is gone")?;
    for user in members {
        join_as(driver, app, &user, &group_id)?;
    }
    Ok(())
}

/// Makes a call; a second whose quota is used up is waited for.
fn call(
    driver: &mut Driver,
    caller: &Caller,
    operation: Operation,
    table: &Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    let spec = OperationSpec::of(operation);
    if let Some(name) = table.keys().find(|name| spec.parameter(name).is_none()) {
        let known: Vec<&str> = spec.parameters.iter().map(|parameter| parameter.name).collect();
        return Err(format!("no {name:?}; {} has {}", spec.name(), known.join(", ")));
    }
    let pairs = table.iter().map(|(name, value)| (name.clone(), spelt(value))).collect();
    let request = Endpoint::SOUND.read(operation, &ParamMap::from_pairs(pairs), &mut Unwatched);
    let readings = driver.service.config().readings;
    let request = match request {
        Ok(request) => request,
        Err(invalid) => return Err(said(driver, operation, &Refusal::InputInvalid(invalid))),
    };
    for _ in 0..SECONDS_MAX {
        match driver.apply(Input::Request(caller.clone(), request.clone())) {
            Outcome::Request(Ok(Reply::Done(response))) => {
                return Ok(encode(&readings, operation, &response));
            }
            // Quotas hold here, too: a file must not lead to a state that no caller could have reached.
            Outcome::Request(Err(Refusal::Throttled { .. })) => driver.clock.advance(Duration::from_secs(1)),
            Outcome::Request(Err(refusal)) => return Err(said(driver, operation, &refusal)),
            Outcome::Request(Ok(Reply::Pending(_)))
            | Outcome::Client(_)
            | Outcome::Connected(_)
            | Outcome::Quiet => return Err(format!("{} is not answered at once", spec.name())),
        }
    }
    Err(format!("{}: no second has room for the call", spec.name()))
}

/// A refusal in the words of its answer.
fn said(driver: &Driver, operation: Operation, refusal: &Refusal) -> String {
    let (readings, now) = (driver.service.config().readings, driver.service.now());
    let asked = Asked { id: RequestId(0), host: "localhost", format: Format::Json };
    let context = Context { readings: &readings, now, note: None };
    let answer = Endpoint::SOUND.refused(asked, operation, refusal, context);
    let object: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
    format!("{} is refused with {}: {}", operation.name(), text("Code"), text("Message"))
}

/// Writes a world down as TOML, with remarks on what cannot be.
pub(crate) fn write(driver: &Driver, keys: &[AccessKey]) -> Result<String, String> {
    let service = &driver.service;
    let config = service.config();
    let mut remarks = Vec::new();
    let mut file = WorldFile {
        ids: Some(config.key.iter().map(|byte| format!("{byte:02x}")).collect()),
        accounts: Some(config.accounts.clone()),
        refused_words: Some(config.refused_words.clone()).filter(|words| !words.is_empty()),
        ..WorldFile::default()
    };
    let chosen = config.readings.iter().filter(|choice| !choice.is_default());
    file.readings = chosen.map(|choice| (choice.id.to_owned(), choice.value.to_owned())).collect();
    for AccessKey { id, secret, security_token, account, policy } in keys {
        // Left out and not simplified: a key without its policy would be allowed more than before.
        if policy.is_some() {
            remarks
                .push(format!("the key {id:?} has a policy, and is left out: a policy is not written back"));
            continue;
        }
        let account = config.accounts.get(usize::try_from(*account).unwrap_or(usize::MAX)).cloned();
        let (id, secret, security_token) = (id.clone(), secret.clone(), security_token.clone());
        file.keys.push(KeyOf { id, secret, security_token, account, policy: None });
    }
    // A copy shares the bodies of messages: the calls of an export count against its quotas and leave the
    // world as it is.
    let mut reader = WorldReader { service, copy: service.clone(), at: service.now() };
    for app in service.apps() {
        match reader.app(app) {
            Ok(table) => file.applications.push(table),
            Err(why) => remarks.push(format!("application {} is left out: {why}", service.app_id(app))),
        }
    }
    let text = toml::to_string_pretty(&file).map_err(|error| error.to_string())?;
    let remarks: String = remarks.iter().map(|remark| format!("# {remark}\n")).collect();
    Ok(format!(
        "# What a world begins with: claque world import FILE, claque serve --world FILE.\n{remarks}{text}"
    ))
}

/// Reads a service by the documented calls, on a copy whose quotas are nobody's.
struct WorldReader<'a> {
    service: &'a LiveService,
    copy: LiveService,
    at: Instant,
}

impl WorldReader<'_> {
    fn read(
        &mut self,
        caller: &Caller,
        operation: Operation,
        with: &[(&str, &str)],
    ) -> Result<Map<String, Value>, String> {
        let pairs = with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Endpoint::SOUND.read(operation, &ParamMap::from_pairs(pairs), &mut Unwatched);
        let request = request.map_err(|invalid| format!("{invalid:?}"))?;
        for _ in 0..2 {
            match self.copy.apply(self.at, Input::Request(caller.clone(), request.clone())) {
                Outcome::Request(Ok(Reply::Done(response))) => return Ok(self.shown(operation, &response)),
                Outcome::Request(Err(Refusal::Throttled { .. })) => {
                    // A second that has not begun yet is nobody's; what would happen until then has not happened.
                    self.copy = self.service.clone();
                    self.at = self.service.now() + Duration::from_secs(1);
                }
                Outcome::Request(Err(refusal)) => return Err(refusal.code().as_str().to_owned()),
                Outcome::Request(Ok(Reply::Pending(_)))
                | Outcome::Client(_)
                | Outcome::Connected(_)
                | Outcome::Quiet => break,
            }
        }
        Err(format!("{} is not answered", operation.name()))
    }

    fn shown(&self, operation: Operation, response: &Response) -> Map<String, Value> {
        encode(&self.service.config().readings, operation, response)
    }

    fn app(&mut self, app: AppIx) -> Result<Map<String, Value>, String> {
        let service = self.service;
        let app_id = service.app_id(app);
        let accounts = service.config().accounts.clone();
        let mut found = Err("it is of the older family, or gone".to_owned());
        // The state does not tell the owner: each account and data centre is asked, and one of them knows the
        // application.
        let centers = ["cn-shanghai", "ap-southeast-1"];
        for (at, account) in accounts.iter().enumerate() {
            let caller = Caller::account(AccountIx(u32::try_from(at).unwrap_or(u32::MAX)));
            for center in centers {
                let with = [("AppId", &**app_id), ("DataCenter", center)];
                if let Ok(answer) = self.read(&caller, Operation::DescribeLiveMessageApp, &with) {
                    found = Ok((answer, account.clone(), caller.clone(), center));
                }
            }
        }
        let (answer, account, caller, center) = found?;
        let mut table = Map::new();
        table.insert("account".to_owned(), account.into());
        let names = OperationSpec::of(Operation::CreateLiveMessageApp).parameters.iter();
        let names = names.map(|parameter| parameter.name).chain(["AppId", "AppKey", "AppSign"]);
        for name in names {
            if let Some(value) = answer.get(name).filter(|value| **value != "") {
                table.insert(name.to_owned(), value.clone());
            }
        }
        table.insert("DataCenter".to_owned(), center.into());
        if answer.get("Disable") == Some(&Value::Bool(true)) {
            table.insert("disabled".to_owned(), true.into());
        }
        let mut groups = Vec::new();
        for group in service.groups().filter(|group| service.app_of_group(*group) == app) {
            let with =
                [("AppId", &**app_id), ("GroupId", &**service.group_id(group)), ("DataCenter", center)];
            let answer = self.read(&caller, Operation::DescribeLiveMessageGroup, &with)?;
            if answer.get("Delete") == Some(&Value::Bool(true)) {
                continue;
            }
            let band = self.read(&caller, Operation::DescribeLiveMessageGroupBand, &with)?;
            groups.push(Value::Object(self.group(group, &answer, &band)));
        }
        if !groups.is_empty() {
            table.insert("group".to_owned(), groups.into());
        }
        Ok(table)
    }

    fn group(
        &self,
        group: GroupIx,
        answer: &Map<String, Value>,
        band: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut table = Map::new();
        let empty =
            |value: &Value| *value == "" || value.as_array().is_some_and(Vec::is_empty) || *value == false;
        let mut keep = |name: &str, value: Option<&Value>| {
            if let Some(value) = value.filter(|value| !empty(value)) {
                table.insert(name.to_owned(), value.clone());
            }
        };
        for name in ["GroupId", "GroupName", "GroupInfo", "CreatorId"] {
            keep(name, answer.get(name));
        }
        keep("Administrators", answer.get("AdminList"));
        let mut members: Vec<_> =
            self.service.audience(group).iter().filter(|member| member.is_taken()).collect();
        // In the order in which they came: the same file must lead to the same membership, down to the newest
        // member.
        members.sort_by_key(|member| (member.joined, member.order));
        let members: Vec<&str> = members.iter().map(|member| &**self.service.user_id(member.user)).collect();
        keep("members", Some(&json!(members)));
        keep("muted", band.get("BannedUserList"));
        keep("muted-all", band.get("IsbannedAll"));
        if band.get("IsbannedAll") == Some(&Value::Bool(true)) {
            keep("may-talk", band.get("UnbannedUserList"));
        }
        table
    }
}
