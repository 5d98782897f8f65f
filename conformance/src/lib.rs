//! The conformance suite: cases over the documented rules, played against a subject and judged.
//!
//! ```text
//! fixtures/cases/**.toml ─ case_file ┐
//!                                    ├─ Case ─ runner ─ Subject (core, HTTP, …)
//! registry (rules with bounds) ─ boundary ┘        │
//!                                              Verdict, transcript, hits ─ coverage, mutants, report
//! ```
//!
//! A case states by hand what its rules demand; the transcript of a run is recorded beside it. Coverage is computed from
//! runs and never written down.
#![forbid(unsafe_code)]

pub mod audit;
pub mod author;
pub mod boundary;
pub mod case;
pub mod case_file;
pub mod coverage;
pub mod estimate;
mod expectation;
pub mod file;
pub mod lists;
mod log;
pub mod matcher;
pub mod mutants;
pub mod play;
pub mod registry;
pub mod render;
pub mod report;
pub mod runner;
pub mod spread;
pub mod subject;
pub mod suite;
pub mod sweep;
pub mod template;
pub mod trust;
pub mod verdict;
