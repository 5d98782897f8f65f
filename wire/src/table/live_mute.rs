//! Mutes of the newer family. The five that write allow 10 calls a second, not 50.

use super::row::{about, boolean, operations, text, texts};

operations! {
    /// Mutes users individually in a group.
    AddLiveMessageGroupBand "POST" Update {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        banned_users "BannedUsers" List ! Query "1 to 30 users to mute.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[];

    /// Unmutes users individually in a group.
    RemoveLiveMessageGroupBand "POST" Unstated {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        unbanned_users "UnbannedUsers" List ! Query "1 to 30 users to unmute.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[];

    /// Mutes a whole group, with exceptions.
    BanLiveMessageGroup "POST" Update {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        except_users "ExceptUsers" List ? Query "At most 30 users who may go on talking.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[];

    /// Lifts the mute of a whole group; users muted individually stay muted.
    UnbanLiveMessageGroup "POST" Update {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[];

    /// Sets the mute state of a group in one call.
    ModifyLiveMessageGroupBand "POST" Update {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        banned_all "BannedAll" Boolean ? Query "Whether everyone is muted; absent keeps it.";
        bannned_users "BannnedUsers" List ? Query "Users muted individually, at most 30 (three n in the name); absent keeps them.";
        except_users "ExceptUsers" List ? Query "Users who may talk while everyone is muted, at most 30; absent keeps them.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[];

    /// Reads the mute state of a group.
    DescribeLiveMessageGroupBand "POST" Get {
        app_id "AppId" Text ! Query about::APP;
        group_id "GroupId" Text ! Query about::GROUP;
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[
        texts("BannedUserList", "Users muted individually."),
        text("GroupId", "ID of the group."),
        boolean("IsbannedAll", "Whether everyone is muted (lower-case b)."),
        texts("UnbannedUserList", "Users who may talk while everyone is muted."),
    ];
}
