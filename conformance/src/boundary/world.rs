//! A world in which every operation succeeds, and the parameters with which it does.

use claque_core::{Family, Operation};

use super::bare_app;
use crate::case::Given;
use crate::case_file::DEFAULT_APP;
use crate::template::{Piece, Template};

/// The group that calls are about.
pub(super) const GROUP: &str = "g";

/// The things that must exist for the operation to succeed.
pub(super) fn givens(operation: Operation) -> Vec<Given> {
    let about_no_app = matches!(
        operation,
        Operation::CreateLiveMessageApp
            | Operation::CreateMessageApp
            | Operation::ListLiveMessageApps
            | Operation::ListMessageApp
            | Operation::QueryMessageApp
    );
    // All others find an application of their family with a group: what an operation does not need does no harm.
    match operation.family() {
        Family::Live | Family::Old if about_no_app => Vec::new(),
        Family::Live => vec![bare_app(), group(0)],
        Family::Old => vec![older_app(), older_group()],
    }
}

/// An application of the older family.
fn older_app() -> Given {
    Given::App { name: DEFAULT_APP.to_owned(), family: Family::Old, with: Vec::new() }
}

/// Its group, with its creator and one member.
fn older_group() -> Given {
    Given::Group {
        app: DEFAULT_APP.to_owned(),
        family: Family::Old,
        group: GROUP.to_owned(),
        owner: Some("ada".to_owned()),
        admins: Vec::new(),
        members: vec!["bob".to_owned()],
        crowd: 0,
        with: Vec::new(),
    }
}

/// The group, with its owner and one member, and a crowd.
pub(super) fn group(crowd: u32) -> Given {
    Given::Group {
        app: DEFAULT_APP.to_owned(),
        family: Family::Live,
        group: GROUP.to_owned(),
        owner: Some("ada".to_owned()),
        admins: Vec::new(),
        members: vec!["bob".to_owned()],
        crowd,
        with: Vec::new(),
    }
}

/// Something more that one value of one parameter needs.
pub(super) fn needed_for(operation: Operation, parameter: &str, value: &Template) -> Option<Given> {
    let Template::TextOf { length, .. } = value else { return None };
    if operation == Operation::SendLiveMessageUser && parameter == "ReceiverId" {
        // A client cannot have a name that is too long; the call is refused before anybody looks for it.
        let length = (*length).min(claque_core::limits::ID_BYTES_MAX);
        return Some(Given::Online {
            app: DEFAULT_APP.to_owned(),
            clients: vec!["x".repeat(length as usize)],
        });
    }
    None
}

/// Operations on which no bound is tried, or whose bounded parameter is all that they need. Each by its name: a new
/// operation whose calls lacked a parameter would be refused on both sides of its bound.
const NOTHING_NEEDED: &[Operation] = &[
    Operation::CheckLiveMessageUsersInGroup,
    Operation::CheckLiveMessageUsersOnline,
    Operation::CreateLiveMessageApp,
    Operation::DescribeLiveMessageApp,
    Operation::DescribeLiveMessageGroup,
    Operation::DescribeLiveMessageGroupBand,
    Operation::KickLiveMessageGroupUser,
    Operation::ListLiveMessageApps,
    Operation::ModifyLiveMessageAppAudit,
    Operation::ModifyLiveMessageAppCallback,
    Operation::ModifyLiveMessageAppDisable,
    Operation::RecoverLiveMessageDeletedGroup,
    Operation::CancelMuteAllGroupUser,
    Operation::CancelMuteGroupUser,
    Operation::DeleteMessageApp,
    Operation::GetMessageApp,
    Operation::GetMessageGroup,
    Operation::LeaveMessageGroup,
    Operation::ListMessageApp,
    Operation::ListMessageGroupUserById,
    Operation::MuteAllGroupUser,
    Operation::MuteGroupUser,
    Operation::QueryMessageApp,
    Operation::SendLike,
    Operation::SendMessageToGroupUsers,
    Operation::UpdateMessageApp,
    Operation::UpdateMessageGroup,
];

