//! Server-side sends to groups: of the `LiveMessage` family and of the old family; the console's go through here too.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;

use crate::call::check::{Validated, invalid};
use crate::message::pipeline::Accepted;
use crate::message::tickets::declined_refusal;
use crate::mutants::{Mutant, Mutants};
use crate::state::draft::{Draft, WEIGHT_DEFAULT};
use crate::state::service::Service;
use crate::state::tickets::Asker;
use crate::words::account::Caller;
use crate::words::id::{AppIx, GroupIx, UserIx};
use crate::words::json::is_json;
use crate::words::limits::{MESSAGE_BODY_BYTES_MAX, SYSTEM_TYPE_MAX};
use crate::words::message::Origin;
use crate::words::operation::Operation;
use crate::words::reading::{LegacyData, SendAbsentBody, SendNumberRange, SendSenderMember, SendServerMute};
use crate::words::refusal::{Fault, Refusal};
use crate::words::request::{SendLiveMessageGroup, SendMessageToGroup, SendMessageToGroupUsers};
use crate::words::response::{Reply, Response};
use crate::words::rule::Rule;
use crate::words::text::{Extra, Text};
use crate::words::tracer::Tracer;

/// The checked parameters of a server-side send.
#[derive(Debug)]
pub(crate) struct ServerSend {
    pub(crate) origin: Origin,
    pub(crate) operation: Operation,
    pub(crate) sender: Arc<str>,
    /// None: what the service knows of the sender.
    pub(crate) sender_info: Option<Arc<str>>,
    pub(crate) body: Arc<str>,
    pub(crate) kind: i64,
    pub(crate) tid: Option<Text>,
    pub(crate) increase: i64,
    pub(crate) weight: i64,
    pub(crate) stored: bool,
    pub(crate) cached: bool,
    pub(crate) skip_review: bool,
    pub(crate) receivers: Option<alloc::vec::Vec<String>>,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn send_live_message_group(
        &mut self,
        caller: &Caller,
        call: SendLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        let (app_id, group_id, center) =
            (call.app_id.clone(), call.group_id.clone(), call.data_center.clone());
        let checked = self.check_live_send(call);
        let (send, app) =
            self.enter(caller, Operation::SendLiveMessageGroup, &app_id, center.as_deref(), checked)?;
        if self.mutants.has(Mutant::MissingGroupTakes) && self.find_group(app, &group_id).is_none() {
            return Ok(Reply::Done(Response::MessageSent(self.next_tid(send.tid))));
        }
        // After the entry: what is wrong with the call itself outranks a group that is not there.
        let group = self.live_group(app, &group_id, Rule::MessageSendGroupMissing)?;
        self.server_send(app, group, send)
    }

    pub(crate) fn check_live_send(&mut self, call: SendLiveMessageGroup) -> Validated<ServerSend> {
        self.check_group_id(&call.group_id)?;
        self.check_sender(&call.sender_id)?;
        if let Some(info) = &call.sender_meta_info {
            self.check_sender_info(info, "SenderMetaInfo")?;
        }
        let (body, kind) = self.check_content(call.body, call.msg_type)?;
        let tid = self.check_msg_tid(call.msg_tid)?;
        let increase = self.check_increase(call.statics_increase)?;
        let weight = self.check_weight(call.weight)?;
        Ok(ServerSend {
            origin: Origin::Live,
            operation: Operation::SendLiveMessageGroup,
            sender: call.sender_id.into(),
            sender_info: call.sender_meta_info.map(Arc::from),
            body,
            kind,
            tid,
            increase,
            weight,
            stored: call.no_storage != Some(true)
                && !(call.no_storage.is_some() && self.mutants.has(Mutant::NoStorageFalseTaken)),
            cached: call.no_cache != Some(true),
            skip_review: false,
            receivers: None,
        })
    }

