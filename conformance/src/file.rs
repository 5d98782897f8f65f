//! Files that somebody names: ordinary ones, of bounded length. A device or a pipe may never end.

use std::io::Read as _;
use std::path::Path;

/// The longest file that is read where no other bound is named: 256 MiB. Unit: bytes.
pub const FILE_BYTES_MAX: u64 = 256 << 20;

/// The longest file that people write by hand: a case, a descriptor, a configuration; 4 MiB. Unit: bytes.
pub const WRITTEN_BYTES_MAX: u64 = 4 << 20;

/// Why a file cannot be opened, with the way out where the system's own words give none.
#[must_use]
pub fn unopened(path: &Path, error: &std::io::Error) -> String {
    let said = match error.kind() {
        std::io::ErrorKind::NotFound => {
            "there is no such file; check the name, and the folder that the command was started in".to_owned()
        }
        std::io::ErrorKind::PermissionDenied => {
            "it may not be read by this user; `ls -l` shows who may".to_owned()
        }
        _ => error.to_string(),
    };
    format!("{}: {said}", path.display())
}

/// Why a file cannot be written, with the way out where the system's own words give none.
#[must_use]
pub fn unwritten(path: &Path, error: &std::io::Error) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match (error.kind(), folder) {
        (std::io::ErrorKind::NotFound, Some(folder)) if !folder.exists() => {
            format!("{}: the folder {} does not exist; make it first", path.display(), folder.display())
        }
        (std::io::ErrorKind::StorageFull, _) => {
            format!("{}: the disk is full; make room, or name a file on another disk", path.display())
        }
        (std::io::ErrorKind::PermissionDenied, _) => {
            format!("{}: this user may not write there; name another file", path.display())
        }
        _ => format!("{}: it cannot be written: {error}; name another file", path.display()),
    }
}

/// The bytes of an ordinary file that has at most `most` of them.
///
/// # Errors
/// A sentence that names the file: it cannot be opened, is a folder, a device or a pipe, or is longer.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let wrong = |said: String| format!("{}: {said}", path.display());
    let failed = |error: std::io::Error| unopened(path, &error);
    // Before it is opened: opening a pipe waits for somebody who writes.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        let said = "this is no ordinary file but a folder, a device or a pipe; save it as a file first";
        return Err(wrong(said.to_owned()));
    }
    let file = std::fs::File::open(path).map_err(failed)?;
    let long = file.metadata().map_err(failed)?.len();
    let mut bytes = Vec::new();
    // What the file says of its length is no bound: it may grow, and those of the kernel say 0.
    if long <= most {
        file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    let long = long.max(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    if long > most {
        return Err(wrong(format!("the file has {long} bytes or more, and at most {most} are read")));
    }
    Ok(bytes)
}

/// The text of an ordinary file that has at most `most` bytes.
///
/// # Errors
/// As [`read`], or that it is no UTF-8.
pub fn read_text(path: &Path, most: u64) -> Result<String, String> {
    let bytes = read(path, most)?;
    String::from_utf8(bytes).map_err(|error| format!("{}: the file is no UTF-8: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{read, unwritten};

    #[test]
    fn a_file_that_is_not_there_and_a_folder_that_is_not_there_are_named_with_the_way_out() {
        let said = read(Path::new("nofile"), 10).expect_err("it is not there");
        assert!(said.starts_with("nofile: there is no such file; check the name"), "{said}");
        let path = Path::new("/nodir/x.html");
        let said = unwritten(path, &std::fs::write(path, "").expect_err("no folder"));
        assert_eq!(said, "/nodir/x.html: the folder /nodir does not exist; make it first");
    }

    #[test]
    fn what_is_no_file_and_what_never_ends_is_refused_at_once() {
        for device in ["/dev/zero", "/dev/urandom", "/dev/null", "/"] {
            let said = read(Path::new(device), 10).expect_err(device);
            assert!(said.starts_with(device) && said.contains("no ordinary file"), "{said}");
        }
    }

    #[test]
    fn the_bound_holds_whatever_a_file_says_of_its_length() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let long = read(&own, 1 << 20).expect("it is short").len() as u64;
        assert!(read(&own, long).is_ok());
        let said = read(&own, long - 1).expect_err("one too many");
        assert!(said.contains(&format!("at most {} are read", long - 1)), "{said}");
        // It says that it has no bytes, and has some.
        let said = read(Path::new("/proc/self/status"), 10).expect_err("longer than ten bytes");
        assert!(said.contains("at most 10 are read"), "{said}");
    }
}
