//! What the benches share: workloads that do the same work as the harness of the comparison with other engines, and a
//! service with a full house.

#![forbid(unsafe_code)]

pub mod house;
pub mod record;
pub mod workload;
