//! A reader of chats and scenarios for tests: the real one is the simulator's, of which nothing is in a server.

use claque_core::{ClientSend, Duration, Priority};
use claque_server::{ChatReplay, RecordedLine, RecordedLines, ScenarioSteps, ShowReader};
use serde_json::json;

/// Reads chats of lines `SECOND USER TEXT`, and one scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainReader;

impl ShowReader for PlainReader {
    fn chat(&self, bytes: &[u8], how: &ChatReplay) -> Result<RecordedLines, String> {
        let speed = how.speed.as_deref().unwrap_or("1");
        let speed: u64 = speed.parse().map_err(|_| format!("speed: {speed:?} is no number"))?;
        let read = |line: &str| {
            let mut words = line.splitn(3, ' ');
            let at: u64 = words.next()?.parse().ok()?;
            let user: u32 = words.next()?.parse().ok()?;
            let message = ClientSend::new(10_001, Priority::Medium, words.next()?);
            Some(RecordedLine { at: Duration::from_micros(at * 1_000_000 / speed), user, message })
        };
        let text = String::from_utf8_lossy(bytes);
        let lines: Option<_> = text.lines().map(read).collect();
        let lines = lines.ok_or_else(|| format!("{}: not a chat", how.file))?;
        Ok(RecordedLines { format: "plain".to_owned(), users: 2, notes: Vec::new(), lines })
    }

    fn scenario(&self, name: &str, _text: Option<&str>, users: Option<u32>) -> Result<ScenarioSteps, String> {
        if name != "smoke" {
            return Err(format!("no scenario {name:?}"));
        }
        Ok(ScenarioSteps { steps: vec![json!({ "join": users.unwrap_or(1) })], left_out: vec!["faults"] })
    }

    fn scenario_names(&self) -> Vec<&'static str> {
        vec!["smoke"]
    }
}
