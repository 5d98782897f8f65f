//! The memory of nonces: each may be used once while its request is still fresh.
//!
//! A nonce is kept until the time window would refuse its request anyway, so memory is bounded by the rate of signed
//! requests, and by a count. Order of forgetting depends on time and text alone, never on a hash.

use std::collections::{BTreeMap, BTreeSet};

use super::{AuthError, Signed, TIME_SKEW_SECONDS_MAX};

/// The nonces of the requests that are still fresh.
#[derive(Clone, Debug)]
pub struct ReplayCache {
    entries_max: usize,
    /// The last second at which each (access key, nonce) is still fresh.
    fresh_until: BTreeMap<(String, String), u64>,
    /// The same, ordered by that second.
    by_time: BTreeSet<(u64, String, String)>,
}

/// Nonces kept at most unless set otherwise.
pub const NONCES_MAX: usize = 1_000_000;

impl Default for ReplayCache {
    fn default() -> Self {
        Self::new(NONCES_MAX)
    }
}

impl ReplayCache {
    /// A memory of at most `entries_max` nonces; past it, the one that expires first is forgotten.
    ///
    /// # Panics
    ///
    /// If `entries_max` is 0: every request would be taken for new.
    #[must_use]
    pub fn new(entries_max: usize) -> Self {
        assert!(entries_max > 0, "a replay cache holds at least one nonce");
        Self { entries_max, fresh_until: BTreeMap::new(), by_time: BTreeSet::new() }
    }

    /// Nonces remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fresh_until.len()
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fresh_until.is_empty()
    }

    /// Records the nonce of a verified request, refusing one that was recorded before and is still fresh.
    ///
    /// Work: O(log n), and O(log n) for each nonce that has expired since the last call.
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

    /// Every nonce that is remembered: access key, nonce, when its request was signed. In order of time.
    #[must_use]
    pub fn used(&self) -> Vec<(String, String, u64)> {
        let all = self.by_time.iter();
        all.map(|(until, key, nonce)| {
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
        let key = (access_key_id.to_owned(), nonce.to_owned());
        if self.fresh_until.contains_key(&key) {
            return Err(AuthError::NonceUsed);
        }
        if self.fresh_until.len() == self.entries_max {
            self.forget_first();
        }
        let until = signed_at.saturating_add(TIME_SKEW_SECONDS_MAX);
        self.by_time.insert((until, key.0.clone(), key.1.clone()));
        self.fresh_until.insert(key, until);
        assert_eq!(self.by_time.len(), self.fresh_until.len(), "both views hold the same nonces");
        Ok(())
    }

    fn forget_before(&mut self, now_seconds: u64) {
        while self.by_time.first().is_some_and(|(until, _, _)| *until < now_seconds) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, access_key_id, nonce)) = self.by_time.pop_first() {
            let known = self.fresh_until.remove(&(access_key_id, nonce));
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
}
