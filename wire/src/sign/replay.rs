//! The memory of nonces: each may be used once while its request is still fresh.
//!
//! A nonce is kept until the time window would refuse its request anyway, so memory is bounded by the rate of signed
//! requests, and by a count for each access key. A key that reaches the count has a narrower window from then on: what was
//! signed no later than what had to be forgotten is refused, used or not. One key's requests make nobody forget another's.
//! Order of forgetting depends on time and text alone, never on a hash.

use std::collections::{BTreeMap, BTreeSet};

use super::{AuthError, Signed, TIME_SKEW_SECONDS_MAX};

/// The nonces of the requests that are still fresh.
#[derive(Clone, Debug)]
pub struct ReplayCache {
    entries_max: usize,
    by_key: BTreeMap<String, OfKey>,
    /// What expired before this second is forgotten already.
    swept: u64,
}

/// The nonces of one access key.
#[derive(Clone, Debug, Default)]
struct OfKey {
    /// The last second at which each nonce is still fresh.
    fresh_until: BTreeMap<String, u64>,
    /// The same, ordered by that second.
    by_time: BTreeSet<(u64, String)>,
}

/// Nonces of one access key kept at most unless set otherwise.
pub const NONCES_MAX: usize = 1_000_000;

impl Default for ReplayCache {
    fn default() -> Self {
        Self::new(NONCES_MAX)
    }
}

impl ReplayCache {
    /// A memory of at most `entries_max` nonces of each access key; past it, the one that expires first is forgotten, and
    /// everything that was signed as early is refused.
    ///
    /// # Panics
    ///
    /// If `entries_max` is 0: every request would be taken for new.
    #[must_use]
    pub fn new(entries_max: usize) -> Self {
        assert!(entries_max > 0, "a replay cache holds at least one nonce");
        Self { entries_max, by_key: BTreeMap::new(), swept: 0 }
    }

    /// Nonces remembered. O(access keys).
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.values().map(|of_key| of_key.fresh_until.len()).sum()
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Records the nonce of a verified request, refusing one that was recorded before and is still fresh.
    ///
    /// Work: O(log n), and once a second O(access keys) and O(log n) for each nonce that has expired since.
    ///
    /// # Errors
    ///
    /// [`AuthError::NonceUsed`]; then nothing changes but the forgetting of expired nonces.
    ///
    /// # Panics
    ///
    /// If the two views of the memory disagree, which is a bug of this module.
    pub fn admit(&mut self, now_seconds: u64, signed: &Signed) -> Result<(), AuthError> {
        self.remember(now_seconds, &signed.access_key_id, &signed.nonce, signed.signed_at)
    }

    /// Every nonce that is remembered: access key, nonce, when its request was signed. For each key in order of time.
    #[must_use]
    pub fn used(&self) -> Vec<(String, String, u64)> {
        let all = self
            .by_key
            .iter()
            .flat_map(|(key, of_key)| of_key.by_time.iter().map(move |(until, nonce)| (key, nonce, until)));
        all.map(|(key, nonce, until)| {
            (key.clone(), nonce.clone(), until.saturating_sub(TIME_SKEW_SECONDS_MAX))
        })
        .collect()
    }

    /// Records a nonce that was verified elsewhere, or earlier.
    ///
    /// # Errors
    ///
    /// As [`Self::admit`].
    ///
    /// # Panics
    ///
    /// As [`Self::admit`].
    pub fn remember(
        &mut self,
        now_seconds: u64,
        access_key_id: &str,
        nonce: &str,
        signed_at: u64,
    ) -> Result<(), AuthError> {
        self.forget_before(now_seconds);
        if !self.by_key.contains_key(access_key_id) {
            self.by_key.insert(access_key_id.to_owned(), OfKey::default());
        }
        let of_key = self.by_key.get_mut(access_key_id).expect("it was just put there");
        of_key.remember(nonce, signed_at.saturating_add(TIME_SKEW_SECONDS_MAX), self.entries_max)
    }

    fn forget_before(&mut self, now_seconds: u64) {
        // Times are whole seconds, so that nothing expires within one.
        if now_seconds <= self.swept {
            return;
        }
        self.swept = now_seconds;
        self.by_key.retain(|_, of_key| {
            while of_key.by_time.first().is_some_and(|(until, _)| *until < now_seconds) {
                of_key.forget_first();
            }
            !of_key.by_time.is_empty()
        });
    }
}

