//! Texts that are copied with every message: short ones lie in place, so that copying them touches nothing else.
//!
//! A shared text costs a counter in memory of its own, which is read and written whenever a copy comes or goes. For the
//! ID of one of a hundred thousand users that memory is in no cache.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of a text that lies in place.
const IN_PLACE: usize = 22;

/// A text that seldom has more than 22 bytes, such as a user ID.
#[derive(Clone)]
pub struct Text(TextRepr);

#[derive(Clone)]
enum TextRepr {
    Here(u8, [u8; IN_PLACE]),
    Shared(Arc<str>),
}

impl Text {
    /// Whether it is that text: byte for byte, without making a text of what lies in place first.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        match &self.0 {
            // Bytes are compared and not texts: checking that they are UTF-8 would cost more than comparing them.
            TextRepr::Here(len, bytes) => &bytes[..usize::from(*len)] == text.as_bytes(),
            TextRepr::Shared(shared) => **shared == *text,
        }
    }

    /// The text, shared.
    #[must_use]
    pub fn to_shared(&self) -> Arc<str> {
        match &self.0 {
            TextRepr::Here(..) => Arc::from(&**self),
            TextRepr::Shared(text) => Arc::clone(text),
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            TextRepr::Here(len, bytes) => {
                core::str::from_utf8(&bytes[..usize::from(*len)]).expect("a text was copied in")
            }
            TextRepr::Shared(text) => text,
        }
    }
}

impl Text {
    /// The text in place, if it fits.
    #[inline]
    fn here(text: &str) -> Option<Self> {
        // Zeroes behind the text, so that equal texts are equal in every byte.
        let mut bytes = [0; IN_PLACE];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self(TextRepr::Here(u8::try_from(text.len()).ok()?, bytes)))
    }
}

impl From<&Arc<str>> for Text {
    fn from(text: &Arc<str>) -> Self {
        Self::here(text).unwrap_or_else(|| Self(TextRepr::Shared(Arc::clone(text))))
    }
}

impl From<&str> for Text {
    #[inline]
    fn from(text: &str) -> Self {
        Self::here(text).unwrap_or_else(|| Self(TextRepr::Shared(text.into())))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(&*text)
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

/// Ordered, equal and hashed as the text is.
impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

/// A text that is mostly empty, such as extension information: an empty one takes no memory of its own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Extra(Option<Arc<str>>);

impl Extra {
    /// The empty text.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// The text, shared.
    #[must_use]
    pub fn to_shared(&self) -> Arc<str> {
        self.0.clone().unwrap_or_default()
    }
}

impl Deref for Extra {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl From<Arc<str>> for Extra {
    fn from(text: Arc<str>) -> Self {
        Self(Some(text).filter(|text| !text.is_empty()))
    }
}

impl From<&str> for Extra {
    fn from(text: &str) -> Self {
        Self((!text.is_empty()).then(|| text.into()))
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text {}

macro_rules! like_str {
    ($($text:ident: $make:expr;)*) => {
        $(
            impl Hash for $text {
                fn hash<H: Hasher>(&self, state: &mut H) {
                    (**self).hash(state);
                }
            }

            impl fmt::Debug for $text {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Debug::fmt(&**self, f)
                }
            }

            impl fmt::Display for $text {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(self)
                }
            }

            impl Serialize for $text {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    (**self).serialize(serializer)
                }
            }

            impl<'de> Deserialize<'de> for $text {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let make: fn(Box<str>) -> Self = $make;
                    Box::<str>::deserialize(deserializer).map(make)
                }
            }
        )*
    };
}

like_str! {
    Text: |text| Self::from(&*text);
    Extra: |text| Self::from(&*text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_was_put_in_whatever_its_length() {
        for len in [0, 1, IN_PLACE - 1, IN_PLACE, IN_PLACE + 1, 64] {
            let text: Arc<str> = "aé".chars().cycle().take(len).collect::<String>().into();
            let kept = Text::from(&text);
            assert_eq!(*kept, *text);
            assert!(kept.is(&text) && !kept.is("another text"));
            assert_eq!(kept.to_shared(), text);
            assert_eq!(*Extra::from(Arc::clone(&text)), *text);
        }
        assert_eq!(size_of::<Text>(), 24);
        assert_eq!(size_of::<Extra>(), 16);
    }

    #[test]
    fn only_long_texts_are_shared() {
        let (short, long): (Arc<str>, Arc<str>) = ("u1".into(), "a".repeat(40).into());
        let kept = [Text::from(&short), Text::from(&long)];
        assert_eq!((Arc::strong_count(&short), Arc::strong_count(&long)), (1, 2));
        assert_ne!(kept[0], kept[1]);
    }
}
