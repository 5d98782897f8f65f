//! What is known before the first delivery is looked at: what was sent, what was recalled, what is complete.

use std::collections::{BTreeMap, BTreeSet};

use claque_core::Operation;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use serde_json::Value as Json;

use crate::audit::asked::{self, Asked};
use crate::audit::assumed::Assumed;
use crate::audit::groups::id_of;
use crate::audit::recording::{Ended, Place, Recording};
use crate::audit::window::Window;

/// The newest message of a type is delivered so soon after it was sent. Microseconds.
pub(super) const FLOOR: u64 = 5_000_000;

/// A call is under way for less than that, so that nothing sent before shares a second with a message. Microseconds.
const AROUND_BEFORE: u64 = 60_000_000;
/// What was sent later than that shares no second with a message, nor one for which it may wait. Microseconds.
const AROUND_BEHIND: u64 = 7_000_000;

/// A message as its sender sent it.
#[derive(Debug)]
pub(super) struct SentMessage<'a> {
    pub app: &'a str,
    pub group: &'a str,
    pub id: &'a str,
    /// Its number among the messages of its group.
    pub number: u32,
    pub place: Place,
    pub window: Window,
    pub sent: Window,
    pub body: Option<&'a str>,
    pub kind: Option<i64>,
    pub sender: Option<&'a str>,
    /// So many were sent under this ID.
    pub times: u32,
    /// It may be forgotten, so that another under its ID is a new one.
    pub forgotten: bool,
    /// Its ID was chosen by its sender: another may have been sent under it before.
    pub given: bool,
    /// A client sent it, no back end.
    pub by_client: bool,
}

/// What is known of an application.
#[derive(Debug, Default)]
pub(super) struct AppKnown {
    /// When it was created.
    created: Option<Window>,
    /// Messages that have a type and were answered, by the time at which they are due.
    pub due: Vec<(u64, u32)>,
    /// How many types each group saw.
    kinds: BTreeMap<String, BTreeSet<i64>>,
}

