//! What was seen, put together: calls with their answers, viewers with their links.

use serde_json::Value as Json;

use crate::plan::SpoiltFrame;
use crate::seen::{HowSent, LinkOver, Log, MadeCall, Sight, Sighting};

/// A call, from its sending to its answer.
#[derive(Debug)]
pub(crate) struct CallStory<'a> {
    pub(crate) number: usize,
    pub(crate) made: &'a MadeCall,
    pub(crate) life: usize,
    pub(crate) sent: u64,
    pub(crate) how: HowSent,
    /// Status and body, and when they came.
    pub(crate) answer: Option<(u64, u16, &'a Json)>,
    /// Why no answer came, and when that was known.
    pub(crate) lost: Option<(u64, &'static str)>,
}

impl CallStory<'_> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.made.name == name
    }

    pub(crate) fn accepted(&self) -> bool {
        self.answer.is_some_and(|(_, status, _)| (200..300).contains(&status))
    }

    /// It was refused, so that it changed nothing. An error of the server's leaves that open.
    pub(crate) fn refused(&self) -> bool {
        self.answer.is_some_and(|(_, status, _)| (300..500).contains(&status))
    }

    /// When it had certainly happened; for ever where nobody knows.
    pub(crate) fn until(&self) -> u64 {
        self.answer.filter(|_| self.accepted()).map_or(u64::MAX, |(at, ..)| at)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.made.parameters.get(name).and_then(Json::as_str)
    }
}

/// One link of a viewer: everything that passed over it.
#[derive(Debug)]
pub(crate) struct Link<'a> {
    pub(crate) viewer: usize,
    pub(crate) life: usize,
    pub(crate) up: u64,
    /// When it ended and how.
    pub(crate) down: (u64, LinkOver),
    /// What was sent and received, in order; sent is true for what the viewer sent.
    pub(crate) frames: Vec<(u64, bool, &'a Json)>,
    /// From here on no heartbeats were sent.
    pub(crate) silent: Option<u64>,
    /// Something was sent that it cannot outlive.
    pub(crate) spoilt: Option<(u64, SpoiltFrame)>,
    /// Spans in which nothing was read.
    pub(crate) paused: Vec<(u64, u64)>,
}

impl<'a> Link<'a> {
    /// The answer to a request of this link, and when it came.
    pub(crate) fn answer(&self, id: &Json) -> Option<(u64, &'a Json)> {
        let found = self.frames.iter().find(|(_, sent, frame)| !sent && frame.get("id") == Some(id));
        found.map(|(at, _, frame)| (*at, *frame))
    }

    /// The requests of a method: when, the request, and its answer.
    pub(crate) fn asked<'s>(
        &'s self,
        method: &'s str,
    ) -> impl Iterator<Item = (u64, &'a Json, Option<(u64, &'a Json)>)> + 's {
        let sent = self.frames.iter().filter(move |(_, sent, frame)| *sent && frame["method"] == method);
        sent.map(|(at, _, frame)| (*at, *frame, self.answer(&frame["id"])))
    }

    /// Its logon and the answer that let it in.
    pub(crate) fn logon(&self) -> Option<(u64, &'a Json)> {
        let (_, _, first) = self.frames.iter().find(|(_, sent, _)| *sent)?;
        self.answer(&first["id"]).filter(|(_, frame)| frame.get("result").is_some())
    }

    /// It began with this method.
    pub(crate) fn began_with(&self, method: &str) -> bool {
        self.frames.first().is_some_and(|(_, sent, frame)| *sent && frame["method"] == method)
    }

    /// So much later something may come because nothing was read in between.
    pub(crate) fn pauses(&self) -> u64 {
        self.paused.iter().map(|(from, to)| to - from).sum()
    }
}

/// Everything that was seen, put together.
#[derive(Debug)]
pub(crate) struct LogStory<'a> {
    pub(crate) log: &'a Log,
    pub(crate) calls: Vec<CallStory<'a>>,
    /// In the order of their beginnings.
    pub(crate) links: Vec<Link<'a>>,
    /// When each life began and was asked to end.
    pub(crate) lives: Vec<(u64, u64)>,
}

impl<'a> LogStory<'a> {
    pub(crate) fn of(log: &'a Log) -> Self {
        let mut story = Self { log, calls: Vec::new(), links: Vec::new(), lives: Vec::new() };
        for seen in &log.seen {
            story.take(seen);
        }
        story
    }

