//! What the benches share: workloads that do the same work as the harness of the comparison with other engines.

#![forbid(unsafe_code)]

pub mod workload;
