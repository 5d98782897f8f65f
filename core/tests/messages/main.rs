//! Messages through the public interface: sent, shaped, reviewed, kept, recalled, recovered.

mod direct;
mod keeping;
mod mutants;
mod random;
mod review;
mod scenes;
mod sending;
mod shaping;
#[path = "../common/unnoticed.rs"]
mod unnoticed;
mod waits;
mod world;
