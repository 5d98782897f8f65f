//! A whole server on the loopback, asked the way its clients ask: signed calls, audience links, control calls, and
//! receivers of callbacks.

mod api;
mod audience;
mod behind;
mod bound;
mod callbacks;
mod console;
mod control;
mod descriptors;
mod directory;
mod disk;
#[path = "../../../wire/tests/document/mod.rs"]
mod document;
mod links;
mod log;
mod memory;
mod messages;
mod openapi;
mod operations;
mod outgoing;
mod protocol;
mod reader;
mod restart;
mod support;
mod unauthenticated;
mod workbench;
mod world_files;
mod worlds;
