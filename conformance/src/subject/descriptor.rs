//! A subject's descriptor: where it is, how it is called, and what it can do, as TOML.
//!
//! Secrets never stand in a descriptor: it names the environment variables that hold them. `docs/plugging-in.md` is the
//! manual.

use std::path::Path;
use std::time::Duration;

use claque_core::Operation;
use claque_document::diagnostic::Diagnostic;
use claque_wire::client::ClientStyle;
use claque_wire::operation::OperationSpec;
use claque_wire::sign::Credentials;
use serde::{Deserialize, Deserializer};

use super::words::SubjectError;
use crate::file::{WRITTEN_BYTES_MAX, read_text};

/// The largest `patience-seconds`: a day.
pub const PATIENCE_SECONDS_MAX: u64 = 86_400;
/// The largest `ready-seconds`: an hour.
pub const READY_SECONDS_MAX: u64 = 3_600;
/// The largest `settle-millis`: a minute, since every step waits as long.
pub const SETTLE_MILLIS_MAX: u64 = 60_000;

/// Address and capabilities of a subject that is reached over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Descriptor {
    /// The name that reports give it.
    pub name: String,
    /// Where it is: `http://HOST:PORT`. Absent only where `start` says it.
    pub endpoint: Option<String>,
    /// A shell command that starts it and prints `ready ENDPOINT` as its first line; it ends with the run. It finds the
    /// credentials in the environment variables named below, made up for the occasion where they are not set.
    pub start: Option<String>,
    /// A PEM file of certificate authorities, for an endpoint with a certificate of its own making.
    pub certificate_authorities: Option<String>,
    /// The client library whose habits calls have, unless a case says: it decides the signature scheme, too.
    #[serde(default = "typescript")]
    pub client: String,
    /// The operations it offers; none: all that are documented.
    pub operations: Option<Vec<String>>,
    /// Who calls.
    pub credentials: CredentialNames,
    /// A caller of a second account, where there is one.
    pub other_account: Option<CredentialNames>,
    /// Its capabilities beyond answering calls.
    #[serde(default)]
    pub capabilities: Declared,
    /// Whether applications that cases make may stay in the account: no operation deletes them. Otherwise cases share one where
    /// they can, and those that cannot are not applicable.
    #[serde(default)]
    pub leaves_applications: bool,
    /// The file in which the service keeps its journal, `$CLAQUE_DATA` in it being the directory that a `start` finds in the
    /// environment variable of this name: where a case restarts the service, it goes on from what stands there.
    pub journal: Option<String>,
    /// The longest that a case may take where the clock cannot be set. Unit: seconds, 1 to [`PATIENCE_SECONDS_MAX`].
    #[serde(default = "patience", deserialize_with = "patience_within")]
    pub patience_seconds: u64,
    /// The longest that `start` may take to say `ready`. Unit: seconds, 1 to [`READY_SECONDS_MAX`].
    #[serde(default = "ready", deserialize_with = "ready_within")]
    pub ready_seconds: u64,
    /// Time that whatever an action leads to needs to arrive, where the subject cannot say. Unit: milliseconds, 0 to
    /// [`SETTLE_MILLIS_MAX`].
    #[serde(default = "settle", deserialize_with = "settle_within")]
    pub settle_millis: u64,
}

/// The environment variables that hold a caller's credentials.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CredentialNames {
    /// Holds the access key's ID.
    pub id_env: String,
    /// Holds its secret.
    pub secret_env: String,
    /// Holds the token of a temporary key.
    pub security_token_env: Option<String>,
}

/// The capabilities that a subject claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Declared {
    /// It has Claque's control API under `/_claque/`: its clock, set-up, callers, console and ledger are in the suite's
    /// hands, callbacks are sent through the suite's proxy, and it tells which rules decided.
    pub control: bool,
    /// Audience clients connect over the WebSocket of `docs/asyncapi.yaml`.
    pub audience: bool,
}

fn typescript() -> String {
    ClientStyle::TypeScript.name().to_owned()
}

const fn patience() -> u64 {
    10
}

const fn ready() -> u64 {
    60
}

const fn settle() -> u64 {
    50
}

/// Reads a number within its bounds; the reader of the file adds the place to the complaint.
fn within<'de, D: Deserializer<'de>>(from: D, least: u64, most: u64) -> Result<u64, D::Error> {
    let number = i128::from(i64::deserialize(from)?);
    let right = u64::try_from(number).ok().filter(|number| (least..=most).contains(number));
    right.ok_or_else(|| {
        serde::de::Error::custom(format_args!("{number} is not a whole number from {least} to {most}"))
    })
}

fn patience_within<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    within(from, 1, PATIENCE_SECONDS_MAX)
}

fn ready_within<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    within(from, 1, READY_SECONDS_MAX)
}

fn settle_within<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    within(from, 0, SETTLE_MILLIS_MAX)
}

