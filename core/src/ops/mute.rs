//! Server-side operations: mute.

use crate::account::Caller;
use crate::mutation::Defects;
use crate::refusal::Refusal;
use crate::request::{
    AddLiveMessageGroupBand, BanLiveMessageGroup, DescribeLiveMessageGroupBand, ModifyLiveMessageGroupBand,
    RemoveLiveMessageGroupBand, UnbanLiveMessageGroup,
};
use crate::response::Reply;
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn add_live_message_group_band(
        &mut self,
        _caller: &Caller,
        _call: AddLiveMessageGroupBand,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn remove_live_message_group_band(
        &mut self,
        _caller: &Caller,
        _call: RemoveLiveMessageGroupBand,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn ban_live_message_group(
        &mut self,
        _caller: &Caller,
        _call: BanLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn unban_live_message_group(
        &mut self,
        _caller: &Caller,
        _call: UnbanLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn modify_live_message_group_band(
        &mut self,
        _caller: &Caller,
        _call: ModifyLiveMessageGroupBand,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn describe_live_message_group_band(
        &mut self,
        _caller: &Caller,
        _call: DescribeLiveMessageGroupBand,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }
}
