//! Groups, members and messages of the old family.

use super::row::{about, boolean, integer, object, objects, operations, text, text_map, texts};
use crate::spec::Field;

const SUCCESS: &[Field] = &[object("Result", &[boolean("Success", "Whether it was done.")], "The outcome.")];
const SENT: &[Field] = &[object("Result", &[text("MessageId", "ID of the message.")], "The message.")];

const GROUP: &str = "ID of the group, made by the service.";
const OPERATOR: &str = "The operator, who must be the creator of the group.";
const USER: &str = "The user: lower-case letters, digits, `_` and `.`, at most 32 characters.";
const BROADCAST: &str = "Who is notified: 0 nobody (when absent), 1 the users concerned, 2 the whole group.";

const LISTED: &[Field] = &[
    text("AppId", "ID of the application."),
    integer("CreateTime", "UNIX seconds."),
    text("CreatorId", "Owner."),
    text_map("Extension", "Free-form extension."),
    text("GroupId", "ID of the group."),
    integer("Status", "1 is normal."),
];

const MEMBER: &[Field] = &[integer("JoinTime", "UNIX seconds."), text("UserId", "The user.")];

const MEMBER_DETAIL: &[Field] = &[
    boolean("IsMute", "Whether the user is muted."),
    texts("MuteBy", "By what: `group`, `user` or both."),
    text("UserAvatar", "Avatar; empty, since no operation sets one."),
    text("UserExtension", "Extension information."),
    text("UserId", "The user."),
    text("UserNick", "Nickname; empty, since no operation sets one."),
];

const MESSAGE: &[Field] = &[
    text("Data", "The body."),
    text("GroupId", "ID of the group."),
    text("MessageId", "ID of the message."),
    text("SenderId", "The sender."),
    integer("Type", "Type of the message."),
];

const MUTED: &[Field] = &[text("UserId", "The user.")];

const ONLINE: &[Field] = &[
    integer("JoinTime", "UNIX milliseconds."),
    boolean("Online", "Whether the user's client is connected."),
    text("UserId", "The user."),
];

