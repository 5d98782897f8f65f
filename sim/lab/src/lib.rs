//! Work on runs: many of them, smaller ones, one beside another, and pictures of one.
//!
//! | question | module |
//! |---|---|
//! | does any of many seeds fail, and what did they reach | [`campaign`] |
//! | what part of a campaign does a machine run, and are all parts there | [`mod@unit`] |
//! | is a mutant noticed | [`mutation_score`], [`selftest`] |
//! | how small can a failing run get | [`shrink`] |
//! | which draw makes it fail, and where do two runs begin to differ | [`cause`], [`divergence`] |
//! | what do all short sequences of calls come to | [`explore`] |
//! | does what failed once stay mended | [`bugbase`] |
//! | does a seed mean what it meant | [`golden`] |
//! | what became of one message, user or group | [`explain`] |
//! | how are numbers and times written | [`amount`] |
//! | what happened in a run | [`transcript`], [`story`], [`page`], [`perfetto`], [`record`] |
//!
//! A run itself belongs to [`claque_sim`], what decides it to [`claque_scenario`].
#![forbid(unsafe_code)]

pub mod amount;
pub mod bugbase;
pub mod campaign;
pub mod cause;
pub mod divergence;
pub mod explain;
pub mod explore;
pub mod golden;
pub mod mutation_score;
pub mod page;
pub mod perfetto;
pub mod record;
pub mod selftest;
pub mod shrink;
pub mod story;
pub mod transcript;
pub mod unit;
