//! Progress of long work, on a terminal only: how far, how many failed, how fast, and how long it still takes.

use std::io::IsTerminal;
use std::time::Duration;

use claque_lab::amount::grouped;
use indicatif::{ProgressBar, ProgressStyle};

/// How often the times of the bar move where nothing else does.
const TICK: Duration = Duration::from_millis(500);

/// A bar on standard error; nothing where that is no terminal.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    /// What is said of what did not go well.
    failing: &'static str,
    failures: u64,
}

impl Progress {
    /// A bar over `total` of something that cannot fail.
    pub(crate) fn new(what: &'static str, total: u64) -> Self {
        Self::of(what, total, "")
    }

    /// A bar over `total` of something, with the number of those that came out badly, such as `failed`.
    pub(crate) fn failing(what: &'static str, total: u64, failing: &'static str) -> Self {
        let progress = Self::of(what, total, failing);
        progress.say_failures();
        progress
    }

    fn of(what: &'static str, total: u64, failing: &'static str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { bar: None, failing, failures: 0 };
        }
        // The rate and the rest are those of the last seconds, so that a slow beginning is forgotten.
        let template = format!(
            "{{bar:24}} {{human_pos}}/{{human_len}} {what}{{msg}}, {{per_sec}}, {{elapsed}}, {{eta}} left"
        );
        let bar = ProgressBar::new(total);
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Self { bar: Some(bar), failing, failures: 0 }
    }

    pub(crate) fn step(&self, by: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(by);
        }
    }

    pub(crate) fn reach(&self, position: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(position);
        }
    }

    /// Counts what came out badly.
    pub(crate) fn fail(&mut self, by: usize) {
        if by > 0 {
            self.failures += by as u64;
            self.say_failures();
        }
    }

    fn say_failures(&self) {
        self.note(&format!("{} {}", grouped(self.failures), self.failing));
    }

    /// Says something beside the count.
    pub(crate) fn note(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!(", {text}"));
        }
    }

    /// Prints something while the bar is out of the way.
    pub(crate) fn aside(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    pub(crate) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
