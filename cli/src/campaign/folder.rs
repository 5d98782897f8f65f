//! A folder as the store of a campaign: on a disk, or on a file system that many machines share.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use claque_lab::unit::ResultStore;

/// The beginning of the names of files that are not whole yet. What a killed process leaves is never read.
const UNFINISHED: &str = ".unfinished-";

/// A folder on a file system.
pub(super) struct FolderStore {
    root: PathBuf,
    /// Counts the files of this process that are not whole yet, of all threads.
    unfinished: AtomicU64,
}

impl FolderStore {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), unfinished: AtomicU64::new(0) }
    }

    /// A new file of a name that nobody else uses.
    fn unfinished(&self, folder: &Path) -> io::Result<(PathBuf, File)> {
        loop {
            let number = self.unfinished.fetch_add(1, Ordering::Relaxed);
            // Two machines of a shared folder can have processes of one number: the file must be new, or the next name
            // is tried.
            let path = folder.join(format!("{UNFINISHED}{}-{number}", process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((path, file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl ResultStore for FolderStore {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(self.root.join(folder)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !name.starts_with(UNFINISHED) {
                names.push(format!("{folder}/{name}"));
            }
        }
        Ok(names)
    }

    fn get(&self, name: &str) -> io::Result<Option<String>> {
        match std::fs::read_to_string(self.root.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            text => text.map(Some),
        }
    }

    fn put_new(&self, name: &str, text: &str) -> io::Result<bool> {
        let path = self.root.join(name);
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)?;
        let (unfinished, mut file) = self.unfinished(folder)?;
        file.write_all(text.as_bytes())?;
        // On the disk before it has its name: a name must never lead to a part of a file, not even after a crash.
        file.sync_all()?;
        let created = give_name(&unfinished, &path)?;
        File::open(folder)?.sync_all()?;
        Ok(created)
    }

    fn count_unfinished(&self) -> usize {
        let folders = ["", claque_lab::unit::UNITS, claque_lab::unit::VOID];
        let entries =
            folders.iter().filter_map(|folder| std::fs::read_dir(self.root.join(folder)).ok()).flatten();
        let names = entries.flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().starts_with(UNFINISHED)).count()
    }
}

/// Gives a file its name, unless there is a file of that name; whether it did.
fn give_name(unfinished: &Path, path: &Path) -> io::Result<bool> {
    // A link and not a renaming, which would put the new file in the place of an old one. Renaming that refuses to is
    // known to few network file systems, and links to nearly all.
    let linked = match std::fs::hard_link(unfinished, path) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            if path.try_exists()? {
                false
            } else {
                // A file system without links, such as those of memory cards: between the question and the renaming a
                // second result of the unit would be lost, which is the one of two that say the same.
                return std::fs::rename(unfinished, path).map(|()| true);
            }
        }
        Err(error) => return Err(error),
    };
    std::fs::remove_file(unfinished)?;
    Ok(linked)
}

#[cfg(test)]
mod tests {
    use claque_lab::unit::ResultStore;

    use super::FolderStore;

    #[test]
    fn a_file_is_written_once_and_never_seen_in_part() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let store = FolderStore::new(folder.path());
        assert_eq!(store.list("units").expect("no folder is an empty one"), Vec::<String>::new());
        assert!(store.put_new("units/a", "one").expect("written"));
        assert!(!store.put_new("units/a", "two").expect("refused"));
        assert_eq!(store.get("units/a").expect("read").as_deref(), Some("one"));
        assert_eq!(store.get("units/b").expect("read"), None);
        // What a killed process leaves behind, with the very name that this one would take next.
        let left = folder.path().join(format!("units/{}{}-2", super::UNFINISHED, std::process::id()));
        std::fs::write(left, "hal").expect("written");
        assert!(store.put_new("units/b", "three").expect("written"));
        let mut names = store.list("units").expect("listed");
        names.sort();
        assert_eq!(names, ["units/a", "units/b"]);
        assert_eq!(store.count_unfinished(), 1);
    }
}
