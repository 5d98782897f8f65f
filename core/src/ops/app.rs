//! Server-side operations: app.

use crate::account::Caller;
use crate::mutation::Defects;
use crate::refusal::Refusal;
use crate::request::{
    CreateLiveMessageApp, DescribeLiveMessageApp, ListLiveMessageApps, ModifyLiveMessageAppAudit,
    ModifyLiveMessageAppCallback, ModifyLiveMessageAppDisable,
};
use crate::response::Reply;
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn create_live_message_app(
        &mut self,
        _caller: &Caller,
        _call: CreateLiveMessageApp,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn describe_live_message_app(
        &mut self,
        _caller: &Caller,
        _call: DescribeLiveMessageApp,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn list_live_message_apps(
        &mut self,
        _caller: &Caller,
        _call: ListLiveMessageApps,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn modify_live_message_app_audit(
        &mut self,
        _caller: &Caller,
        _call: ModifyLiveMessageAppAudit,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn modify_live_message_app_callback(
        &mut self,
        _caller: &Caller,
        _call: ModifyLiveMessageAppCallback,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn modify_live_message_app_disable(
        &mut self,
        _caller: &Caller,
        _call: ModifyLiveMessageAppDisable,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }
}
