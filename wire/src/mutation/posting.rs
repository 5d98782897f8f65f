//! Mutants of callbacks and reviews: of what they say, of the request that they are, of its tries.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{WireMutation, each, rename_key};
use crate::callback::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::delivery::{Delivery, Posting};
use crate::url::{Spelling, encode_pairs};

/// The header with the media type.
const TYPE_HEADER: &str = "Content-Type";

/// Characters that a mutant leaves of a text under review.
const CUT_CHARS: usize = 1_000;

impl WireMutation {
    /// Damages a callback before it is sent.
    pub fn on_callback(self, body: &mut Value, headers: &mut Vec<(&'static str, String)>) {
        match self {
            Self::CallbackHeadersMissing => headers.retain(|(name, _)| *name != TIMESTAMP_HEADER),
            Self::CallbackSignatureMissing => headers.retain(|(name, _)| *name != SIGNATURE_HEADER),
            Self::CallbackSignUpper => upper_case(headers),
            Self::CallbackTimeMillis => {
                for (_, value) in headers.iter_mut().filter(|(name, _)| *name == TIMESTAMP_HEADER) {
                    value.push_str("000");
                }
            }
            _ => {
                if let Value::Object(object) = body {
                    each(object, &mut |object| self.on_callback_object(object));
                }
            }
        }
    }

    /// Damages one object of a callback's body: the whole, a session, an event.
    fn on_callback_object(self, object: &mut Map<String, Value>) {
        let code = object.get("e").and_then(Value::as_u64);
        match (self, code) {
            (Self::CallbackCodesShifted, Some(code)) => {
                object.insert("e".to_owned(), json!(code.saturating_sub(1)));
            }
            (Self::CallbackCodeReconnectLogon, Some(5)) => drop(object.insert("e".to_owned(), json!(1))),
            (Self::CallbackGroupEverywhere, Some(_)) => {
                object.entry("g").or_insert_with(|| json!(""));
            }
            (Self::CallbackCodeTimeoutOther, Some(2)) if object.get("r") == Some(&json!(3)) => {
                object.insert("e".to_owned(), json!(6));
            }
            (Self::CallbackGroupOnLogoff, Some(2)) => drop(object.insert("g".to_owned(), json!(""))),
            (Self::CallbackGroupsOnLogoff, Some(2)) => drop(object.insert("gs".to_owned(), json!([]))),
            (Self::CallbackGroupMissing, _) => drop(object.shift_remove("g")),
            (Self::CallbackGroupsFirstOnly, _) => {
                if let Some(Value::Array(groups)) = object.get_mut("gs") {
                    groups.truncate(1);
                }
            }
            (Self::CallbackGroupsMissing, _) => drop(object.shift_remove("gs")),
            (Self::CallbackReasonEverywhere, Some(_)) => {
                object.entry("r").or_insert_with(|| json!(1));
            }
            (Self::CallbackReasonTimeoutNormal, Some(2)) if object.get("r") == Some(&json!(3)) => {
                object.insert("r".to_owned(), json!(1));
            }
            (Self::CallbackShapeOther, _) => rename_key(object, "appid", "appId"),
            (Self::CallbackTransactionPlain, _) => {
                if let Some(Value::String(id)) = object.get_mut("transactionid") {
                    id.retain(|mark| mark != '-');
                }
            }
            _ => {}
        }
    }

    /// Damages the question to a custom review before it is sent.
    pub fn on_moderation(self, body: &mut String, headers: &mut Vec<(&'static str, String)>) {
        match self {
            Self::ModerationAsciiOnly => body.retain(|mark| mark.is_ascii()),
            Self::ModerationCut => {
                if let Ok(Value::Object(mut object)) = serde_json::from_str(body)
                    && let Some(Value::String(content)) = object.get_mut("content")
                {
                    *content = content.chars().take(CUT_CHARS).collect();
                    *body = Value::Object(object).to_string();
                }
            }
            Self::ModerationEscapedTwice => *body = body.replace('\\', "\\\\\\"),
            Self::ModerationOtherField => *body = body.replacen("\"content\"", "\"text\"", 1),
            Self::ReviewSignedWrong => upper_case(headers),
            Self::ReviewUnsigned => headers.retain(|(name, _)| *name != SIGNATURE_HEADER),
            _ => {}
        }
    }

    /// Damages the request that a callback is made with.
    pub fn on_posting(self, posting: &mut Posting) {
        let retype = |posting: &mut Posting, media: &str| {
            for (_, value) in posting.headers.iter_mut().filter(|(name, _)| *name == TYPE_HEADER) {
                media.clone_into(value);
            }
        };
        let text = || String::from_utf8_lossy(&posting.body).into_owned();
        match self {
            Self::CallbackByGet => posting.method = "GET",
            Self::CallbackByPut => posting.method = "PUT",
            Self::CallbackAsForm => {
                posting.body = encode_pairs([("payload", text().as_str())], Spelling::Canonical).into_bytes();
                retype(posting, "application/x-www-form-urlencoded");
            }
            Self::CallbackCharsetOther => retype(posting, "application/json; charset=gbk"),
            Self::CallbackEscapedTwice => {
                posting.body = Value::from(text()).to_string().into_bytes();
            }
            Self::CallbackInUtf16 => {
                posting.body = text().encode_utf16().flat_map(u16::to_be_bytes).collect();
            }
            Self::CallbackTypeMissing => posting.headers.retain(|(name, _)| *name != TYPE_HEADER),
            Self::CallbackTypeText => retype(posting, "text/plain; charset=utf-8"),
            Self::CallbackUnsigned => {
                posting.headers.retain(|(name, _)| ![SIGNATURE_HEADER, TIMESTAMP_HEADER].contains(name));
            }
            Self::CallbackUnsignedAfterLogon if !text().contains("\"e\":1") => {
                posting.headers.retain(|(name, _)| *name != SIGNATURE_HEADER);
            }
            _ => {}
        }
    }

    /// Damages the request of every try but the first.
    pub fn on_retry(self, posting: &mut Posting) {
        if self == Self::CallbackRetryUnsigned {
            posting.headers.retain(|(name, _)| *name != SIGNATURE_HEADER);
        }
    }

    /// Changes how callbacks are delivered.
    pub fn on_delivery(self, delivery: &mut Delivery) {
        match self {
            Self::CallbackBrokenTaken => delivery.broken = Some(crate::delivery::CALLBACK_TAKEN),
            Self::CallbackOnceOnly => delivery.retries_max = 0,
            Self::CallbackRetriesOneLess => delivery.retries_max -= 1,
            Self::CallbackRetriesOneMore => delivery.retries_max += 1,
            Self::CallbackSilenceTaken => delivery.silence = Some(crate::delivery::CALLBACK_TAKEN),
            Self::CallbackSpacingNone => delivery.spacing = Duration::ZERO,
            Self::CallbackSpacingTwoSeconds => delivery.spacing = Duration::from_secs(2),
            Self::CallbackTakenByAny2xx => delivery.taken = [200, 299],
            Self::CallbackTakenByAnyAnswer => delivery.taken = [100, 599],
            Self::CallbackWithinFourSeconds => delivery.within = Some(Duration::from_secs(4)),
            Self::CallbackWithinSixSeconds => delivery.within = Some(Duration::from_secs(6)),
            Self::CallbackWithoutEnd => delivery.within = None,
            _ => {}
        }
    }
}

/// Writes the signature in upper case.
fn upper_case(headers: &mut [(&'static str, String)]) {
    for (_, value) in headers.iter_mut().filter(|(name, _)| *name == SIGNATURE_HEADER) {
        value.make_ascii_uppercase();
    }
}
