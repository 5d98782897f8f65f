//! The books on one application.

use std::collections::BTreeMap;
use std::sync::Arc;

use claque_core::{AccountIx, DataCenter, Family, Instant, ModifyLiveMessageAppAudit};

/// What the model knows of an application.
#[derive(Clone, Debug)]
pub(crate) struct AppBooks {
    pub(crate) account: AccountIx,
    /// The family that created it.
    pub(crate) family: Family,
    pub(crate) deleted: bool,
    pub(crate) disabled: bool,
    /// When it was disabled last: its sessions end within a second, one after the other.
    pub(crate) disabled_at: Option<Instant>,
    /// The tier of retention.
    pub(crate) retention: i32,
    /// How messages are moderated: 0 not, 1 by the service's words, 2 by the owner's service.
    pub(crate) audit: i32,
    pub(crate) audit_url: Option<Arc<str>>,
    /// Where its events go; empty: nowhere.
    pub(crate) callback_url: Arc<str>,
    pub(crate) name: Arc<str>,
    /// What its creation was answered with: secret and signature; none of the older family.
    pub(crate) secrets: Option<(Arc<str>, Arc<str>)>,
    /// What the older family keeps of it.
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) extension: BTreeMap<String, String>,
    pub(crate) center: DataCenter,
    /// When it was created, and changed last.
    pub(crate) created: Instant,
    pub(crate) modified: Instant,
}

pub(crate) fn given(url: Option<&String>) -> Option<Arc<str>> {
    url.map(String::as_str).filter(|url| !url.is_empty()).map(Arc::from)
}

impl AppBooks {
    pub(crate) fn new(account: AccountIx, family: Family, name: &str, now: Instant) -> Self {
        Self {
            account,
            family,
            deleted: false,
            disabled: false,
            disabled_at: None,
            retention: 0,
            audit: 0,
            audit_url: None,
            callback_url: Arc::from(""),
            name: name.into(),
            secrets: None,
            config: BTreeMap::new(),
            extension: BTreeMap::new(),
            center: DataCenter::default(),
            created: now,
            modified: now,
        }
    }

    /// Whether a signature is the one that its creation was answered with, as far as that was seen.
    pub(crate) fn is_signed(&self, sign: &str) -> bool {
        self.secrets.as_ref().is_none_or(|(_, known)| **known == *sign)
    }

    /// An address without a method holds only where its owner's service reviews already.
    pub(crate) fn change_audit(&mut self, call: &ModifyLiveMessageAppAudit) {
        let url = given(call.audit_url.as_ref());
        match call.audit_type {
            Some(2) => (self.audit, self.audit_url) = (2, url),
            Some(audit) => (self.audit, self.audit_url) = (audit, None),
            None if self.audit == 2 && url.is_some() => self.audit_url = url,
            None => {}
        }
    }
}
