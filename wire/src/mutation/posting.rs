//! Defects of the request that a callback is, and of its tries.

use std::time::Duration;

use super::WireMutation;
use crate::callback::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::delivery::{Delivery, Posting};
use crate::url::{Spelling, encode_pairs};

/// The header with the media type.
const TYPE_HEADER: &str = "Content-Type";

impl WireMutation {
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
            Self::CallbackEscapedTwice => posting.body = serde_json::Value::from(text()).to_string().into_bytes(),
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

    /// Changes how callbacks are delivered.
    pub fn on_delivery(self, delivery: &mut Delivery) {
        match self {
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