    /// The sender's ID, which must be there: letters and digits, at most 64 bytes.
    pub(super) fn check_sender(&mut self, id: &str) -> Validated {
        self.hit(Rule::MessageSendRequired);
        if id.is_empty() && !self.mutants.has(Mutant::SenderOptional) {
            return Err(invalid("SenderId", Fault::Missing, Rule::MessageSendRequired));
        }
        self.hit(Rule::MessageSenderFormat);
        if id.is_empty() || self.mutants.has(Mutant::SenderFormatUnchecked) {
            return Ok(());
        }
        self.check_user_id(id, "SenderId", Rule::MessageSenderFormat)
    }

    /// Extension information of a sender: at most 512 bytes.
    pub(super) fn check_sender_info(&mut self, info: &str, parameter: &'static str) -> Validated {
        self.hit(Rule::MessageSenderInfoBytes);
        if self.mutants.has(Mutant::SenderInfoUnbounded) {
            return Ok(());
        }
        self.check_user_info(info, parameter, Rule::MessageSenderInfoBytes)
    }

    /// Body and type, either of which may be absent by reading.
    pub(super) fn check_content(
        &mut self,
        body: Option<String>,
        kind: Option<i64>,
    ) -> Validated<(Arc<str>, i64)> {
        // Marked optional on one page and required on another: a reading, whose default takes an empty body.
        if body.is_none() || kind.is_none() {
            self.hit(Rule::MessageSendRequired);
            if self.config.readings.send_absent_body == SendAbsentBody::Refused {
                let parameter = if body.is_none() { "Body" } else { "MsgType" };
                return Err(invalid(parameter, Fault::Missing, Rule::MessageSendRequired));
            }
        }
        if body.is_none() && self.mutants.has(Mutant::BodyDemanded) {
            return Err(invalid("Body", Fault::Missing, Rule::MessageSendRequired));
        }
        if kind.is_none() && self.mutants.has(Mutant::TypeDemanded) {
            return Err(invalid("MsgType", Fault::Missing, Rule::MessageSendRequired));
        }
        let body = body.unwrap_or_default();
        self.check_body(&body, "Body")?;
        self.hit(Rule::MessageTypeNumeric);
        Ok((body.into(), kind.unwrap_or(0)))
    }

    /// A body: at most 15 KB.
    pub(super) fn check_body(&mut self, body: &str, parameter: &'static str) -> Validated {
        let bound = MESSAGE_BODY_BYTES_MAX / 1_024 * self.kilobyte();
        self.check_bytes(body, bound, parameter, Rule::MessageBodyBytes)
    }

    /// A message ID that a caller chose; an empty one counts as absent.
    pub(super) fn check_msg_tid(&mut self, tid: Option<String>) -> Validated<Option<Text>> {
        // An empty ID would be the same for all who send one, and all but the first would be dropped as repetitions.
        let Some(tid) = tid.filter(|tid| !tid.is_empty()) else { return Ok(None) };
        self.hit(Rule::MessageMsgTidFormat);
        if !self.mutants.has(Mutant::MsgTidFormatUnchecked) {
            self.check_message_id(&tid, "MsgTid", Rule::MessageMsgTidFormat)?;
        }
        Ok(Some(tid.into()))
    }

    fn check_increase(&mut self, increase: Option<i64>) -> Validated<i64> {
        self.hit(Rule::StatisticsIncreaseDefault);
        let absent = if self.mutants.has(Mutant::IncreaseDefaultZero) { 0 } else { 1 };
        self.check_from(increase.unwrap_or(absent), 0, "StaticsIncrease", Rule::StatisticsIncreaseDefault)
    }

    fn check_weight(&mut self, weight: Option<i64>) -> Validated<i64> {
        if weight.is_none() {
            self.hit(Rule::PriorityWeightDefault);
            if let Some(weight) = self.default_weight_by_mutant() {
                return Ok(weight);
            }
        }
        self.check_from(weight.unwrap_or(WEIGHT_DEFAULT), 1, "Weight", Rule::PriorityWeightLevels)
    }

