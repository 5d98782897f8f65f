//! Callbacks of the in-process subject: handed to its post, and shown as they arrive.

use std::sync::Arc;

use claque_core::{Callback, Rule};
use claque_wire::delivery::Posting;
use claque_wire::{callback, reached};

use super::CoreSubject;
use crate::case::Channel;
use crate::subject::post::{Arrived, QueuedCallback, as_callback};
use crate::subject::words::{Happening, SubjectError, mark};

impl CoreSubject {
    /// Sends a callback on its way.
    pub(super) fn call_back(&mut self, sent: &Callback) {
        mark(&mut self.marks, &reached::by_callback(&sent.event));
        let key = self.remembered.key(&sent.app_id).to_owned();
        let readings = self.service().config().readings;
        let headers = callback::headers(&readings, &sent.url, sent.at.unix_seconds(), &key);
        let (mut body, mut headers) = (callback::body(sent), headers.to_vec());
        if let Some(mutant) = self.endpoint.mutant() {
            mutant.on_callback(&mut body, &mut headers);
        }
        let mut posting = Posting { method: "POST", headers, body: body.to_string().into_bytes() };
        if let Some(mutant) = self.endpoint.mutant() {
            mutant.on_posting(&mut posting);
        }
        let mut again = posting.clone();
        if let Some(mutant) = self.endpoint.mutant() {
            mutant.on_retry(&mut again);
        }
        let due = Some(self.post.now);
        let (url, transaction) = (Arc::clone(&sent.url), Arc::clone(&sent.transaction));
        let queued = QueuedCallback { url, transaction, key, posting, again, before: 0, last: None, due };
        self.post.lanes.entry(sent.user).or_default().push_back(queued);
        let arrived = self.post.go();
        self.take_arrived(arrived);
    }

    /// Waits until every callback was taken or given up.
    pub(super) fn settle_post(&mut self) -> Result<(), SubjectError> {
        let arrived = self.post.settle()?;
        self.take_arrived(arrived);
        Ok(())
    }

    fn take_arrived(&mut self, arrived: Vec<Arrived>) {
        for Arrived { posted, first } in arrived {
            let rule =
                if first.is_some() { Rule::CallbackTransportPostJson } else { Rule::CallbackDeliveryRetries };
            mark(&mut self.marks, &[rule]);
            let callback = as_callback(&posted);
            self.push(Happening::Sent {
                channel: Channel::Posted,
                to: None,
                body: Arc::new(posted),
                ticket: None,
            });
            if let Some(seen) = first {
                self.newest_callback = Some(seen);
                self.push(Happening::Sent {
                    channel: Channel::Callbacks,
                    to: None,
                    body: Arc::new(callback),
                    ticket: None,
                });
            }
        }
    }
}
