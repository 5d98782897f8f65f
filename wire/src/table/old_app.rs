//! Applications and client tokens of the old family.

use super::row::{about, boolean, integer, object, objects, operations, text, text_map};
use crate::spec::Field;

const SUCCESS: &[Field] = &[object("Result", &[boolean("Success", "Whether it was done.")], "The outcome.")];

const APP: &[Field] = &[
    text_map("AppConfig", "Free-form configuration."),
    text("AppId", "ID of the application."),
    text("AppName", "Name."),
    integer("CreateTime", "UNIX seconds."),
    text_map("Extension", "Free-form extension."),
    integer("Status", "1 is normal."),
];

operations! {
    /// Creates an application.
    CreateMessageApp "POST" Create {
        app_config "AppConfig" Map ? Form "Free-form configuration.";
        app_name "AppName" Text ! Form "Name, 2 to 16 characters.";
        extension "Extension" Map ? Form "Free-form extension.";
    } => &[object("Result", &[text("AppId", "ID of the application.")], "The application.")];

    /// Deletes an application.
    DeleteMessageApp "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
    } => SUCCESS;

    /// Reads an application.
    GetMessageApp "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
    } => &[object("Result", APP, "The application.")];

    /// Changes an application.
    UpdateMessageApp "POST" Unstated {
        app_config "AppConfig" Map ? Form "The new configuration; absent keeps it.";
        app_id "AppId" Text ! Form about::APP;
        app_name "AppName" Text ? Form "The new name, 2 to 16 characters; absent keeps it.";
        extension "Extension" Map ? Form "The new extension; absent keeps it.";
    } => SUCCESS;

    /// Lists applications.
    ListMessageApp "POST" Unstated {
        page_num "PageNum" Integer ! Form about::PAGE_NUM;
        page_size "PageSize" Integer ! Form about::PAGE_SIZE;
        sort_type "SortType" Integer ? Form about::OLD_ORDER;
    } => &[object("Result", &[
        objects("AppList", APP, "The applications of the page."),
        boolean("HasMore", "Whether there is another page."),
        integer("Total", "Applications over all pages."),
    ], "The page.")];

    /// Finds applications by ID or name.
    QueryMessageApp "POST" Unstated {
        app_id "AppId" Text ? Form about::APP;
        app_name "AppName" Text ? Form "Name to match.";
        page_num "PageNum" Integer ? Form about::PAGE_NUM;
        page_size "PageSize" Integer ? Form about::PAGE_SIZE;
        sort_type "SortType" Integer ? Form about::OLD_ORDER;
    } => &[objects("Result", &[
        objects("AppList", APP, "The applications of the page."),
        boolean("HasMore", "Whether there is another page."),
        integer("TotalCount", "Applications over all pages."),
    ], "The page; a list of one here, an object in every other operation.")];

    /// Issues a client's logon token.
    GetMessageToken "POST" Unstated {
        app_id "AppId" Text ! Form about::APP;
        device_id "DeviceId" Text ! Form "The device: lower-case letters, digits, `_` and `-`, at most 64 characters.";
        device_type "DeviceType" Text ! Form "`ios`, `android`, `web` or `pc`.";
        user_id "UserId" Text ! Form "The user: lower-case letters, digits, `_` and `.`, at most 32 characters.";
    } => &[object("Result", &[
        text("AccessToken", "The token that a client of the application logs on with, until it expires."),
        integer("AccessTokenExpiredTime", "When it expires, UNIX milliseconds."),
        text("RefreshToken", "Obtains a new token."),
    ], "The token.")];
}
