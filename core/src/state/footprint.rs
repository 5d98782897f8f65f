//! The memory of a value, counted without asking the allocator.

use crate::words::message::Message;

/// The overhead of an allocation and a shared counter.
pub(crate) const SHARED: u64 = 32;

/// The size of a type.
pub(crate) const fn size<T>() -> u64 {
    size_of::<T>() as u64
}

/// The bytes of a text.
pub(crate) fn length(text: &str) -> u64 {
    text.len() as u64
}

/// The memory of a message that only one list keeps.
pub(super) fn of_message(message: &Message) -> u64 {
    size::<Message>() + size::<*const Message>() + SHARED + length(&message.body)
}