operations! {
    /// Creates a group; the service chooses its ID.
    CreateMessageGroup "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        creator_id "CreatorId" Text ! Form "Owner: letters and digits, at most 36 characters.";
        extension "Extension" Map ? Form "Free-form extension.";
    } => &[object("Result", &[
        text_map("Extension", "Free-form extension."),
        text("GroupId", "ID of the group."),
    ], "The group.")];

    /// Reads a group.
    GetMessageGroup "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        group_id "GroupId" Text ! Form GROUP;
    } => &[object("Result", &[
        integer("CreateTime", "UNIX seconds."),
        text("CreatorId", "Owner."),
        text_map("Extension", "Free-form extension."),
        text("GroupId", "ID of the group."),
        boolean("IsMuteAll", "Whether everyone is muted."),
        integer("Status", "1 is normal."),
    ], "The group.")];

    /// Changes the extension of a group.
    UpdateMessageGroup "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        extension "Extension" Map ? Form "The new extension; absent keeps it.";
        group_id "GroupId" Text ! Form GROUP;
    } => SUCCESS;

    /// Lists the groups of a user.
    ListMessageGroup "POST" Unstated {
        app_id "AppId" Text ? Form "ID of the application; marked optional, needed in practice.";
        page_num "PageNum" Integer ! Form about::PAGE_NUM;
        page_size "PageSize" Integer ! Form about::PAGE_SIZE;
        sort_type "SortType" Integer ? Form about::OLD_ORDER;
        user_id "UserId" Text ? Form "The user; absent: every group of the application.";
    } => &[object("Result", &[
        objects("GroupList", LISTED, "The groups of the page."),
        boolean("HasMore", "Whether there is another page."),
        integer("Total", "Groups over all pages."),
    ], "The page.")];

    /// Lists the members of a group.
    ListMessageGroupUser "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        group_id "GroupId" Text ! Form GROUP;
        page_num "PageNum" Integer ? Form about::PAGE_NUM;
        page_size "PageSize" Integer ? Form about::PAGE_SIZE;
        sort_type "SortType" Integer ? Form about::OLD_ORDER;
    } => &[object("Result", &[
        boolean("HasMore", "Whether there is another page."),
        integer("Total", "Members over all pages."),
        objects("UserList", MEMBER, "The members of the page."),
    ], "The page.")];

    /// Reads given members of a group.
    ListMessageGroupUserById "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        group_id "GroupId" Text ! Form GROUP;
        user_id_list "UserIdList" List ! Form "The users.";
    } => &[object("Result", &[
        boolean("HasMore", "Whether there is another page."),
        integer("Total", "Members found."),
        objects("UserList", MEMBER_DETAIL, "The members found."),
    ], "The page.")];

    /// Makes a user join a group.
    JoinMessageGroup "POST" Update {
        app_id "AppId" Text ! Form about::APP;
        broadcast_statistics "BroadCastStatistics" Boolean ? Form "True: the group's statistics are sent as well.";
        broadcast_type "BroadCastType" Integer ? Form BROADCAST;
        group_id "GroupId" Text ! Form GROUP;
        user_id "UserId" Text ! Form USER;
    } => SUCCESS;

    /// Makes a user leave a group.
    LeaveMessageGroup "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        broadcast_statistics "BroadCastStatistics" Boolean ? Form "True: the group's statistics are sent as well.";
        broadcast_type "BroadCastType" Integer ? Form BROADCAST;
        group_id "GroupId" Text ! Form GROUP;
        user_id "UserId" Text ! Form "The leaving user.";
    } => SUCCESS;

    /// Sends a message to all members of a group.
    SendMessageToGroup "POST" Get {
        app_id "AppId" Text ! Form about::APP;
        data "Data" Text ! Form "The body, a JSON text.";
        group_id "GroupId" Text ! Form GROUP;
        operator_user_id "OperatorUserId" Text ! Form "Who sends.";
        skip_audit "SkipAudit" Boolean ? Query "True: not moderated. False when absent.";
        kind "Type" Integer ? Form "Up to 10,000 a system message, above a custom one.";
    } => SENT;

    /// Sends a message to chosen members of a group.
    SendMessageToGroupUsers "POST" Get {
        app_id "AppId" Text ! Form about::APP;
        data "Data" Text ! Form "The body, a JSON text.";
        group_id "GroupId" Text ! Form GROUP;
        operator_user_id "OperatorUserId" Text ! Form "Who sends.";
        receiver_id_list "ReceiverIdList" List ? Form "The receivers; without any, nobody receives it.";
        skip_audit "SkipAudit" Boolean ? Query "True: not moderated. False when absent.";
        kind "Type" Integer ! Form "Up to 10,000 a system message, above a custom one.";
    } => SENT;

    /// Queries the messages of a group.
    ListMessage "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        group_id "GroupId" Text ! Form GROUP;
        page_num "PageNum" Integer ! Form about::PAGE_NUM;
        page_size "PageSize" Integer ! Form about::PAGE_SIZE;
        sort_type "SortType" Integer ? Form about::OLD_ORDER;
        kind "Type" Integer ? Form "Only this custom type, above 10,000.";
    } => &[object("Result", &[
        boolean("HasMore", "Whether there is another page."),
        objects("MessageList", MESSAGE, "The messages of the page."),
    ], "The page.")];

    /// Mutes everybody in a group but its creator.
    MuteAllGroupUser "POST" Get {
        app_id "AppId" Text ! Form about::APP;
        broadcast_type "BroadCastType" Integer ? Form BROADCAST;
        group_id "GroupId" Text ! Form GROUP;
        operator_user_id "OperatorUserId" Text ! Form OPERATOR;
    } => SUCCESS;

    /// Lifts the mute of everybody; individual mutes stay.
    CancelMuteAllGroupUser "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        broadcast_type "BroadCastType" Integer ? Form BROADCAST;
        group_id "GroupId" Text ! Form GROUP;
        operator_user_id "OperatorUserId" Text ! Form OPERATOR;
    } => SUCCESS;

    /// Mutes users in a group for a time.
    MuteGroupUser "POST" Get {
        app_id "AppId" Text ! Form about::APP;
        broadcast_type "BroadCastType" Integer ? Form BROADCAST;
        group_id "GroupId" Text ! Form GROUP;
        mute_time "MuteTime" Integer ? Form "Seconds; absent or 0: 86,400, a day.";
        mute_user_list "MuteUserList" List ! Form "The users to mute.";
        operator_user_id "OperatorUserId" Text ! Form OPERATOR;
    } => SUCCESS;

    /// Unmutes users in a group.
    CancelMuteGroupUser "POST" Get {
        app_id "AppId" Text ! Form about::APP;
        broadcast_type "BroadCastType" Integer ? Form BROADCAST;
        cancel_mute_user_list "CancelMuteUserList" List ! Form "The users to unmute.";
        group_id "GroupId" Text ! Form GROUP;
        operator_user_id "OperatorUserId" Text ! Form OPERATOR;
    } => SUCCESS;

    /// Lists the users who are muted individually in a group.
    ListMuteGroupUser "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        group_id "GroupId" Text ! Form GROUP;
        operator_user_id "OperatorUserId" Text ! Form OPERATOR;
        page_num "PageNum" Integer ! Form about::PAGE_NUM;
        page_size "PageSize" Integer ! Form about::PAGE_SIZE;
    } => &[object("Result", &[
        boolean("HasMore", "Whether there is another page."),
        integer("Total", "Muted users over all pages."),
        objects("UserList", MUTED, "The muted users of the page."),
    ], "The page.")];

    /// Adds likes to a group.
    SendLike "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        broadcast_type "BroadCastType" Integer ? Form BROADCAST;
        count "Count" Text ! Form "How many likes: a whole number, 0 to 4,294,967,295.";
        group_id "GroupId" Text ! Form GROUP;
        operator_user_id "OperatorUserId" Text ? Form "Who likes.";
    } => &[object("Result", &[integer("LikeCount", "All likes of the group.")], "The likes.")];

    /// Tells which of several members of a group are connected.
    BatchGetOnlineUsers "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        group_id "GroupId" Text ! Form GROUP;
        user_ids "UserIds" List ! Form "The users, at most 20.";
    } => &[object("Result", &[
        objects("OnlineUsers", ONLINE, "Those who are in the group, in the order in which they were named."),
    ], "The members found.")];
}
