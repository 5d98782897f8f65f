//! Groups and their users in the newer family.

use super::row::{about, boolean, integer, objects, operations, text, texts};
use crate::spec::{Field, FieldKind};

const GROUP_ID: Field = text("GroupId", "ID of the group.");
const MORE: Field = boolean("Hasmore", "Whether there is another page (lower-case m here).");

const LISTED: &[Field] = &[
    texts("AdminList", "Administrators."),
    integer("Createtime", "UNIX seconds (lower-case t)."),
    text("CreatorId", "Owner; empty when none was given."),
    boolean("Delete", "Whether the group is deleted."),
    GROUP_ID,
    text("GroupInfo", "Extension information."),
    text("GroupName", "Name; empty when none was given."),
];

const PRESENCE: &[Field] = &[boolean("Online", "Whether the user is there."), text("UserId", "The user.")];
const USER: &[Field] = &[text("UserId", "The user."), text("UserInfo", "The user's extension information.")];

const CHANGED: &[Field] = &[GROUP_ID, boolean("Success", "Always true here.")];
const UNCHANGED: &[Field] = &[
    integer("Code", "Why, as a number: 440 for a group that does not exist or is deleted."),
    GROUP_ID,
    text("Reason", "Why, in words."),
    boolean("Success", "Always false here."),
];

operations! {
    /// Creates a group.
    CreateLiveMessageGroup "POST" Create {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        group_name "GroupName" Text ? Query "Name, at most 128 bytes.";
        group_info "GroupInfo" Text ? Query "Extension information, at most 32 KB.";
        administrators "Administrators" List ? Query "At most 3 users, each letters and digits, at most 64 bytes.";
        creator_id "CreatorId" Text ? Query "Owner: letters and digits, at most 64 bytes.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[
        boolean("AlreadyDelete", "The ID belonged to a deleted group and cannot be used; absent means false.").optional(),
        boolean("AlreadyExists", "The group was there already; nothing changed; absent means false.").optional(),
        GROUP_ID,
    ];

    /// Reads a group.
    DescribeLiveMessageGroup "POST" Get {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[
        texts("AdminList", "Administrators."),
        integer("Createtime", "UNIX seconds (lower-case t)."),
        text("CreatorId", "Owner; empty when none was given."),
        integer("Deletatime", "When it was deleted, UNIX seconds; only of a deleted group.").optional(),
        boolean("Delete", "Whether the group is deleted."),
        text("Deletor", "Who deleted it; only of a deleted group, and only if given.").optional(),
        GROUP_ID,
        text("GroupInfo", "Extension information."),
        text("GroupName", "Name; empty when none was given."),
        Field::new("MsgAmount", FieldKind::CountMap, "Counter per message type; only while the group exists.").optional(),
        integer("OnlineUserCounts", "Users in the group; only while it exists.").optional(),
        boolean("SuperLargeGroup", "Whether it is a supergroup."),
        integer("TotalTimes", "Joins over the life of the group; only while it exists.").optional(),
    ];

    /// Changes administrators or extension information of a group.
    ModifyLiveMessageGroup "POST" Update {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        modify_admin "ModifyAdmin" Boolean ? Query "True: `AdminList` replaces the administrators.";
        admin_list "AdminList" List ? Query "The new administrators, at most 3; without its flag it has no effect.";
        modify_info "ModifyInfo" Boolean ? Query "True: `GroupInfo` replaces the extension information.";
        group_info "GroupInfo" Text ? Query "The new extension information, at most 32 KB; without its flag it has no effect.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[];

    /// Deletes a group: its members are out, its stored messages stay for a while.
    DeleteLiveMessageGroup "POST" Delete {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        operator_id "OperatorId" Text ? Query "Who deletes: letters and digits, at most 64 bytes; recorded.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[text("GroupId", "The group, whether it existed or not.")];

    /// Restores a deleted group within 30 days.
    RecoverLiveMessageDeletedGroup "POST" Update {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[text("GroupId", "The restored group.")];

    /// Lists groups by cursor, by creation.
    ListLiveMessageGroups "POST" Unstated {
        app_id "AppId" Text ! Query about::APP;
        data_center "DataCenter" Text ? Query about::CENTER;
        group_status "GroupStatus" Integer ? Query "0 all (when absent), 1 existing, 2 deleted.";
        next_page_token "NextPageToken" Long ? Query about::TOKEN;
        sort_type "SortType" Integer ! Query about::ORDER;
    } => &[
        objects("GroupList", LISTED, "The groups of the page."),
        MORE,
        text("NextpageToken", "Where to go on, digits as text (lower-case p); absent on the last page.").optional(),
    ];

    /// Lists groups by page number, by creation.
    ListLiveMessageGroupByPage "GET" Unstated {
        app_id "AppId" Text ! Query about::APP;
        data_center "DataCenter" Text ? Query about::CENTER;
        group_status "GroupStatus" Integer ? Query "0 all (when absent), 1 existing, 2 deleted.";
        page_number "PageNumber" Integer ? Query "Page, 1 to 10,000; 1 when absent.";
        page_size "PageSize" Integer ? Query about::PAGE_SIZE;
        sort_type "SortType" Integer ! Query about::ORDER;
    } => &[
        objects("GroupList", LISTED, "The groups of the page."),
        integer("PageNumber", "The page."),
        integer("PageSize", "Groups per page."),
        integer("TotalCount", "Groups over all pages."),
    ];

    /// Lists the users in a group, by joining; none of a supergroup.
    ListLiveMessageGroupUsers "POST" Unstated {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        data_center "DataCenter" Text ? Query about::CENTER;
        next_page_token "NextPageToken" Long ? Query about::TOKEN;
        page_size "PageSize" Integer ! Query "Users per page, 10 to 50.";
        sort_type "SortType" Integer ! Query about::ORDER;
    } => &[
        GROUP_ID,
        MORE,
        integer("NextPageToken", "Where to go on; 0 on the last page."),
        objects("UserList", USER, "The users of the page."),
    ];

    /// Tells which of the given users are in a group.
    CheckLiveMessageUsersInGroup "POST" Unstated {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        data_center "DataCenter" Text ? Query about::CENTER;
        user_ids "UserIds" List ! Query "Users to look up.";
    } => &[objects("Users", PRESENCE, "One entry a user; online means in the group.")];

    /// Tells which of the given users are online.
    CheckLiveMessageUsersOnline "POST" Unstated {
        app_id "AppId" Text ! Query about::APP;
        data_center "DataCenter" Text ? Query about::CENTER;
        user_ids "UserIds" List ! Query "Users to look up.";
    } => &[objects("UserList", PRESENCE, "One entry a user.")];

    /// Removes one user from a group.
    KickLiveMessageGroupUser "POST" Unstated {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        kickoff_user "KickoffUser" Text ! Query "The user to remove.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[];

    /// Changes a user's extension information in every group the user is in.
    ModifyLiveMessageUserInfo "POST" Update {
        app_id "AppId" Text ! Query about::APP;
        user_id "UserId" Text ! Query "The user.";
        user_meta_info "UserMetaInfo" Text ? Query "The new extension information, at most 512 bytes; absent empties it.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[
        objects("FailList", UNCHANGED, "Groups where the change did not take effect."),
        objects("SuccessList", CHANGED, "Groups that show the new information."),
    ];
}
