//! Applications of the newer family.

use super::row::{about, boolean, integer, objects, operations, text};
use crate::spec::Field;

const APP_ID: Field = text("AppId", "ID of the application.");
const APP_SIGN: Field = text("AppSign", "What clients need at initialisation.");

const LISTED: &[Field] = &[
    APP_ID,
    text("AppKey", "Secret that client tokens and callback signatures are derived from."),
    text("AppName", "Name; empty when none was given."),
    APP_SIGN,
    integer("CreateTime", "UNIX seconds."),
    text("DataCenter", "Where the application lives."),
    text("Disable", "`true` or `false`, as text here and here only."),
    integer("ModifyTime", "UNIX seconds."),
    integer("MsgLifeCycle", "Retention of group messages: 0, 1, 2 for 30, 90, 180 days."),
];

operations! {
    /// Creates an application.
    CreateLiveMessageApp "POST" Create {
        app_name "AppName" Text ? Query "Name, 2 to 16 characters.";
        audit_type "AuditType" Integer ? Query "Moderation: 0 off (when absent), 1 built-in, 2 custom.";
        audit_url "AuditUrl" Text ? Query
            "Address of the custom review, required with `AuditType` 2: http or https, no private address, no port.";
        data_center "DataCenter" Text ? Query "`cn-shanghai` (when absent) or `ap-southeast-1`.";
        event_callback_url "EventCallbackUrl" Text ? Query "Address of event callbacks; absent or empty: none are made.";
        msg_life_cycle "MsgLifeCycle" Integer ? Query
            "Retention of group messages: 0, 1, 2 for 30 (when absent), 90, 180 days.";
    } => &[
        APP_ID,
        text("AppKey", "Secret that client tokens and callback signatures are derived from."),
        APP_SIGN,
        text("DataCenter", "Where the application lives."),
    ];

    /// Reads an application.
    DescribeLiveMessageApp "POST" Unstated {
        app_id "AppId" Text ! Query about::APP;
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[
        APP_ID,
        text("AppKey", "Secret that client tokens and callback signatures are derived from."),
        text("AppName", "Name; empty when none was given."),
        APP_SIGN,
        integer("AuditType", "Moderation: 0 off, 1 built-in, 2 custom."),
        text("AuditUrl", "Address of the custom review; only with `AuditType` 2.").optional(),
        integer("CreateTime", "UNIX seconds."),
        text("DataCenter", "Where the application lives."),
        boolean("Disable", "Whether the application is disabled."),
        text("EventCallbackUrl", "Address of event callbacks; empty: none are made."),
        integer("ModifyTime", "UNIX seconds."),
        integer("MsgLifeCycle", "Retention of group messages: 0, 1, 2 for 30, 90, 180 days."),
    ];

    /// Lists the account's applications in one data centre, by creation.
    ListLiveMessageApps "POST" Unstated {
        data_center "DataCenter" Text ? Query "Data centre, `cn-shanghai` (when absent) or `ap-southeast-1`.";
        next_page_token "NextPageToken" Long ? Query about::TOKEN;
        sort_type "SortType" Integer ! Query about::ORDER;
    } => &[
        objects("AppList", LISTED, "The applications of the page."),
        boolean("HasMore", "Whether there is another page."),
        integer("NextPageToken", "Where to go on; absent on the last page.").optional(),
    ];

    /// Changes the moderation settings of an application.
    ModifyLiveMessageAppAudit "POST" Update {
        app_id "AppId" Text ! Query about::APP;
        audit_type "AuditType" Integer ? Query "Moderation: 0 off, 1 built-in, 2 custom; absent keeps it.";
        audit_url "AuditUrl" Text ? Query
            "Address of the custom review, required with `AuditType` 2: http or https, no private address, no port. Without custom review it is ignored.";
        data_center "DataCenter" Text ? Query about::CENTER;
    } => &[
        APP_ID,
        APP_SIGN,
        boolean("AuditNeedAuthentication", "Whether calls of the custom review are signed."),
        integer("AuditType", "Moderation: 0 off, 1 built-in, 2 custom."),
        text("AuditUrl", "Address of the custom review; only with `AuditType` 2.").optional(),
    ];

    /// Changes the address of an application's event callbacks.
    ModifyLiveMessageAppCallback "POST" Update {
        app_id "AppId" Text ! Query about::APP;
        data_center "DataCenter" Text ? Query about::CENTER;
        event_callback_url "EventCallbackUrl" Text ? Query
            "The address: http or https, no private address, no port; absent or empty: no callbacks are made.";
    } => &[
        APP_ID,
        APP_SIGN,
        boolean("EventCallbackNeedAuthentication", "Whether callbacks are signed."),
        text("EventCallbackUrl", "The address; absent when no callbacks are made.").optional(),
    ];

    /// Disables an application or enables it again.
    ModifyLiveMessageAppDisable "POST" Update {
        app_id "AppId" Text ! Query about::APP;
        data_center "DataCenter" Text ? Query about::CENTER;
        disable "Disable" Boolean ? Query "True disables, false enables; absent changes nothing.";
    } => &[APP_ID, APP_SIGN, boolean("Disable", "Whether the application is disabled.")];
}
