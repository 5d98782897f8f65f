//! Reads identity lines and prints the hash of each run before its line. The same is done by `hashes.mjs` beside this crate with the
//! module for wasm32: if the two print the same, the two machines play the same runs.
#![expect(clippy::print_stdout, reason = "an example is a program")]

use std::io::BufRead as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let hash = claque_web::hash(&line).map_err(|refused| refused.to_string())?;
        println!("{hash:016x} {line}");
    }
    Ok(())
}