    fn check_from(&self, given: i64, low: i64, parameter: &'static str, rule: Rule) -> Validated<i64> {
        if given >= low || self.config.readings.send_number_range == SendNumberRange::Accepted {
            return Ok(given);
        }
        Err(invalid(parameter, Fault::OutOfRange { given, low, high: i64::MAX }, rule))
    }

    pub(crate) fn send_message_to_group(
        &mut self,
        caller: &Caller,
        call: SendMessageToGroup,
    ) -> Result<Reply, Refusal> {
        let (app_id, group_id) = (call.app_id.clone(), call.group_id.clone());
        let checked = self.check_old_send(OldSend {
            operation: Operation::SendMessageToGroup,
            group_id: call.group_id,
            operator: call.operator_user_id,
            kind: call.kind,
            data: call.data,
            skip_audit: call.skip_audit,
            receivers: None,
        });
        let (send, app) = self.enter(caller, Operation::SendMessageToGroup, &app_id, None, checked)?;
        if self.mutants.has(Mutant::OldMissingGroupTakes) && self.find_group(app, &group_id).is_none() {
            return Ok(Reply::Done(Response::MessageSent(self.next_tid(None))));
        }
        let group = self.live_group(app, &group_id, Rule::MessageSendGroupMissing)?;
        self.server_send(app, group, send)
    }

    pub(crate) fn send_message_to_group_users(
        &mut self,
        caller: &Caller,
        call: SendMessageToGroupUsers,
    ) -> Result<Reply, Refusal> {
        let (app_id, group_id) = (call.app_id.clone(), call.group_id.clone());
        self.hit(Rule::LegacySendUsersTypeRequired);
        let checked = if call.kind.is_none() {
            Err(invalid("Type", Fault::Missing, Rule::LegacySendUsersTypeRequired))
        } else {
            self.check_old_send(OldSend {
                operation: Operation::SendMessageToGroupUsers,
                group_id: call.group_id,
                operator: call.operator_user_id,
                kind: call.kind,
                data: call.data,
                skip_audit: call.skip_audit,
                receivers: Some(call.receiver_id_list),
            })
        };
        let (send, app) = self.enter(caller, Operation::SendMessageToGroupUsers, &app_id, None, checked)?;
        let group = self.live_group(app, &group_id, Rule::MessageSendGroupMissing)?;
        self.server_send(app, group, send)
    }

    fn check_old_send(&mut self, call: OldSend) -> Validated<ServerSend> {
        self.check_old_group_id(&call.group_id)?;
        if !(call.operator.is_empty() && self.mutants.has(Mutant::OldOperatorEmptyTaken)) {
            self.check_any_user(&call.operator, "OperatorUserId", Rule::LegacySendRequired)?;
        }
        if !self.mutants.has(Mutant::OldDataOptional) {
            self.check_present(&call.data, "Data", Rule::LegacySendRequired)?;
        }
        self.hit(Rule::LegacySendDataString);
        if self.config.readings.legacy_data == LegacyData::Json && !is_json(&call.data) {
            return Err(invalid("Data", Fault::Kind, Rule::LegacySendDataString));
        }
        if call.kind.is_none() {
            self.hit(Rule::LegacySendTypeOptional);
        }
        let kind = i64::from(call.kind.unwrap_or(0));
        if kind <= SYSTEM_TYPE_MAX {
            self.hit(Rule::LegacyTypeSystem);
        }
        for receiver in call.receivers.iter().flatten() {
            self.check_any_user(receiver, "ReceiverIdList", Rule::LegacySendRequired)?;
        }
        // A message to chosen members is not kept: the lists of the group would show it to everybody.
        let for_some = call.receivers.is_some();
        Ok(ServerSend {
            origin: Origin::Old,
            operation: call.operation,
            sender: call.operator.into(),
            sender_info: None,
            body: call.data.into(),
            kind,
            tid: None,
            increase: 1,
            weight: WEIGHT_DEFAULT,
            stored: !for_some,
            cached: !for_some,
            skip_review: self.skips_review(call.skip_audit, for_some),
            receivers: call.receivers,
        })
    }

