//! Files that somebody names: ordinary ones, of bounded length. A device or a pipe may never end.

use std::path::Path;

use crate::Failure;

/// The longest file that is read. Unit: bytes.
const FILE_MAX: u64 = 256 << 20;

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let wrong = |said: String| Failure::Usage(format!("{}: {said}", path.display()));
    let about = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
    if !about.is_file() {
        let said = "this is no ordinary file but a folder, a device or a pipe; save it as a file first";
        return Err(wrong(said.to_owned()));
    }
    if about.len() > FILE_MAX {
        let said = format!("the file has {} bytes, and at most {FILE_MAX} (256 MiB) are read", about.len());
        return Err(wrong(said));
    }
    std::fs::read(path).map_err(|error| wrong(error.to_string()))
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let wrong = |said: String| Failure::Usage(format!("{}: {said}", path.display()));
    String::from_utf8(read(path)?).map_err(|error| wrong(format!("the file is no UTF-8: {error}")))
}
