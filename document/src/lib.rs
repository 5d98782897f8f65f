//! Text formats that people read and write: what a file says, and where it says something wrong.
//!
//! Scenarios, cases, rules, readings and recorded chats are all read with these. A [`table::Table`] is asked for its
//! keys and knows the place of each value; [`units`] reads quantities, and is the one place that knows what a duration
//! looks like; a [`diagnostic::Diagnostic`] says what is wrong, with file, line, caret and the nearest right word.
//!
//! Nothing here knows what any of those files is about.
#![forbid(unsafe_code)]

pub mod calendar;
pub mod diagnostic;
pub mod table;
pub mod units;
