//! The formats that are read. A reader is a file of this folder; it registers itself by one line here.

mod acfun;
mod chat_downloader;
mod dandanplay;
mod danmaku;
mod irc;
mod json_lines;
mod layout;
mod live_chat;
mod niconico;
mod niconico_json;
mod text_line;
mod text_log;
mod twitch_dl;
mod twitch_downloader;
mod twitch_words;

pub(super) use layout::{ChatLayout, Sample};

/// Every format, in the order in which they are asked whether a file is theirs.
// The order decides for a file that two formats claim. A test holds that no fixture is one.
pub(super) const ALL: [&ChatLayout; 12] = [
    &json_lines::FORMAT,
    &danmaku::FORMAT,
    &niconico::FORMAT,
    &niconico_json::FORMAT,
    &twitch_downloader::FORMAT,
    &twitch_dl::FORMAT,
    &live_chat::FORMAT,
    &chat_downloader::FORMAT,
    &dandanplay::FORMAT,
    &acfun::FORMAT,
    &irc::FORMAT,
    &text_log::FORMAT,
];
