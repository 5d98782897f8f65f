//! What the program knows of its own making: target, profile, compiler, and the fingerprint of the sources that decide a run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Folders whose files decide a run, from the repository's root.
const DECIDE: [&str; 7] = [
    "core/src",
    "document/src",
    "fixtures/scenarios",
    "sim/engine/src",
    "sim/oracle/src",
    "sim/scenario/src",
    "sim/world/src",
];

fn main() {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=CLAQUE_TARGET={}", variable("TARGET"));
    let checks = if env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_some() { " debug-assertions" } else { "" };
    println!(
        "cargo::rustc-env=CLAQUE_PROFILE={} opt-level={}{checks}",
        variable("PROFILE"),
        variable("OPT_LEVEL")
    );
    let version = Command::new(variable("RUSTC")).arg("--version").output();
    let version = version.ok().and_then(|said| String::from_utf8(said.stdout).ok()).unwrap_or_default();
    println!("cargo::rustc-env=CLAQUE_COMPILER={}", version.trim());
    println!("cargo::rustc-env=CLAQUE_SOURCE={:016x}", fingerprint(&root()));
}

fn root() -> PathBuf {
    Path::new(&env::var("CARGO_MANIFEST_DIR").expect("Cargo says where the manifest is")).join("..")
}

/// The fingerprint of the sources: of names and contents, in the order of their names.
// Not the commit: a tree with changes has none, an unpacked archive neither, and a commit that changes a page alone
// would part campaigns whose runs are the same.
fn fingerprint(root: &Path) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    // A package of a registry stands alone, and its version says what it is built of.
    if !DECIDE.iter().all(|folder| root.join(folder).is_dir()) {
        take(env::var("CARGO_PKG_VERSION").unwrap_or_default().as_bytes());
        return hash;
    }
    for folder in DECIDE {
        println!("cargo::rerun-if-changed=../{folder}");
        for path in files(&root.join(folder)) {
            let name = path.strip_prefix(root).expect("within the root").to_string_lossy().replace('\\', "/");
            take(name.as_bytes());
            take(&[0]);
            take(&fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
            take(&[0]);
        }
    }
    hash
}

/// The files in a folder and below, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        let entries = fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display()));
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
