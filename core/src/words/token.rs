//! The token that a client logs on with: derived by the back end, checked here.

use alloc::string::String;

use sha2::{Digest, Sha256};

/// Derives a client's token: SHA-256 over application ID, key, user, nonce, expiry and role, without separators.
///
/// It has 64 lower-case hex digits. `timestamp` is the expiry. Unit: UNIX seconds.
///
/// # Panics
/// Never: four bits are always a hex digit.
///
/// Rule: `token.formula.sha256`
#[must_use]
pub fn client_token(
    app_id: &str,
    app_key: &str,
    user_id: &str,
    nonce: &str,
    timestamp: u64,
    role: &str,
) -> String {
    let digest = Sha256::new()
        .chain_update(app_id)
        .chain_update(app_key)
        .chain_update(user_id)
        .chain_update(nonce)
        .chain_update(alloc::format!("{timestamp}"))
        .chain_update(role)
        .finalize();
    let digit = |value: u8| char::from_digit(u32::from(value), 16).expect("four bits are a hex digit");
    digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Whether two texts are equal, in a time that does not depend on where they differ.
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.len() == right.len() && left.bytes().zip(right.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::{client_token, same};

    #[test]
    fn known_vectors() {
        assert_eq!(
            client_token("demo", "appkey123", "uid1", "AK-nonce", 1_700_000_000, "admin"),
            "1ffa9025713e96302f8d3c011ae71ac21b50f5463072241640a7083f79a3bc5f"
        );
        assert_eq!(
            client_token("demo", "appkey123", "uid1", "", 1_700_000_000, ""),
            "593af4b7954ce5e0a4b283ee948797761b7f3ff8ce80b9ad4761ec841fecebc4"
        );
    }

    #[test]
    fn texts_are_compared_whole() {
        assert!(same("ab", "ab"));
        assert!(!same("ab", "ac"));
        assert!(!same("ab", "abc"));
    }
}
