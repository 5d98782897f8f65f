//! Where a campaign is kept, as the command line names it: a folder, or a store of objects such as `s3://bucket/prefix`.

use std::fmt;
use std::ops::Deref;
use std::path::Path;

use claque_lab::unit::ResultStore;

use super::folder::FolderStore;
use crate::CommandFailure;

/// A store and its name.
pub(super) struct CampaignPlace {
    name: String,
    store: Box<dyn ResultStore>,
}

impl CampaignPlace {
    /// The place of a name. Nothing is asked of a store yet.
    pub(super) fn open(name: &str) -> Result<Self, CommandFailure> {
        let store = match name.split_once("://") {
            Some((scheme, _)) => objects(scheme, name)?,
            None => Box::new(FolderStore::new(Path::new(name))),
        };
        Ok(Self { name: name.to_owned(), store })
    }
}

impl fmt::Display for CampaignPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Deref for CampaignPlace {
    type Target = dyn ResultStore;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

#[cfg(feature = "objects")]
fn objects(scheme: &str, name: &str) -> Result<Box<dyn ResultStore>, CommandFailure> {
    if scheme != claque_fleet::SCHEME {
        let text = format!(
            "{name}: results are kept in a folder or under s3://BUCKET/PREFIX, not under {scheme}://"
        );
        return Err(CommandFailure::Usage(text));
    }
    let opened = claque_fleet::ObjectFolder::open(name, std::env::vars());
    let opened = opened.map_err(|said| CommandFailure::Usage(format!("{name}: {said}")))?;
    Ok(Box::new(opened))
}

#[cfg(not(feature = "objects"))]
fn objects(_: &str, name: &str) -> Result<Box<dyn ResultStore>, CommandFailure> {
    Err(super::status::not_built_for(name, "objects"))
}