    /// Sends a checked message to a live group.
    pub(crate) fn server_send(
        &mut self,
        app: AppIx,
        group: GroupIx,
        send: ServerSend,
    ) -> Result<Reply, Refusal> {
        if !self.is_active(group)
            && !self.mutants.has(Mutant::InactiveGroupTakes)
            && !self.is_taken_inactive_by_mutant(send.origin)
        {
            // Before anything of the message is looked at: nobody is in the group to be sent to, whatever it is.
            return Err(self.inactive_refusal());
        }
        self.check_named_sender(app, group, &send)?;
        let key = (send.tid.as_deref(), send.kind, &*send.body);
        let route = self
            .route_message(group, key, send.origin, send.skip_review)
            .map_err(|declined| declined_refusal(declined, send.origin))?;
        let level = self.level_of(send.weight);
        // Only now, when nothing refuses any more: a refused send must not make its sender known.
        let sender = self.intern_user(app, &send.sender);
        let sender_id = self.user_text(sender);
        self.keep_console_info_by_mutant(sender, &send);
        let sender_info = send.sender_info.map_or_else(|| self.user_info(sender), Extra::from);
        // Remembered, because only IDs that callers chose are held while a message is in flight.
        let given = send.tid.is_some();
        let receivers: Option<Box<[UserIx]>> = send.receivers.map(|receivers| {
            let mut named = BTreeSet::new();
            // Users whom the service does not know are in no group: they are left out, and the send succeeds. A user who is
            // named twice is sent the message once.
            let known = receivers.iter().filter_map(|id| self.find_user(app, id));
            known.filter(|user| named.insert(*user)).collect()
        });
        let draft = Draft {
            number: self.next_number(),
            sent: self.state.now,
            tid: self.next_tid(send.tid),
            given,
            stored: send.stored,
            cached: send.cached,
            origin: send.origin,
            level,
            kind: send.kind,
            weight: send.weight,
            sender,
            sender_id,
            sender_info,
            body: send.body,
            increase: send.increase,
            receivers,
        };
        let refused = self.is_shed_refused_by_mutant(group, draft.origin);
        let accepted = self.dispatch(group, draft, route, Asker::Server);
        if refused {
            return Err(self.inactive_refusal());
        }
        Ok(match accepted {
            Accepted::Pending(ticket) => Reply::Pending(ticket),
            Accepted::Sent(tid) => Reply::Done(Response::MessageSent(tid)),
        })
    }

    /// Whether the named sender may send, as far as the readings ask about it.
    fn check_named_sender(&mut self, app: AppIx, group: GroupIx, send: &ServerSend) -> Result<(), Refusal> {
        let sender = self.find_user(app, &send.sender);
        self.hit(Rule::MessageSenderNotMember);
        let must_be_member = self.config.readings.send_sender_member == SendSenderMember::Required
            || self.mutants.has(Mutant::SenderMustBeMember);
        let is_member = sender.is_some_and(|user| self.state.users[user.at()].slot_in(group).is_some());
        if (must_be_member && !is_member) || (sender.is_none() && self.mutants.has(Mutant::SenderMustBeKnown))
        {
            let rule = Rule::MessageSenderNotMember;
            return Err(Refusal::InputInvalid(invalid("SenderId", Fault::NotAllowed, rule)));
        }
        // By default the back end speaks for whom it likes: mutes are for what clients send.
        let enforced = self.config.readings.send_server_mute == SendServerMute::Enforced;
        if enforced && !sender.is_none_or(|user| self.may_talk(group, user)) {
            return Err(Refusal::NoAuth { operation: send.operation, rule: Rule::MuteSendBlocked });
        }
        Ok(())
    }
}

/// The parameters that both sends of the old family share.
struct OldSend {
    operation: Operation,
    group_id: String,
    operator: String,
    kind: Option<i32>,
    data: String,
    skip_audit: Option<bool>,
    receivers: Option<alloc::vec::Vec<String>>,
}
