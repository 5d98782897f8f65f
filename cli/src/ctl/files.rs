//! The state of a server as a file: `claque ctl snapshot` and `claque ctl restore`.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::CommandFailure;
use crate::http::Server;

pub(super) fn restore(server: Server<'_>, from: &Path) -> Result<Value, CommandFailure> {
    let bytes = crate::input::read_at_most(from, claque_core::journal::SNAPSHOT_FILE_BYTES_MAX as u64)?;
    let answer = server.exchange("POST", "restore", "application/octet-stream", bytes)?;
    serde_json::from_slice(&answer).map_err(|error| CommandFailure::No(error.to_string()))
}

pub(super) fn snapshot(server: Server<'_>, to: &Path) -> Result<Value, CommandFailure> {
    // The rename below would put a file in the place of a device, `/dev/full` among them.
    if std::fs::metadata(to).is_ok_and(|there| !there.is_file()) {
        let text = "this is no ordinary file but a folder, a device or a pipe; name a file";
        return Err(CommandFailure::Usage(format!("{}: {text}", to.display())));
    }
    let bytes = server.exchange("GET", "snapshot", "application/octet-stream", Vec::new())?;
    let written = replace(to, &bytes);
    written.map_err(|error| CommandFailure::Usage(claque_conformance::file::unwritten(to, &error)))?;
    Ok(json!({ "file": to.display().to_string(), "bytes": bytes.len() }))
}

/// Puts a file that only its owner may read in the place of another: a snapshot holds secrets.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    // Whole or not at all: a snapshot that was cut short would be found out only when it is needed. A name that nobody
    // has: next to `before.clq`, a file `before.new` may be somebody's. It is created readable to its owner alone.
    let mut new = tempfile::Builder::new().prefix(".claque-snapshot-").tempfile_in(folder)?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    new.persist(path).map(drop).map_err(|failed| failed.error)
}

/// Writes a file that only its owner may read: a world holds secrets.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.sync_all()
}
