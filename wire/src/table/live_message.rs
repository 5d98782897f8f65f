//! Messages of the newer family.

use super::row::{about, boolean, integer, object, objects, operations, text};
use crate::spec::Field;

const SENDER: &[Field] = &[
    text("UserId", "The sender."),
    text("UserInfo", "The sender's extension information when it was sent."),
];

const LISTED: &[Field] = &[
    text("Body", "The body."),
    text("MsgTid", "ID of the message."),
    integer("MsgType", "Type of the message."),
    object("Sender", SENDER, "Who sent it."),
    integer("SeqNumber", "Number within the group, increasing."),
    integer("Timestamp", "UNIX seconds."),
    integer("TotalMessages", "Running total of the type."),
];

operations! {
    /// Sends a message to every user in a group.
    SendLiveMessageGroup "POST" None {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        sender_id "SenderId" Text ! Query "The sender: letters and digits, at most 64 bytes.";
        sender_meta_info "SenderMetaInfo" Text ? Query about::INFO;
        body "Body" Text ? Query "The body, at most 15 KB.";
        msg_type "MsgType" Long ? Query "Type of the message; a group may see at most 30 types.";
        msg_tid "MsgTid" Text ? Query "ID of the message: letters and digits, at most 64 bytes; made when absent.";
        statics_increase "StaticsIncrease" Long ? Query "What the message adds to the counter of its type; 1 when absent.";
        weight "Weight" Long ? Query "Weight; 1 when absent. 1 suits likes, 5 texts, 1,000,000 gifts.";
        no_storage "NoStorage" Boolean ? Query "True: not stored. False when absent.";
        no_cache "NoCache" Boolean ? Query "True: kept out of the list of recent messages. False when absent.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[text("MsgTid", "ID of the message, given or made.")];

    /// Sends a message to one online user.
    SendLiveMessageUser "POST" Create {
        app_id "AppId" Text ! Query about::APP;
        receiver_id "ReceiverId" Text ! Query "The receiver: letters and digits, at most 64 bytes.";
        sender_id "SenderId" Text ! Query "The sender: letters and digits, at most 64 bytes.";
        sender_info "SenderInfo" Text ? Query "The sender's extension information, at most 512 bytes.";
        body "Body" Text ? Query "The body, at most 15 KB.";
        msg_type "MsgType" Long ? Query "Type of the message.";
        msg_tid "MsgTid" Text ? Query "ID of the message: letters and digits, at most 64 bytes; made when absent.";
        high_reliability "HighReliability" Boolean ? Query
            "True: answered once the receiver acknowledged, failed after 3 seconds. False when absent.";
        storage "Storage" Boolean ? Query "True: stored, though no operation lists such messages. False when absent.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[text("MsgTid", "ID of the message, given or made.")];

    /// Recalls one message of a group.
    DeleteLiveMessageGroupMessage "POST" Delete {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        message_id "MessageId" Text ! Query "`MsgTid` of the message: letters and digits, at most 64 bytes.";
        deleter_id "DeleterId" Text ? Query "Who recalls: letters and digits, at most 64 bytes.";
        deleter_info "DeleterInfo" Text ? Query "Extension information of who recalls, at most 512 bytes; nobody is shown it.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[text("GroupId", "ID of the group."), text("MessageId", "The message, whether it existed or not.")];

    /// Recalls one message between users.
    DeleteLiveMessageUserMessage "POST" Unstated {
        app_id "AppId" Text ! Query about::APP;
        message_id "MessageId" Text ! Query "`MsgTid` of the message: letters and digits, at most 64 bytes.";
        receiver_id "ReceiverId" Text ! Query "Who is notified: letters and digits, at most 64 bytes.";
        deleter_id "DeleterId" Text ? Query
            "Who recalls: letters and digits, at most 64 bytes; marked optional, refused when absent.";
        deleter_info "DeleterInfo" Text ? Query "Extension information of who recalls, at most 512 bytes; nobody is shown it.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[];

    /// Queries the stored messages of a group, by sending time.
    ListLiveMessageGroupMessages "POST" List {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        page_size "PageSize" Integer ! Query "Messages per page, 10 to 50.";
        sort_type "SortType" Integer ! Query about::ORDER;
        next_page_token "NextPageToken" Long ? Query about::TOKEN;
        msg_type "MsgType" Long ? Query "Only this type; all when absent.";
        begin_time "BeginTime" Long ? Query "UNIX seconds; from the earliest when absent.";
        end_time "EndTime" Long ? Query "UNIX seconds; to the latest when absent.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[
        text("GroupId", "ID of the group."),
        boolean("Hasmore", "Whether there is another page (lower-case m here)."),
        objects("MessageList", LISTED, "The messages of the page."),
        integer("NextPageToken", "Where to go on; 0 on the last page."),
    ];
}
