//! The addition of the newer of the two header schemes: a key derived for one day, region and product.
//!
//! `Credential` names them behind the access key: `<key>/<yyyyMMdd>/<region>/<product>/aliyun_v4_request`. Somebody who gets hold
//! of a derived key can sign for that day, region and product alone, so all three are checked: the day is that of the signed
//! date, the product is this one.

use super::acs3::Hash;

/// The last part of every scope.
const TERMINATOR: &str = "aliyun_v4_request";

/// The prefix of a secret before the first step.
const PREFIX: &str = "aliyun_v4";

/// The product that the operations belong to. The client runtimes write it as they were made, in any case.
const PRODUCT: &str = "live";

/// Bytes of a region at most; client runtimes take it from the endpoint's name where none is set.
const REGION_BYTES_MAX: usize = 255;

/// The parts of a scoped `Credential`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scope<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) day: &'a str,
    pub(super) region: &'a str,
    pub(super) product: &'a str,
}

impl<'a> Scope<'a> {
    /// Reads a `Credential`; `None` if it is not one for this product.
    pub(super) fn read(credential: &'a str) -> Option<Self> {
        let (rest, terminator) = credential.rsplit_once('/')?;
        let (rest, product) = rest.rsplit_once('/')?;
        let (rest, region) = rest.rsplit_once('/')?;
        let (access_key_id, day) = rest.rsplit_once('/')?;
        let ours = terminator == TERMINATOR && product.eq_ignore_ascii_case(PRODUCT);
        let named = !access_key_id.is_empty() && !region.is_empty() && region.len() <= REGION_BYTES_MAX;
        (ours && named).then_some(Self { access_key_id, day, region, product })
    }

    /// Whether a signed date lies on the scope's day.
    pub(super) fn is_of(&self, date: &str) -> bool {
        let day: String = date.chars().take(10).filter(|mark| *mark != '-').collect();
        self.day == day
    }

    /// The key that signs: four times the hash, each keyed with what came before.
    pub(super) fn key(&self, hash: Hash, secret: &str) -> Vec<u8> {
        let mut key = format!("{PREFIX}{secret}").into_bytes();
        for part in [self.day, self.region, self.product, TERMINATOR] {
            key = hash.keyed(&key, part.as_bytes());
        }
        key
    }

    /// The scope as it stands in a `Credential`.
    pub(super) fn write(&self) -> String {
        let Self { access_key_id, day, region, product } = self;
        format!("{access_key_id}/{day}/{region}/{product}/{TERMINATOR}")
    }

    /// The scope of this product on the day of a date, in no region of its own.
    pub(super) fn of(access_key_id: &'a str, day: &'a str) -> Self {
        Self { access_key_id, day, region: "center", product: PRODUCT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_has_five_parts_and_is_of_this_product() {
        let text = "a/key/20261129/cn-shanghai/Live/aliyun_v4_request";
        let scope = Scope::read(text).expect("it is one");
        assert_eq!((scope.access_key_id, scope.day), ("a/key", "20261129"));
        assert_eq!((scope.region, scope.product), ("cn-shanghai", "Live"));
        assert_eq!(scope.write(), text);
        assert!(scope.is_of("2026-11-29T00:00:00Z") && !scope.is_of("2026-11-28T23:59:59Z"));
        for other in [
            "key",
            "20261129/center/live/aliyun_v4_request",
            "/20261129/center/live/aliyun_v4_request",
            "key/20261129//live/aliyun_v4_request",
            "key/20261129/center/ecs/aliyun_v4_request",
            "key/20261129/center/live/aliyun_v3_request",
            "key/20261129/center/live/aliyun_v4_request/",
        ] {
            assert_eq!(Scope::read(other), None, "{other}");
        }
    }
}
