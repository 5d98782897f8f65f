//! Reads the JSON that TwitchDownloader writes. Keys that say nothing about the chat are ignored: there are many.

use std::borrow::Cow;

use claque_core::Duration;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Found, decimal};
use crate::diagnostic::Diagnostic;
use crate::scenario::MessageKind;

#[derive(Deserialize)]
struct Download<'t> {
    #[serde(borrow)]
    comments: Vec<Comment<'t>>,
}

#[derive(Deserialize)]
struct Comment<'t> {
    #[serde(borrow)]
    content_offset_seconds: &'t RawValue,
    #[serde(borrow)]
    commenter: Option<Commenter<'t>>,
    #[serde(borrow)]
    message: Message<'t>,
}

#[derive(Deserialize)]
struct Commenter<'t> {
    #[serde(borrow, rename = "_id")]
    id: Option<Cow<'t, str>>,
    #[serde(borrow)]
    name: Option<Cow<'t, str>>,
    #[serde(borrow)]
    display_name: Option<Cow<'t, str>>,
}

#[derive(Deserialize)]
struct Message<'t> {
    #[serde(borrow)]
    body: Cow<'t, str>,
    #[serde(default)]
    bits_spent: u64,
    #[serde(borrow)]
    user_notice_params: Option<Notice<'t>>,
}

#[derive(Deserialize)]
struct Notice<'t> {
    #[serde(borrow, rename = "msg-id")]
    id: Option<Cow<'t, str>>,
}

/// What someone is called whose account is gone.
const GONE: &str = "(gone)";

pub(super) fn read<'t>(file: &str, text: &'t str) -> Result<Vec<Found<'t>>, Diagnostic> {
    let download: Download<'t> =
        serde_json::from_str(text).map_err(|error| Diagnostic::from_json(file, text, 0, &error))?;
    download
        .comments
        .into_iter()
        .map(|comment| {
            let offset = comment.content_offset_seconds.get();
            let micros = decimal::micros(offset).ok_or_else(|| {
                let start = offset.as_ptr().addr() - text.as_ptr().addr();
                Diagnostic::at(file, text, start..start + offset.len(), format!("`{offset}` is no time"))
                    .word(offset)
                    .help("`content_offset_seconds` is a number of seconds, not below zero")
            })?;
            let (user, called) = match comment.commenter {
                Some(Commenter { id, name, display_name }) => {
                    let called = display_name.or_else(|| name.clone());
                    (id.or(name).or_else(|| called.clone()).unwrap_or(Cow::Borrowed(GONE)), called)
                }
                None => (Cow::Borrowed(GONE), None),
            };
            let message = comment.message;
            let notice = message.user_notice_params.and_then(|notice| notice.id);
            let given = message.bits_spent > 0 || notice.is_some_and(|id| id.contains("gift"));
            let kind = if given { MessageKind::Gift } else { MessageKind::Comment };
            Ok(Found {
                at: Duration::from_micros(micros),
                user,
                called,
                kind,
                message_type: kind.message_type(),
                level: kind.level(),
                body: message.body.into(),
            })
        })
        .collect()
}