    /// When a life was asked to end.
    pub(crate) fn end_of(&self, life: usize) -> u64 {
        self.lives.get(life).map_or(u64::MAX, |(_, end)| *end)
    }

    /// The links of the session that a link belongs to, the newest first: from it back to the logon with which the session began.
    pub(crate) fn session(&self, link: usize) -> impl Iterator<Item = &Link<'a>> {
        let viewer = self.links[link].viewer;
        let mut begun = false;
        let own = self.links[..=link].iter().rev().filter(move |one| one.viewer == viewer);
        own.take_while(move |one| !std::mem::replace(&mut begun, one.began_with("login")))
    }

    fn link(&mut self, viewer: usize) -> Option<&mut Link<'a>> {
        self.links.iter_mut().rev().find(|link| link.viewer == viewer)
    }

    fn call(&mut self, number: usize) -> Option<&mut CallStory<'a>> {
        self.calls.iter_mut().find(|call| call.number == number)
    }

    fn take(&mut self, seen: &'a Sighting) {
        let Sighting { at, life, what } = seen;
        match what {
            Sight::Began => {
                self.lives.resize(*life, (*at, *at));
                self.lives.push((*at, u64::MAX));
            }
            Sight::Ends(_) => {
                if let Some(of) = self.lives.get_mut(*life) {
                    of.1 = *at;
                }
                for link in self.links.iter_mut().filter(|link| link.down.0 == u64::MAX) {
                    link.down = (*at, LinkOver::WithServer);
                }
            }
            Sight::Sent(number, how) => {
                let made = &self.log.calls[*number];
                let call = CallStory {
                    number: *number,
                    made,
                    life: *life,
                    sent: *at,
                    how: *how,
                    answer: None,
                    lost: None,
                };
                self.calls.push(call);
            }
            Sight::Answered(number, status, body) => {
                if let Some(call) = self.call(*number) {
                    call.answer = Some((*at, *status, body));
                }
            }
            Sight::Lost(number, why) => {
                if let Some(call) = self.call(*number) {
                    call.lost = Some((*at, why));
                }
            }
            Sight::Up(viewer, _) => {
                let link = self.link_up(*viewer, *life, *at);
                self.links.push(link);
            }
            Sight::Down(viewer, _, how) => self.of_viewer(*viewer, *at, |link| {
                // What ends with the server is not blamed on it.
                if link.down.0 == u64::MAX {
                    link.down = (*at, *how);
                }
            }),
            Sight::Frame(viewer, _, frame) => {
                self.of_viewer(*viewer, *at, |link| link.frames.push((*at, true, frame)));
            }
            Sight::Received(viewer, _, frame) => {
                self.of_viewer(*viewer, *at, |link| link.frames.push((*at, false, frame)));
            }
            Sight::Paused(viewer, span) => {
                self.of_viewer(*viewer, *at, |link| link.paused.push((*at, *at + span)));
            }
            Sight::Spoilt(viewer, how) => {
                self.of_viewer(*viewer, *at, |link| link.spoilt = Some((*at, *how)));
            }
            Sight::Silent(viewer) => self.of_viewer(*viewer, *at, |link| link.silent = Some(*at)),
            Sight::Treats(..)
            | Sight::Posted(_)
            | Sight::Reviewed(_)
            | Sight::Garbled(..)
            | Sight::Unstandard(_)
            | Sight::Failed(_) => {}
        }
    }

    /// A link that comes up.
    fn link_up(&self, viewer: usize, life: usize, at: u64) -> Link<'a> {
        let falls_silent =
            |seen: &Sighting| seen.at == at && matches!(seen.what, Sight::Silent(it) if it == viewer);
        // Who falls silent while its link comes up is silent on it.
        let silent = self.log.seen.iter().any(falls_silent).then_some(at);
        let down = (u64::MAX, LinkOver::WithServer);
        Link { viewer, life, up: at, down, frames: Vec::new(), silent, spoilt: None, paused: Vec::new() }
    }

    /// What happens on the link that a viewer has, if it has one.
    fn of_viewer(&mut self, viewer: usize, at: u64, change: impl FnOnce(&mut Link<'a>)) {
        // Behind the end of its life nothing is looked at any more.
        if let Some(link) = self.link(viewer).filter(|link| link.down.0 >= at) {
            change(link);
        }
    }
}
