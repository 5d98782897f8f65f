//! What a program without the feature `queue` says of queues.

use claque_lab::unit::CampaignRecord;

use super::options::{CollectArguments, QueueArguments};
use crate::campaign::place::CampaignPlace;
use crate::campaign::source::ListedUnits;
use crate::campaign::status::not_built_for;
use crate::{CommandFailure, Done};

fn refusal() -> CommandFailure {
    not_built_for("--nats", "queue")
}

pub(in crate::campaign) fn campaign_of(_: &QueueArguments) -> Result<CampaignRecord, CommandFailure> {
    Err(refusal())
}

pub(in crate::campaign) fn feed(_: &QueueArguments, _: &CampaignRecord, _: &[u64]) -> Done {
    Err(refusal())
}

pub(in crate::campaign) fn source(
    _: &QueueArguments,
    _: &CampaignRecord,
    _: &CampaignPlace,
) -> Result<ListedUnits<'static>, CommandFailure> {
    Err(refusal())
}

pub(in crate::campaign) fn collect(_: &CollectArguments) -> Done {
    Err(refusal())
}
