//! Tables by the service's dense numbers: a lookup is one step, and walking goes in the order of the numbers.

use claque_core::{GroupIx, UserIx};

/// A number that the service counts from 0.
pub(crate) trait Number: Copy {
    fn at(self) -> usize;
    fn from_at(at: usize) -> Self;
}

macro_rules! numbers {
    ($($number:ident)*) => {
        $(
            impl Number for $number {
                fn at(self) -> usize {
                    self.0 as usize
                }

                fn from_at(at: usize) -> Self {
                    Self(u32::try_from(at).expect("fewer than 2^32 of them"))
                }
            }
        )*
    };
}

numbers!(GroupIx UserIx);

/// What is known by number. Memory grows with the greatest number that was put in.
#[derive(Clone, Debug)]
pub(crate) struct Dense<K, T> {
    // A list and no map: the service counts groups and users from 0, and a walk of a tree for each lookup had its
    // price (docs/performance.md).
    places: Vec<Option<T>>,
    keys: std::marker::PhantomData<K>,
}

impl<K, T> Default for Dense<K, T> {
    fn default() -> Self {
        Self { places: Vec::new(), keys: std::marker::PhantomData }
    }
}

impl<K: Number, T> Dense<K, T> {
    pub(crate) fn get(&self, key: K) -> Option<&T> {
        self.places.get(key.at())?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut T> {
        self.places.get_mut(key.at())?.as_mut()
    }

    /// Puts something in; what was there before.
    pub(crate) fn insert(&mut self, key: K, value: T) -> Option<T> {
        let at = key.at();
        if at >= self.places.len() {
            self.places.resize_with(at + 1, || None);
        }
        self.places[at].replace(value)
    }

    /// Takes out what is there.
    pub(crate) fn remove(&mut self, key: K) -> Option<T> {
        self.places.get_mut(key.at())?.take()
    }

    /// What is there, after putting in an empty one where there was none.
    pub(crate) fn or_default(&mut self, key: K) -> &mut T
    where
        T: Default,
    {
        if self.get(key).is_none() {
            self.insert(key, T::default());
        }
        self.get_mut(key).expect("it was just put in")
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, &T)> {
        self.places.iter().enumerate().filter_map(|(at, books)| Some((K::from_at(at), books.as_ref()?)))
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.places.iter_mut().flatten()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.places.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_found_in_order_until_it_is_taken_out() {
        let mut table: Dense<UserIx, &str> = Dense::default();
        assert_eq!((table.insert(UserIx(4), "d"), table.insert(UserIx(1), "a")), (None, None));
        assert_eq!(table.insert(UserIx(4), "e"), Some("d"));
        assert_eq!(
            (table.get(UserIx(4)), table.get(UserIx(2)), table.get(UserIx(9))),
            (Some(&"e"), None, None)
        );
        assert_eq!(table.iter().collect::<Vec<_>>(), [(UserIx(1), &"a"), (UserIx(4), &"e")]);
        assert_eq!(
            (table.remove(UserIx(4)), table.remove(UserIx(4)), table.remove(UserIx(9))),
            (Some("e"), None, None)
        );
        assert_eq!(*table.or_default(UserIx(7)), "");
        assert_eq!(table.values().collect::<Vec<_>>(), [&"a", &""]);
    }
}