/// What is known of all that was sent, asked and claimed.
pub(super) struct SentKnown<'a> {
    pub recording: &'a Recording,
    pub assumed: &'a Assumed,
    /// The requests of each client, in the order of sending.
    asked: BTreeMap<&'a str, Vec<Asked<'a>>>,
    pub sends: Vec<SentMessage<'a>>,
    by_id: HashMap<(&'a str, &'a str, &'a str), u32, FixedState>,
    apps: BTreeMap<&'a str, AppKnown>,
    /// How many messages each group had.
    numbers: BTreeMap<(&'a str, &'a str), u32>,
    /// When each user sent a message of which type to each group at the earliest, whatever the answer.
    by_user: BTreeMap<(&'a str, &'a str, &'a str, i64), Vec<u64>>,
    /// When the messages of each group were sent at the earliest.
    times: BTreeMap<(&'a str, &'a str), Vec<u64>>,
    recalled: BTreeSet<&'a str>,
    /// Groups in which a client recalled something.
    recalled_in: BTreeSet<&'a str>,
    /// Groups to which the console gave a limit of their own; none: nobody saw to which.
    limited: BTreeSet<Option<&'a str>>,
    /// IDs under which something may have been sent that was not noted: nobody saw the answer, or another account sent it.
    again: BTreeSet<&'a str>,
    /// Something was sent of which nobody saw under which ID.
    unanswered: bool,
}

impl<'a> SentKnown<'a> {
    pub(super) fn of(recording: &'a Recording, asked: &[Asked<'a>], assumed: &'a Assumed) -> Self {
        let by_call = recording
            .calls
            .iter()
            .any(|call| call.operation == Operation::SendLiveMessageGroup && call.ended == Ended::Unseen);
        let by_client = asked
            .iter()
            .any(|asked| asked.method == "sendGroupMessage" && asked.answer == asked::Answer::None);
        let recalls =
            recording.calls.iter().filter(|call| call.operation == Operation::DeleteLiveMessageGroupMessage);
        let mut known = Self {
            recording,
            assumed,
            asked: BTreeMap::new(),
            sends: Vec::new(),
            by_id: HashMap::with_hasher(FixedState::default()),
            apps: BTreeMap::new(),
            numbers: BTreeMap::new(),
            by_user: BTreeMap::new(),
            times: BTreeMap::new(),
            recalled: recalls.filter_map(|call| call.text("MessageId")).collect(),
            recalled_in: asked
                .iter()
                .filter(|asked| asked.method == "deleteMessage")
                .filter_map(|asked| asked.text("groupId"))
                .collect(),
            limited: recording
                .consoles
                .iter()
                .filter(|console| console.action == "LimitMessages")
                .map(|console| console.parameters.get("GroupId").and_then(Json::as_str))
                .collect(),
            again: again(recording),
            unanswered: by_call
                || by_client
                || !recording.consoles.is_empty()
                || !recording.foreign.is_empty(),
        };
        for request in asked {
            known.asked.entry(request.client).or_default().push(*request);
        }
        known.note_calls();
        known.note_requests(asked);
        known.note_apps();
        known
    }

    fn note_calls(&mut self) {
        for call in self.recording.calls.iter().filter(|it| it.operation == Operation::SendLiveMessageGroup) {
            let kind = call.params.long("MsgType").ok().flatten();
            self.note_user(
                (call.text("AppId"), call.text("GroupId"), call.text("SenderId")),
                kind,
                call.sent,
            );
            let (Some(app), Some(group), Some(id)) = (call.text("AppId"), call.text("GroupId"), id_of(call))
            else {
                continue;
            };
            self.note(SentMessage {
                app,
                group,
                id,
                number: 0,
                place: call.place,
                window: call.window,
                sent: call.sent,
                body: Some(call.text("Body").unwrap_or_default()),
                kind,
                sender: call.text("SenderId"),
                times: 1,
                forgotten: call.params.boolean("NoStorage").ok().flatten() == Some(true),
                given: call.text("MsgTid").is_some(),
                by_client: false,
            });
        }
    }

    fn note_requests(&mut self, asked: &[Asked<'a>]) {
        for send in asked.iter().filter(|asked| asked.method == "sendGroupMessage") {
            let client = &self.recording.clients[send.client];
            let kind = send.params.and_then(|params| params.get("type")).and_then(Json::as_i64);
            let (app, user) = (client.app.as_deref(), client.user.as_deref());
            self.note_user((app, send.text("groupId"), user), kind, send.sent);
            let asked::Answer::Result(result) = send.answer else { continue };
            let id = result.get("messageId").and_then(Json::as_str);
            let (Some(app), Some(group), Some(id)) = (client.app.as_deref(), send.text("groupId"), id) else {
                continue;
            };
            self.note(SentMessage {
                app,
                group,
                id,
                number: 0,
                place: send.places.0,
                window: send.window,
                sent: send.sent,
                body: send.text("data"),
                kind,
                sender: client.user.as_deref(),
                times: 1,
                forgotten: false,
                given: false,
                by_client: true,
            });
        }
    }

    fn note_user(
        &mut self,
        (app, group, user): (Option<&'a str>, Option<&'a str>, Option<&'a str>),
        kind: Option<i64>,
        sent: Window,
    ) {
        if let (Some(app), Some(group), Some(user), Some(kind)) = (app, group, user, kind) {
            self.by_user.entry((app, group, user, kind)).or_default().push(sent.earliest);
        }
    }

    fn note(&mut self, sent: SentMessage<'a>) {
        self.times.entry((sent.app, sent.group)).or_default().push(sent.sent.earliest);
        let next = u32::try_from(self.sends.len()).unwrap_or(u32::MAX);
        let number = *self.by_id.entry((sent.app, sent.group, sent.id)).or_insert(next);
        if number == next {
            let count = self.numbers.entry((sent.app, sent.group)).or_default();
            let number = *count;
            *count += 1;
            self.sends.push(SentMessage { number, ..sent });
        } else {
            let first = &mut self.sends[number as usize];
            first.times += 1;
            first.forgotten |= sent.forgotten;
        }
    }

    fn note_apps(&mut self) {
        let recording = self.recording;
        for call in recording.calls.iter().rev() {
            if let Some(app) = call.made_app() {
                self.apps.entry(app).or_default().created = Some(call.window);
            }
        }
        for (number, sent) in (0..).zip(&self.sends) {
            let app = self.apps.entry(sent.app).or_default();
            if let Some(kind) = sent.kind {
                match app.kinds.get_mut(sent.group) {
                    Some(kinds) => drop(kinds.insert(kind)),
                    None => drop(app.kinds.insert(sent.group.to_owned(), BTreeSet::from([kind]))),
                }
                if sent.times == 1 && sent.window.latest != u64::MAX {
                    app.due.push((sent.window.latest + FLOOR, number));
                }
            }
        }
        for app in self.apps.values_mut() {
            app.due.sort_unstable();
        }
        self.times.values_mut().chain(self.by_user.values_mut()).for_each(|times| times.sort_unstable());
    }

    pub(super) fn requests(&self, client: &str) -> &[Asked<'a>] {
        self.asked.get(client).map_or(&[], Vec::as_slice)
    }

    pub(super) fn app(&self, app: &str) -> Option<&AppKnown> {
        self.apps.get(app)
    }

    pub(super) fn number_of(&self, app: &str, group: &str, id: &str) -> Option<u32> {
        self.by_id.get(&(app, group, id)).copied()
    }

    /// Whether everything that was done to an application stands in the recording, from its creation up to a time.
    pub(super) fn is_whole(&self, app: &str, until: Window) -> bool {
        let created = self.apps.get(app).and_then(|app| app.created);
        created.is_some_and(|created| created.until(until).is_within(self.recording.complete_apps.get(app)))
    }

    /// Whether nobody can have sent another message under the same ID before a time: a back end may choose one that was given out.
    pub(super) fn is_only(&self, sent: &SentMessage<'_>, until: Window) -> bool {
        let complete = self.recording.complete_apps.get(sent.app);
        let since = || {
            if sent.given {
                self.is_whole(sent.app, until)
            } else {
                sent.sent.until(until).is_within(complete)
            }
        };
        sent.times == 1 && !self.again.contains(sent.id) && since()
    }

    /// Whether nobody can have sent another message under the same ID before this one.
    pub(super) fn is_first(&self, sent: &SentMessage<'_>, until: Window) -> bool {
        sent.times == 1 && (!sent.given || self.is_only(sent, until))
    }

    /// Whether somebody says of some time that nothing of an application is missing.
    pub(super) fn is_claimed(&self, app: &str) -> bool {
        self.recording.complete_apps.contains_key(app)
    }

    /// Whether a message certainly fits the limit of its group: so few were sent around it that no second was full.
    pub(super) fn is_alone(&self, sent: &SentMessage<'_>, until: Window) -> bool {
        let known = self.assumed.limit_is_known || self.is_whole(sent.app, until);
        if !known || self.unanswered || !self.recording.reviews.is_empty() {
            return false;
        }
        let times = self.times.get(&(sent.app, sent.group)).map_or(&[][..], Vec::as_slice);
        let from = times.partition_point(|at| *at < sent.window.earliest.saturating_sub(AROUND_BEFORE));
        let to = times.partition_point(|at| *at <= sent.window.latest.saturating_add(AROUND_BEHIND));
        // The fiftieth of a second may be one too many.
        ((to - from) as u64) < u64::from(self.assumed.limits.group_messages_per_second)
    }

    /// Whether a user sent a message of the same type to the same group so near another that one may be delivered for both.
    pub(super) fn sends_one_like(&self, sent: &SentMessage<'_>, user: &str) -> bool {
        let (from, to) =
            (sent.sent.earliest.saturating_sub(FLOOR), sent.window.latest.saturating_add(2 * FLOOR));
        let Some(kind) = sent.kind else { return false };
        let times = self.by_user.get(&(sent.app, sent.group, user, kind)).map_or(&[][..], Vec::as_slice);
        times.get(times.partition_point(|at| *at < from)).is_some_and(|at| *at <= to)
    }

    /// Whether the console may have given a group a limit of its own.
    pub(super) fn is_limited_alone(&self, group: &str) -> bool {
        self.limited.contains(&None) || self.limited.contains(&Some(group))
    }

    pub(super) fn is_recalled(&self, sent: &SentMessage<'_>) -> bool {
        self.recalled.contains(sent.id) || self.recalled_in.contains(sent.group)
    }

    /// Whether the group of a message saw more types than it may have, or than get through within five seconds.
    pub(super) fn has_many_types(&self, sent: &SentMessage<'_>) -> bool {
        let kinds =
            self.apps.get(sent.app).and_then(|app| app.kinds.get(sent.group)).map_or(0, BTreeSet::len);
        let limits = &self.assumed.limits;
        let through = u64::from(limits.group_messages_per_second) * (FLOOR / 1_000_000);
        // Not all that waits is seen, and a type may come up more than once.
        2 * kinds as u64 > through || kinds as u64 > u64::from(limits.group_types_max)
    }
}

/// The IDs that senders chose in calls that are not noted as sent.
fn again(recording: &Recording) -> BTreeSet<&str> {
    let unseen = recording
        .calls
        .iter()
        .filter(|call| call.operation == Operation::SendLiveMessageGroup && call.ended == Ended::Unseen);
    let foreign = recording.foreign.iter().filter(|call| call.operation == "SendLiveMessageGroup");
    unseen
        .filter_map(|call| call.text("MsgTid"))
        .chain(foreign.filter_map(|call| call.parameters.get("MsgTid").and_then(Json::as_str)))
        .collect()
}
