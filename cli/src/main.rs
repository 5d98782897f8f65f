//! The claque binary.
fn main() {}
