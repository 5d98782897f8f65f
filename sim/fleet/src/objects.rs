//! A store of objects as the folder of a campaign: S3, and what speaks its protocol.

use std::fmt;
use std::io;
use std::sync::Arc;

use claque_lab::unit::ResultStore;
use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutMode};
use tokio::runtime::{Builder, Runtime};

/// The scheme of names that [`ObjectFolder::open`] takes.
pub const SCHEME: &str = "s3";

/// Objects under one prefix of a bucket.
pub struct ObjectFolder {
    runtime: Runtime,
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl fmt::Debug for ObjectFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectFolder").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl ObjectFolder {
    /// The objects under `s3://bucket/prefix`. Region, credentials and endpoint are what the AWS variables of the
    /// environment say, such as `AWS_REGION`, `AWS_ACCESS_KEY_ID` and `AWS_ENDPOINT`.
    ///
    /// # Errors
    ///
    /// A name without a bucket, a variable that cannot be read.
    pub fn open(name: &str, variables: impl Iterator<Item = (String, String)>) -> Result<Self, String> {
        let (_, place) = name.split_once("://").ok_or("it is no s3://BUCKET/PREFIX")?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err("it names no bucket: write s3://BUCKET/PREFIX".to_owned());
        }
        // The client asks for a provider of cryptography and brings none; one that another part of the program has set
        // does as well.
        let _set_before = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::new();
        for (variable, value) in variables {
            let Some(word) = variable.strip_prefix("AWS_") else { continue };
            // Of the variables of this family most say nothing about a store.
            if let Ok(key) = format!("aws_{}", word.to_ascii_lowercase()).parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
        }
        let store = builder.with_bucket_name(bucket).build().map_err(|error| error.to_string())?;
        let prefix = Path::parse(prefix.trim_end_matches('/')).map_err(|error| error.to_string())?;
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        Ok(Self { runtime, store: Arc::new(store), prefix })
    }

    fn path(&self, name: &str) -> Path {
        name.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }
}

impl ResultStore for ObjectFolder {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let under = self.path(folder);
        let objects: Vec<_> = self.runtime.block_on(self.store.list(Some(&under)).try_collect())?;
        let names = objects.iter().filter_map(|object| object.location.filename());
        Ok(names.map(|name| format!("{folder}/{name}")).collect())
    }

    fn get(&self, name: &str) -> io::Result<Option<String>> {
        let path = self.path(name);
        let bytes = self.runtime.block_on(async { self.store.get(&path).await?.bytes().await });
        match bytes {
            Ok(bytes) => String::from_utf8(bytes.into())
                .map(Some)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn put_new(&self, name: &str, text: &str) -> io::Result<bool> {
        let (path, payload) = (self.path(name), text.to_owned().into());
        // The store itself compares and writes: two that ask for one name at a time get one yes.
        let put = self.runtime.block_on(self.store.put_opts(&path, payload, PutMode::Create.into()));
        match put {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
