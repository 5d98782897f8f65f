//! Writes the table of operations as `docs/operations.md`.

use std::io;

use claque_wire::operation;

fn main() -> io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
    std::fs::write(path, operation::to_markdown())
}