impl OfKey {
    fn remember(&mut self, nonce: &str, until: u64, entries_max: usize) -> Result<(), AuthError> {
        if self.fresh_until.contains_key(nonce) {
            return Err(AuthError::NonceUsed);
        }
        if self.fresh_until.len() >= entries_max {
            // What was forgotten expires no later than the first that is left: as early a nonce may have been used.
            if self.by_time.first().is_some_and(|(first, _)| until <= *first) {
                return Err(AuthError::NonceUsed);
            }
            self.forget_first();
        }
        self.by_time.insert((until, nonce.to_owned()));
        self.fresh_until.insert(nonce.to_owned(), until);
        assert_eq!(self.by_time.len(), self.fresh_until.len(), "both views hold the same nonces");
        Ok(())
    }

    fn forget_first(&mut self) {
        if let Some((_, nonce)) = self.by_time.pop_first() {
            let known = self.fresh_until.remove(&nonce);
            assert!(known.is_some(), "both views hold the same nonces");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{API_VERSION, Scheme, check_time};
    use super::*;

    fn signed(key: &str, nonce: &str, signed_at: u64) -> Signed {
        Signed {
            scheme: Scheme::Acs3Sha256,
            access_key_id: key.to_owned(),
            security_token: None,
            nonce: nonce.to_owned(),
            signed_at,
            action: "A".to_owned(),
            version: API_VERSION.to_owned(),
            params: crate::param::ParamMap::default(),
            empty_unsigned: false,
        }
    }

    #[test]
    fn a_nonce_counts_once_per_key_while_its_request_is_fresh() {
        let mut cache = ReplayCache::default();
        assert_eq!(cache.admit(1_000, &signed("k", "n", 1_000)), Ok(()));
        assert_eq!(cache.admit(1_001, &signed("k", "n", 1_000)), Err(AuthError::NonceUsed));
        assert_eq!(cache.admit(1_001, &signed("k", "m", 1_000)), Ok(()));
        assert_eq!(cache.admit(1_001, &signed("other", "n", 1_000)), Ok(()));
        assert_eq!(cache.admit(1_900, &signed("k", "n", 1_000)), Err(AuthError::NonceUsed));
        assert_eq!(cache.len(), 3);
    }

    #[test]
    fn a_nonce_is_forgotten_only_when_the_time_window_refuses_its_request() {
        let mut cache = ReplayCache::default();
        let early = signed("k", "n", 2_000);
        assert_eq!(cache.admit(1_100, &early), Ok(()));
        for now in 1_100..=2_900 {
            assert_eq!(cache.admit(now, &early), Err(AuthError::NonceUsed));
            assert_eq!(check_time(now, &early), Ok(()));
        }
        assert_eq!(check_time(2_901, &early), Err(AuthError::TimeExpired));
        assert_eq!(cache.admit(2_901, &signed("k", "m", 2_901)), Ok(()));
        assert_eq!(cache.len(), 1, "the expired nonce is gone");
    }

    #[test]
    fn a_full_memory_forgets_what_expires_first() {
        let mut cache = ReplayCache::new(2);
        assert_eq!(cache.admit(1_000, &signed("k", "late", 1_010)), Ok(()));
        assert_eq!(cache.admit(1_000, &signed("k", "soon", 1_000)), Ok(()));
        assert_eq!(cache.admit(1_000, &signed("k", "third", 1_005)), Ok(()));
        assert_eq!(cache.len(), 2);
        assert_eq!(cache.admit(1_000, &signed("k", "late", 1_010)), Err(AuthError::NonceUsed));
        assert_eq!(cache.admit(1_000, &signed("k", "third", 1_005)), Err(AuthError::NonceUsed));
    }
    #[test]
    fn what_a_full_memory_has_forgotten_is_refused_and_another_keys_is_not_forgotten() {
        let mut cache = ReplayCache::new(2);
        assert_eq!(cache.admit(1_000, &signed("other", "n", 1_000)), Ok(()));
        for (nonce, at) in [("a", 1_000), ("b", 1_001), ("c", 1_002), ("d", 1_003)] {
            assert_eq!(cache.admit(1_000, &signed("k", nonce, at)), Ok(()));
        }
        for (nonce, at) in [("a", 1_000), ("b", 1_001), ("new", 1_002)] {
            let refused = cache.admit(1_000, &signed("k", nonce, at));
            assert_eq!(refused, Err(AuthError::NonceUsed), "{nonce} may have been used");
        }
        assert_eq!(cache.admit(1_000, &signed("other", "n", 1_000)), Err(AuthError::NonceUsed));
        assert_eq!(cache.admit(1_000, &signed("k", "new", 1_004)), Ok(()), "what is signed later goes on");
        // The window's own end frees the memory: from there on the time decides.
        assert_eq!(cache.admit(1_905, &signed("k", "a", 1_905)), Ok(()));
        assert_eq!(cache.len(), 1);
    }
}
