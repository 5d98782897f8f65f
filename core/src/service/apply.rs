//! Takes any input as one value, and changes bounds and readings while the service runs.

use crate::mutants::Mutants;
use crate::state::service::Service;
use crate::words::input::{Input, Outcome};
use crate::words::limits::Limits;
use crate::words::reading::{Readings, SupergroupNoticeNames};
use crate::words::time::Instant;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Takes any input: the same as calling the method that it names.
    ///
    /// # Panics
    /// When `now` is earlier than a time given before.
    pub fn apply(&mut self, now: Instant, input: Input) -> Outcome {
        match input {
            Input::Client(session, request) => Outcome::Client(self.handle_client(now, session, request)),
            Input::Connect(login) => Outcome::Connected(self.handle_connect(now, &login)),
            Input::Console(caller, request) => Outcome::Request(self.handle_console(now, &caller, request)),
            Input::Disconnect(session, end) => {
                self.handle_disconnect(now, session, end);
                Outcome::Quiet
            }
            // The answer was given when the parameters were read; what a replay needs is the count.
            Input::Malformed(caller, operation) => {
                self.count_malformed(now, &caller, operation);
                Outcome::Quiet
            }
            Input::Reconnect(session, fresh, cursors) => {
                Outcome::Connected(self.handle_reconnect(now, session, fresh.as_ref(), &cursors))
            }
            Input::Request(caller, request) => Outcome::Request(self.handle_request(now, &caller, request)),
            Input::SetLimits(limits) => {
                self.set_limits(now, limits);
                Outcome::Quiet
            }
            Input::SetReadings(readings) => {
                self.set_readings(now, readings);
                Outcome::Quiet
            }
            Input::Timeout => {
                self.handle_timeout(now);
                Outcome::Quiet
            }
            Input::Verdict(ticket, verdict) => {
                self.handle_verdict(now, ticket, verdict);
                Outcome::Quiet
            }
        }
    }

    /// Changes the bounds from here on. What exists already beyond a new bound stays.
    pub fn set_limits(&mut self, now: Instant, limits: Limits) {
        self.begin(now);
        // At once and for all: bounds are asked of the configuration and kept nowhere else.
        self.config.limits = limits;
        // Lists that are beyond a new bound are cut now: between calls no invariant may be broken.
        self.fit_groups();
    }

    /// Changes the readings from here on.
    pub fn set_readings(&mut self, now: Instant, readings: Readings) {
        self.begin(now);
        self.config.readings = readings;
        // Names that were kept under the former reading must not be named under this one.
        if readings.supergroup_notice_names == SupergroupNoticeNames::Nobody {
            self.drop_names();
        }
        self.fit_groups();
    }
}