/// The parameters of a call that succeeds; `parameter` is the one that is tried, whose flag is set where it has one.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others must stand in a list, for a function's length"
)]
pub(super) fn parameters(operation: Operation, parameter: &str) -> Vec<(String, Template)> {
    let text = |name: &str, value: &str| (name.to_owned(), Template::text(value));
    let number = |name: &str, value: i64| (name.to_owned(), Template::Integer(value));
    let group = || ("GroupId".to_owned(), group_id(operation));
    let user = |name: &str| text(name, "bob");
    match operation {
        Operation::AddLiveMessageGroupBand => vec![group(), user("BannedUsers")],
        Operation::BanLiveMessageGroup
        | Operation::ModifyLiveMessageGroupBand
        | Operation::UnbanLiveMessageGroup
        | Operation::DeleteLiveMessageGroup => vec![group()],
        Operation::RemoveLiveMessageGroupBand => vec![group(), user("UnbannedUsers")],
        Operation::CreateLiveMessageGroup => {
            vec![text("GroupId", "fresh${n}")].into_iter().map(numbered).collect()
        }
        Operation::ModifyLiveMessageGroup => {
            let flag = if parameter == "AdminList" { "ModifyAdmin" } else { "ModifyInfo" };
            vec![group(), (flag.to_owned(), Template::Boolean(true))]
        }
        Operation::SendLiveMessageGroup => {
            vec![group(), text("SenderId", "ada"), number("MsgType", 1), text("Body", "x")]
        }
        Operation::SendLiveMessageUser => {
            vec![user("ReceiverId"), text("SenderId", "ada"), number("MsgType", 1), text("Body", "x")]
        }
        Operation::DeleteLiveMessageGroupMessage => {
            vec![group(), text("MessageId", "m1"), text("DeleterId", "ada")]
        }
        Operation::DeleteLiveMessageUserMessage => {
            vec![user("ReceiverId"), text("MessageId", "m1"), text("DeleterId", "ada")]
        }
        Operation::ModifyLiveMessageUserInfo => vec![user("UserId")],
        Operation::ListLiveMessageGroupByPage | Operation::ListLiveMessageGroups => {
            vec![number("SortType", 1)]
        }
        Operation::ListLiveMessageGroupMessages | Operation::ListLiveMessageGroupUsers => {
            vec![group(), number("PageSize", 10), number("SortType", 1)]
        }
        Operation::BatchGetOnlineUsers => vec![group()],
        Operation::CreateMessageApp => vec![text("AppName", "show")],
        Operation::CreateMessageGroup => vec![text("CreatorId", "ada")],
        Operation::GetMessageToken => {
            vec![text("UserId", "bob"), text("DeviceId", "d1"), text("DeviceType", "web")]
        }
        Operation::JoinMessageGroup => {
            vec![group(), text("UserId", "u${n}")].into_iter().map(numbered).collect()
        }
        Operation::ListMessage => vec![group(), number("Type", 10_001)],
        Operation::ListMessageGroup => vec![user("UserId")],
        Operation::ListMessageGroupUser => vec![group()],
        Operation::ListMuteGroupUser => vec![group(), text("OperatorUserId", "ada")],
        Operation::SendMessageToGroup => {
            vec![group(), text("OperatorUserId", "ada"), text("Data", "{}"), number("Type", 10_001)]
        }
        other => {
            let needs_nothing = NOTHING_NEEDED.contains(&other);
            assert!(needs_nothing, "{}: say with which parameters a call of it succeeds", other.name());
            Vec::new()
        }
    }
}

/// The ID of the group: that of the older family is the service's choice.
fn group_id(operation: Operation) -> Template {
    match operation.family() {
        Family::Live => Template::text(GROUP),
        Family::Old => Template::Text(vec![Piece::Reference(vec![GROUP.to_owned(), "GroupId".to_owned()])]),
    }
}

/// Turns the `${n}` at the end of a text into the number of the repetition.
fn numbered((name, value): (String, Template)) -> (String, Template) {
    let Template::Text(pieces) = value else { return (name, value) };
    let pieces = pieces.into_iter().flat_map(|piece| match piece {
        Piece::Plain(text) => match text.strip_suffix("${n}") {
            Some(head) => vec![Piece::Plain(head.to_owned()), Piece::Number],
            None => vec![Piece::Plain(text)],
        },
        Piece::Number | Piece::Reference(_) => vec![piece],
    });
    (name, Template::Text(pieces.collect()))
}

#[cfg(test)]
mod tests {
    use claque_core::Operation;

    #[test]
    fn every_operation_says_what_it_needs() {
        for operation in Operation::ALL {
            // It panics with the name of one that does not.
            drop(super::parameters(*operation, ""));
        }
    }
}
