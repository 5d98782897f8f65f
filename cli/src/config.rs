//! The configuration file of `claque serve`.

use std::path::Path;
use std::sync::Arc;

use claque_conformance::file::{WRITTEN_BYTES_MAX, read_text};
use claque_core::Policy;
use claque_document::diagnostic::Diagnostic;
use claque_server::{AccessKey, Options};
use serde::Deserialize;

use crate::CommandFailure;
use crate::run_plan::refused;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    /// Account IDs; keys name them by position. Default: one account, 1000.
    accounts: Option<Vec<String>>,
    #[serde(default, rename = "key")]
    keys: Vec<ConfiguredKey>,
    /// Words that the built-in moderation refuses.
    #[serde(default)]
    refused_words: Vec<String>,
    /// A file with one refused word a line.
    refused_words_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConfiguredKey {
    id: String,
    secret: String,
    security_token: Option<String>,
    /// The account's ID.
    account: Option<String>,
    /// A RAM user's policy; none: the account itself.
    policy: Option<toml::Value>,
    /// The same, as a JSON file of its own.
    policy_file: Option<String>,
}

/// Reads the file into the options.
pub(crate) fn read(path: &Path, options: &mut Options) -> Result<(), CommandFailure> {
    let wrong = |error: String| CommandFailure::Usage(format!("{}: {error}", path.display()));
    let text = crate::input::read_written(path)?;
    let misread = |error| refused(&Diagnostic::from_toml(&path.display().to_string(), &text, &error));
    let file: File = toml::from_str(&text).map_err(misread)?;
    if let Some(accounts) = file.accounts {
        if accounts.is_empty() || accounts.iter().any(String::is_empty) {
            return Err(wrong("accounts must name at least one, none of them empty".to_owned()));
        }
        options.config.accounts = accounts;
    }
    options.config.refused_words = file.refused_words;
    if let Some(words) = file.refused_words_file {
        let words = path.parent().unwrap_or_else(|| Path::new(".")).join(words);
        let text = read_text(&words, WRITTEN_BYTES_MAX).map_err(wrong)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        options.config.refused_words.extend(lines.map(str::to_owned));
    }
    let accounts = options.config.accounts.clone();
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let keys: Result<Vec<AccessKey>, String> =
        file.keys.into_iter().map(|key| access_key(key, &accounts, folder)).collect();
    let keys = keys.map_err(wrong)?;
    for (at, key) in keys.iter().enumerate() {
        if keys[..at].iter().any(|other| other.id == key.id) {
            return Err(wrong(format!("key {:?} is there twice", key.id)));
        }
    }
    if !keys.is_empty() {
        options.access_keys = keys;
    }
    Ok(())
}

fn access_key(key: ConfiguredKey, accounts: &[String], folder: &Path) -> Result<AccessKey, String> {
    let of_key = |error: String| format!("key {:?}: {error}", key.id);
    // A caller that sends no token would have it.
    for (name, value) in [
        ("id", Some(&key.id)),
        ("secret", Some(&key.secret)),
        ("security-token", key.security_token.as_ref()),
    ] {
        if value.is_some_and(String::is_empty) {
            return Err(of_key(format!(
                "{name} is empty, so that anybody has it; give one, or take the line out"
            )));
        }
    }
    let at = match &key.account {
        None => 0,
        Some(id) => accounts
            .iter()
            .position(|known| known == id)
            .ok_or_else(|| of_key(format!("account {id:?} is none of {}", accounts.join(", "))))?,
    };
    let account = u32::try_from(at).map_err(|_| "too many accounts".to_owned())?;
    let policy = policy_of(&key, folder).map_err(of_key)?.map(Arc::new);
    Ok(AccessKey { id: key.id, secret: key.secret, security_token: key.security_token, account, policy })
}

