//! The configuration file of `claque serve`.

use std::path::Path;
use std::sync::Arc;

use claque_core::{Effect, Policy, Statement};
use claque_server::{AccessKey, Options};
use serde::Deserialize;

use crate::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    /// Account IDs; keys name them by position. Default: one account, 1000.
    accounts: Option<Vec<String>>,
    #[serde(default, rename = "key")]
    keys: Vec<Key>,
    /// Words that the built-in moderation refuses.
    #[serde(default)]
    refused_words: Vec<String>,
    /// A file with one refused word a line.
    refused_words_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Key {
    id: String,
    secret: String,
    security_token: Option<String>,
    /// The account's ID.
    account: Option<String>,
    /// A RAM user's policy; none: the account itself.
    policy: Option<Vec<PolicyStatement>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyStatement {
    effect: PolicyEffect,
    action: Vec<String>,
    resource: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
enum PolicyEffect {
    Allow,
    Deny,
}

/// Reads the file into the options.
pub(crate) fn read(path: &Path, options: &mut Options) -> Result<(), Failure> {
    let wrong = |error: String| Failure::Usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let file: File = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if let Some(accounts) = file.accounts {
        if accounts.is_empty() {
            return Err(wrong("accounts must name at least one".to_owned()));
        }
        options.config.accounts = accounts;
    }
    options.config.refused_words = file.refused_words;
    if let Some(words) = file.refused_words_file {
        let words = path.parent().unwrap_or_else(|| Path::new(".")).join(words);
        let text = std::fs::read_to_string(&words)
            .map_err(|error| wrong(format!("{}: {error}", words.display())))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        options.config.refused_words.extend(lines.map(str::to_owned));
    }
    let accounts = options.config.accounts.clone();
    let keys: Result<Vec<AccessKey>, String> =
        file.keys.into_iter().map(|key| access_key(key, &accounts)).collect();
    let keys = keys.map_err(wrong)?;
    if !keys.is_empty() {
        options.access_keys = keys;
    }
    Ok(())
}

fn access_key(key: Key, accounts: &[String]) -> Result<AccessKey, String> {
    let at = match &key.account {
        None => 0,
        Some(id) => accounts
            .iter()
            .position(|known| known == id)
            .ok_or_else(|| format!("key {:?}: account {id:?} is none of {}", key.id, accounts.join(", ")))?,
    };
    let account = u32::try_from(at).map_err(|_| "too many accounts".to_owned())?;
    let policy = key.policy.map(|statements| {
        let statements = statements.into_iter().map(|statement| Statement {
            effect: match statement.effect {
                PolicyEffect::Allow => Effect::Allow,
                PolicyEffect::Deny => Effect::Deny,
            },
            actions: statement.action,
            resources: statement.resource,
        });
        Arc::new(Policy { statements: statements.collect() })
    });
    Ok(AccessKey { id: key.id, secret: key.secret, security_token: key.security_token, account, policy })
}
