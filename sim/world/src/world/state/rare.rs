//! States that few users are in.

use std::collections::{BTreeMap, BTreeSet};

use crate::network::ReadingLists;

/// States that few users are in.
#[derive(Debug, Default)]
pub(crate) struct RareStates {
    /// Users who log on next with the token that they had.
    pub(crate) old_token: BTreeSet<u32>,
    /// How far steps have set users' clocks. Unit: microseconds.
    pub(crate) stepped: BTreeMap<u32, i64>,
    /// Users in the part of the world that does not heal after the show.
    pub(crate) unhealed: BTreeSet<u32>,
    /// How often users have pulled again after the show.
    pub(crate) pulled_again: BTreeMap<u32, u8>,
    /// Users who missed HIGH messages when too little time was left after the show to pull once more.
    pub(crate) out_of_time: BTreeSet<u32>,
    /// Users whose link the service has refused since the world healed, the first time for an old token left out.
    pub(crate) turned_away: BTreeSet<u32>,
    /// How far slow readers are behind.
    pub(crate) reading: ReadingLists,
}