fn policy_of(key: &ConfiguredKey, folder: &Path) -> Result<Option<Policy>, String> {
    let value = match (&key.policy, &key.policy_file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err("policy and policy-file: one of them".to_owned()),
        (Some(value), None) => serde_json::to_value(value).map_err(|error| format!("policy: {error}"))?,
        (None, Some(file)) => {
            let file = folder.join(file);
            serde_json::Value::String(read_text(&file, WRITTEN_BYTES_MAX)?)
        }
    };
    crate::policy::read(&value).map(Some).map_err(|error| format!("policy: {error}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use claque_server::Options;
    use serde::Deserialize;

    use super::{ConfiguredKey, File, read};
    use crate::CommandFailure;

    /// What the reader says to a key that it does not know names those that it does.
    fn known<T: for<'de> Deserialize<'de>>() -> BTreeSet<String> {
        let Err(error) = toml::from_str::<T>("no-such-key = 1") else { panic!("nobody knows this key") };
        let error = error.to_string();
        let (_, list) = error.split_once("expected one of ").expect("the known ones are listed");
        let list = list.lines().next().expect("a line");
        list.split(", ").map(|name| name.trim_matches('`').to_owned()).collect()
    }

    fn file(text: &str) -> Result<Options, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("claque.toml");
        std::fs::write(&path, text).expect("a file");
        std::fs::write(folder.path().join("words.txt"), "darn\n").expect("a file");
        let policy =
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"live:List*","Resource":"*"}]}"#;
        std::fs::write(folder.path().join("viewer.json"), policy).expect("a file");
        let mut options = Options::default();
        match read(&path, &mut options) {
            Ok(()) => Ok(options),
            Err(CommandFailure::Usage(text)) => Err(text),
            Err(_) => Err("not the user's fault".to_owned()),
        }
    }

    const PAGE: &str = include_str!("../../docs/config.md");

    #[test]
    fn the_page_names_every_key_that_is_read_and_no_other() {
        let rows = |title: &str| -> BTreeSet<String> {
            let (_, part) = PAGE.split_once(title).expect("the table's title");
            let rows = part.lines().skip(1).skip_while(|line| !line.starts_with('|'));
            let cells =
                rows.take_while(|line| line.starts_with('|')).skip(2).filter_map(|row| row.split('|').nth(1));
            cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
        };
        assert_eq!(rows("## The file"), known::<File>());
        assert_eq!(rows("## `[[key]]`"), known::<ConfiguredKey>());
    }

    #[test]
    fn every_example_of_the_page_is_read() {
        let examples: Vec<&str> =
            PAGE.split("```toml\n").skip(1).filter_map(|part| part.split("```").next()).collect();
        assert!(examples.len() >= 3, "a whole file, and each way to write a policy");
        let mut policies = Vec::new();
        for example in examples {
            let options = file(example).unwrap_or_else(|error| panic!("{error}:\n{example}"));
            policies.extend(options.access_keys.iter().filter_map(|key| key.policy.clone()));
        }
        assert!(
            policies.len() >= 3 && policies.windows(2).all(|pair| pair[0] == pair[1]),
            "they all say the same"
        );
    }

    #[test]
    fn what_would_leave_a_door_open_is_refused() {
        for (text, part) in [
            ("[[key]]\nid = \"a\"\nsecret = \"\"", "secret is empty"),
            ("[[key]]\nid = \"\"\nsecret = \"s\"", "id is empty"),
            ("[[key]]\nid = \"a\"\nsecret = \"s\"\nsecurity-token = \"\"", "security-token is empty"),
            ("[[key]]\nid = \"a\"\nsecret = \"s\"\n[[key]]\nid = \"a\"\nsecret = \"t\"", "there twice"),
            ("[[key]]\nid = \"a\"\nsecret = \"s\"\naccount = \"9\"", "account \"9\" is none of 1000"),
            ("[[key]]\nid = \"a\"\nsecret = \"s\"\npolicy = 3", "an object with Version and Statement"),
            (
                "[[key]]\nid = \"a\"\nsecret = \"s\"\npolicy = []\npolicy-file = \"viewer.json\"",
                "one of them",
            ),
            ("[[key]]\nid = \"a\"\nsecret = \"s\"\npolicy-file = \"none.json\"", "none.json"),
            ("accounts = []", "at least one"),
            ("accounts = [\"\"]", "none of them empty"),
            ("keys = []", "did you mean `key`?"),
        ] {
            let error = file(text).expect_err("refused");
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
