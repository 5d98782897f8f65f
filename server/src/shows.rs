//! Recorded chats and scenarios for a running server. Reading them is the simulator's business, of which nothing is in what serves:
//! the program that starts the server hands a reader over.

use std::collections::VecDeque;

use claque_core::{ClientSend, Duration};
use serde_json::Value;

/// Reads what virtual members are to do.
pub trait ShowReader: std::fmt::Debug + Send + Sync {
    /// Reads a recorded chat.
    ///
    /// # Errors
    /// What is wrong with the recording, or with how it is to be read.
    fn chat(&self, bytes: &[u8], how: &ChatReplay) -> Result<RecordedLines, String>;

    /// The audience of a scenario: a built-in one by its name, or the one of a text.
    ///
    /// # Errors
    /// What is wrong with the name or the text.
    fn scenario(&self, name: &str, text: Option<&str>, users: Option<u32>) -> Result<ScenarioSteps, String>;

    /// The names of the built-in scenarios.
    fn scenario_names(&self) -> Vec<&'static str>;
}

/// How a recorded chat is to be replayed. None: as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatReplay {
    /// What complaints call it.
    pub file: String,
    /// So many times as fast: `10`, `3/2`, `1.5`.
    pub speed: Option<String>,
    /// Where it begins: `first`, a span, or a date.
    pub start: Option<String>,
    /// The unit of its times: `s`, `ms`, `us`, `ns`.
    pub unit: Option<String>,
    /// Whether it is refused when anything in it is wrong.
    pub strict: bool,
}

/// A recorded chat, ready to be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedLines {
    /// The format that it was read from.
    pub format: String,
    /// How many users speak.
    pub users: usize,
    /// What was mended or left out.
    pub notes: Vec<String>,
    /// The messages by time.
    pub lines: VecDeque<RecordedLine>,
}

/// A message of a recorded chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedLine {
    /// From the beginning of the replay.
    pub at: Duration,
    /// Who says it, counted from 0 by first appearance.
    pub user: u32,
    /// What is said.
    pub message: ClientSend,
}

/// The audience of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioSteps {
    /// The steps, as `POST /_claque/crowd/script` takes them.
    pub steps: Vec<Value>,
    /// What of the scenario is in the tester's hands on a server.
    pub left_out: Vec<&'static str>,
}
