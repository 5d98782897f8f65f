//! Who is refused while the states of all worlds take more memory than they may: whatever adds to one. What reads, deletes
//! and takes away goes on, so that there is a way out.

use std::sync::Arc;
use std::time::Duration as Span;

use claque_core::{Access, ClientRequest, ConsoleRequest};
use serde_json::{Value, json};

use super::handle::DriverCommand;
use super::room::{MemoryRoom, NO_ROOM};
use super::state::Driver;
use crate::clock::monotonic;

/// While the state is too large it is counted again this often: somebody may have deleted something.
const COUNT_EVERY: Span = Span::from_millis(250);

/// Groups that the answer about memory lists, the largest first.
const LISTED_MAX: usize = 100;

/// Bytes that one command adds at the most, for the count between two counts. Unit: bytes.
const COMMAND_BYTES: u64 = 64 * 1_024;

impl Driver {
    /// Counts what the state takes. O(applications + groups).
    pub(crate) fn count_memory(&mut self) -> &MemoryRoom {
        let logs = vec![
            ("ledger", self.ledger.bytes()),
            ("callbackLog", self.outgoing.calls.log_bytes()),
            ("callLog", self.calls.bytes()),
            ("feed", self.feed.bytes()),
            ("groupRates", self.rates.bytes()),
        ];
        self.room.counted = self.service.memory();
        (self.room.logs, self.room.grown, self.room.at) = (logs, 0, monotonic());
        self.room.touched = false;
        let was_full = self.room.full;
        self.room.tell();
        let (full, bytes, bound) = (self.room.full, self.room.total(), self.room.max());
        self.status.keep(bytes);
        if full && !was_full {
            tracing::warn!(
                bytes,
                bound,
                "the memory that may be used is used up: what adds something is refused with ServerError until something \
                 is deleted or expires (claque ctl memory, --memory-max)"
            );
        } else if !full && was_full {
            tracing::warn!(bytes, bound, "there is room again: everything is taken");
        }
        &self.room
    }

    /// Whether something may be added. Counts anew where what came since could have filled it.
    pub(crate) fn has_room(&mut self) -> bool {
        let (full, allowance) = (self.room.together.is_full(), self.room.together.allowance());
        let MemoryRoom { grown, touched, at, .. } = self.room;
        self.room.grown = grown.saturating_add(COMMAND_BYTES);
        // A count in 64 parts of the bound, or in what is this world's of one: it is exceeded by less than
        // that, and counting costs next to nothing. A flood of what is refused is not counted for each,
        // unless something may have gone in between.
        let due =
            if full { touched || monotonic().duration_since(at) >= COUNT_EVERY } else { grown >= allowance };
        if due {
            self.count_memory();
        }
        !self.room.together.is_full()
    }

    /// Counts what went while there is no room: other worlds wait for it.
    pub(super) fn tell_what_went(&mut self) {
        let MemoryRoom { touched, at, .. } = self.room;
        let due = touched || monotonic().duration_since(at) >= COUNT_EVERY;
        if self.room.together.is_full() && due {
            self.count_memory();
        }
    }

    /// Whether a command is taken: it adds nothing, or there is room.
    pub(super) fn may_obey(&mut self, command: &DriverCommand) -> bool {
        if adds(command) {
            return self.has_room();
        }
        // Anything but an addition may have deleted something: the next addition is worth a count.
        self.room.touched = true;
        true
    }

    /// The note to a refused caller besides the code: that there is no room, if that is why.
    pub(super) fn why_refused(&self) -> Option<Arc<str>> {
        (!self.is_stalled()).then(|| Arc::from(NO_ROOM))
    }

    /// The memory by its use: by kind, by application, and the largest groups. O(groups log groups).
    pub(crate) fn memory_object(&mut self) -> Value {
        let mut object = self.count_memory().object();
        let service = &self.service;
        let apps: Vec<Value> = service
            .apps()
            .map(
                |app| json!({ "appId": &**service.app_id(app), "bytes": service.memory_of_app(app).total() }),
            )
            .collect();
        let mut groups: Vec<_> =
            service.groups().map(|group| (service.memory_of_group(group), group)).collect();
        groups.sort_unstable_by_key(|(memory, group)| (std::cmp::Reverse(memory.total()), group.0));
        let groups: Vec<Value> = groups
            .into_iter()
            .take(LISTED_MAX)
            .map(|(memory, group)| {
                let app = service.app_of_group(group);
                json!({
                    "appId": &**service.app_id(app), "groupId": &**service.group_id(group),
                    "bytes": memory.total(), "messages": memory.messages,
                })
            })
            .collect();
        object["applications"] = apps.into();
        object["largestGroups"] = groups.into();
        object
    }
}

/// Whether a command may add something that is kept.
fn adds(command: &DriverCommand) -> bool {
    match command {
        DriverCommand::Call(_, request, ..) => request.operation().access() == Access::Adds,
        DriverCommand::Client(_, request, _) => client_adds(request),
        // A session with its user and its ID is kept, and viewers are what there are most of.
        DriverCommand::Connect(..) => true,
        DriverCommand::Console(_, request, _) => console_adds(request),
        // What only changes, ends, or has happened already. Control calls see to it themselves.
        DriverCommand::Ask(_)
        | DriverCommand::Disconnect(..)
        | DriverCommand::Malformed(..)
        | DriverCommand::Reconnect(..)
        | DriverCommand::Verdict(..) => false,
    }
}

fn console_adds(request: &ConsoleRequest) -> bool {
    match request {
        ConsoleRequest::ModifyGroup { .. } | ConsoleRequest::SendMessage { .. } => true,
        ConsoleRequest::DeleteApp { .. }
        | ConsoleRequest::LimitMessages { .. }
        | ConsoleRequest::ModifyApp { .. } => false,
    }
}

fn client_adds(request: &ClientRequest) -> bool {
    match request {
        ClientRequest::CreateGroup { .. }
        | ClientRequest::Join(_)
        | ClientRequest::ModifyGroup { .. }
        | ClientRequest::MuteUsers(..)
        | ClientRequest::Send(..)
        | ClientRequest::SendToUser { .. } => true,
        ClientRequest::Acknowledge(_)
        | ClientRequest::CancelMuteAll(_)
        | ClientRequest::CancelMuteUsers(..)
        | ClientRequest::CloseGroup(_)
        | ClientRequest::DeleteMessage(..)
        | ClientRequest::Leave(_)
        | ClientRequest::ListGroupUsers { .. }
        | ClientRequest::ListHistory { .. }
        | ClientRequest::ListMuteUsers(_)
        | ClientRequest::ListRecentGroupUsers(_)
        | ClientRequest::ListRecentMessages { .. }
        | ClientRequest::Logout
        | ClientRequest::MuteAll(_)
        | ClientRequest::QueryGroup(_) => false,
    }
}
