//! What a value takes in memory, counted without asking the allocator.

use crate::words::message::Message;

/// What an allocation and a shared counter take besides what lies in them.
pub(crate) const SHARED: u64 = 32;

/// The size of a type.
pub(crate) const fn size<T>() -> u64 {
    size_of::<T>() as u64
}

/// The bytes of a text.
pub(crate) fn length(text: &str) -> u64 {
    text.len() as u64
}

/// What a message takes that only one list keeps.
pub(super) fn of_message(message: &Message) -> u64 {
    size::<Message>() + size::<*const Message>() + SHARED + length(&message.body)
}
