//! Mutants of calls and answers that keep a rule where it is asked first, and break it for another value, family or operation.

use claque_core::{Family, Operation};
use serde_json::{Map, Value, json};

use super::{WireMutation, each, put, rename, scale};
use crate::operation::{Kind, OperationSpec};

impl WireMutation {
    /// Damages the parameters of a call.
    pub(super) fn on_params_in_part(self, operation: Operation, pairs: &mut Vec<(String, String)>) {
        let spec = OperationSpec::of(operation);
        let of_kind =
            |name: &str, kind: Kind| spec.parameter(name).is_some_and(|parameter| parameter.kind == kind);
        match self {
            Self::BoolAllCapsRefused => {
                for (name, value) in pairs.iter_mut() {
                    if of_kind(name, Kind::Boolean) && value.bytes().all(|byte| byte.is_ascii_uppercase()) {
                        value.push('?');
                    }
                }
            }
            Self::ListIndexSingleDigit => pairs.retain(|(name, _)| match name.split_once('.') {
                Some((list, index)) => index.len() == 1 || !of_kind(list, Kind::List),
                None => true,
            }),
            Self::ListJsonFirstOnly => {
                for (name, value) in pairs.iter_mut() {
                    if of_kind(name, Kind::List)
                        && let Ok(Value::Array(items)) = serde_json::from_str(value)
                    {
                        *value = json!(items.get(..1)).to_string();
                    }
                }
            }
            Self::ListUnsplitOld if operation.family() == Family::Old => {
                for (name, value) in pairs.iter_mut() {
                    if of_kind(name, Kind::List) && !value.starts_with('[') {
                        *value = value.replace(',', "");
                    }
                }
            }
            Self::NameSenderInfoBoth if operation == Operation::SendLiveMessageUser => {
                rename(pairs, "SenderMetaInfo", "SenderInfo");
            }
            Self::OldDataAscii | Self::OldDataNormalised | Self::OldTypeFractionTaken
                if operation == Operation::SendMessageToGroup =>
            {
                pairs.iter_mut().for_each(|(name, value)| self.on_old_send(name, value));
            }
            _ => self.on_values(operation, pairs),
        }
    }

    /// Damages a parameter of the older group send.
    fn on_old_send(self, name: &str, value: &mut String) {
        match (self, name) {
            (Self::OldDataAscii, "Data") => value.retain(|mark| mark.is_ascii()),
            (Self::OldDataNormalised, "Data") => {
                if let Ok(read) = serde_json::from_str::<Value>(value) {
                    *value = read.to_string();
                }
            }
            (Self::OldTypeFractionTaken, "Type") => {
                value.truncate(value.find('.').unwrap_or(value.len()));
            }
            _ => {}
        }
    }

    /// Damages the answer to an accepted call.
    pub(super) fn on_success_in_part(self, action: &str, body: &mut Map<String, Value>) {
        match (self, action) {
            (Self::AppCreateCenterFixed, "CreateLiveMessageApp") => {
                put(body, "DataCenter", json!("cn-shanghai"));
            }
            (Self::AppDescribeTierFixed, "DescribeLiveMessageApp") => put(body, "MsgLifeCycle", json!(0)),
            (Self::AppListTimesMillis, "ListLiveMessageApps") => {
                each(body, &mut |object| {
                    scale(object, "CreateTime", 1_000, 1);
                    scale(object, "ModifyTime", 1_000, 1);
                });
            }
            (Self::AppsDisableAlwaysFalse, "ListLiveMessageApps") => {
                each(body, &mut |object| put(object, "Disable", json!("false")));
            }
            (Self::GroupDescribeDeletedShort, "DescribeLiveMessageGroup")
                if body.get("Delete") == Some(&json!(true)) =>
            {
                body.retain(|name, _| !matches!(name.as_str(), "AdminList" | "GroupInfo"));
            }
            (Self::GroupListDeleteFalse, "ListLiveMessageGroups" | "ListLiveMessageGroupByPage") => {
                each(body, &mut |object| put(object, "Delete", json!(false)));
            }
            (Self::UserListInfoEmpty, "ListLiveMessageGroupUsers") => {
                each(body, &mut |object| put(object, "UserInfo", json!("")));
            }
            (Self::MessageSendUserOtherId, "SendLiveMessageUser") => put(body, "MsgTid", json!("other")),
            (Self::OldTokenMicros, "GetMessageToken") => {
                each(body, &mut |object| scale(object, "AccessTokenExpiredTime", 1_000, 1));
            }
            _ => self.on_old_success(action, body),
        }
    }
}