impl Descriptor {
    /// Reads a descriptor.
    ///
    /// # Errors
    /// The mistake in it, with line and column.
    pub fn parse(file: &str, text: &str) -> Result<Self, SubjectError> {
        let made: Self = toml::from_str(text)
            .map_err(|error| SubjectError(Diagnostic::from_toml(file, text, &error).to_string()))?;
        let wrong = |said: String| Err(SubjectError(format!("{file}: {said}")));
        if made.endpoint.is_none() && made.start.is_none() {
            return wrong("say where the subject is: `endpoint`, or `start` with a command".to_owned());
        }
        if ClientStyle::from_name(&made.client).is_none() {
            let known: Vec<&str> = ClientStyle::ALL.iter().map(|style| style.name()).collect();
            return wrong(format!("no client library {:?}; there are {}", made.client, known.join(", ")));
        }
        for name in made.operations.iter().flatten() {
            if OperationSpec::named(name).is_none() {
                return wrong(format!(
                    "operations: {name:?} is no documented operation; `claque call --operations` lists them"
                ));
            }
        }
        Ok(made)
    }

    /// Reads the descriptor in a file.
    ///
    /// # Errors
    /// That it cannot be read, or what is wrong with it.
    pub fn load(path: &Path) -> Result<Self, SubjectError> {
        let file = path.display().to_string();
        let text = read_text(path, WRITTEN_BYTES_MAX).map_err(SubjectError)?;
        Self::parse(&file, &text)
    }

    /// The habits of calls that no case gives others.
    pub(super) fn style(&self) -> ClientStyle {
        ClientStyle::from_name(&self.client).unwrap_or(ClientStyle::TypeScript)
    }

    /// Whether the subject offers an operation.
    pub(super) fn offers(&self, operation: Operation) -> bool {
        let offered = self.operations.as_ref();
        offered.is_none_or(|offered| offered.iter().any(|name| name == operation.name()))
    }

    pub(super) const fn settle(&self) -> Duration {
        Duration::from_millis(self.settle_millis)
    }
}

impl CredentialNames {
    /// The credentials that an environment holds. `variable` finds a variable's value.
    ///
    /// # Errors
    /// The variable that is not set.
    pub fn read(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Credentials, SubjectError> {
        let need = |name: &str| {
            let value = variable(name).filter(|value| !value.is_empty());
            value.ok_or_else(|| {
                SubjectError(format!(
                    "the environment variable {name} is not set; the descriptor reads credentials there"
                ))
            })
        };
        Ok(Credentials {
            access_key_id: need(&self.id_env)?,
            access_key_secret: need(&self.secret_env)?,
            security_token: self.security_token_env.as_deref().map(need).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Descriptor;

    const SMALLEST: &str = "name = \"x\"\nendpoint = \"http://localhost:1\"\n\
                            [credentials]\nid-env = \"ID\"\nsecret-env = \"SECRET\"\n";

    #[test]
    fn the_smallest_descriptor_can_call_and_nothing_else() {
        let read = Descriptor::parse("x.toml", SMALLEST).expect("it reads");
        assert!(!read.capabilities.control && !read.capabilities.audience);
        assert_eq!(read.style().name(), "typescript");
        assert!(read.offers(claque_core::Operation::SendLiveMessageGroup));
        let named = |name: &str| Some(format!("value of {name}"));
        let credentials = read.credentials.read(named).expect("both are set");
        assert_eq!(credentials.access_key_secret, "value of SECRET");
        let missing = read.credentials.read(|name| (name == "ID").then(String::new));
        assert!(missing.is_err_and(|error| error.0.contains("ID is not set")));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, said) in [
            (SMALLEST.replace("endpoint", "# endpoint"), "say where the subject is"),
            (format!("client = \"perl\"\n{SMALLEST}"), "no client library \"perl\""),
            (format!("operations = [\"Sing\"]\n{SMALLEST}"), "\"Sing\" is no documented operation"),
            (format!("secret = \"s\"\n{SMALLEST}"), "`secret`"),
        ] {
            let error = Descriptor::parse("x.toml", &text).expect_err(said);
            assert!(error.0.contains(said) && error.0.contains("x.toml"), "{error}");
        }
    }

    /// The bounds are those of the table in `fixtures/README.md`.
    #[test]
    fn every_number_of_a_descriptor_has_the_bounds_of_its_table() {
        let page = include_str!("../../../fixtures/README.md");
        let (_, table) = page.split_once("## Subjects").expect("the formats of subjects");
        let (table, _) = table.split_once("## Lists").expect("what follows");
        let mut numbers = 0;
        for row in table.lines().filter(|row| row.contains("| number,")) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let key = cells[1].trim_matches('`');
            let (least, most) =
                cells[2].trim_start_matches("number, ").split_once(" to ").expect("two bounds");
            let bounds: Vec<i64> =
                [least, most].iter().map(|text| text.replace(',', "").parse().expect("a number")).collect();
            let read = |value: i128| Descriptor::parse("x.toml", &format!("{key} = {value}\n{SMALLEST}"));
            let outside = [
                i128::from(bounds[0]) - 1,
                i128::from(bounds[1]) + 1,
                4_294_967_295,
                i128::from(i64::MAX),
                i128::from(i64::MIN),
            ];
            for value in outside {
                let error = read(value).expect_err("it is out of its bounds").0;
                let bounds = format!("a whole number from {} to {}", bounds[0], bounds[1]);
                assert!(error.contains(&bounds) && error.contains("x.toml:1:"), "{key} = {value}: {error}");
                assert!(error.contains(key), "{error}");
            }
            for bound in bounds {
                assert!(read(bound.into()).is_ok(), "{key} = {bound}");
            }
            numbers += 1;
        }
        assert_eq!(numbers, 3);
    }
}
