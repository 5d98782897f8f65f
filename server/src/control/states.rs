//! States as files: snapshots, restores, compactions. Whatever grows with the state is done beside the driver.

use claque_core::journal::{self, Entry, JournalError};
use serde_json::json;

use super::{Answered, Refused};
use crate::driver::{Driver, Restored, Restoring, SnapshotState, Snapshotted, snapshot_of, within_bound};
use crate::http::HttpResponse;
use crate::world::LiveWorld;

fn wrong(why: String) -> Refused {
    Refused(500, why)
}

/// A journal of one record: the state of this moment. What `restore` takes, and `claque journal` reads. A large state is
/// replayed from the journal while others are served.
pub(super) async fn snapshot(world: &LiveWorld) -> Answered {
    let taken = world.driver.with(Driver::snapshot).await?.map_err(|error| wrong(error.to_string()))?;
    let wall = world.machine.wall;
    let write = move || {
        let Snapshotted { bytes_max, state } = taken;
        let first = match state {
            SnapshotState::Copied(service) => {
                Entry::Snapshot(service.config().clone(), service.snapshot_bytes(), Vec::new())
            }
            SnapshotState::Planned(mut plan) => {
                let bytes = plan.bytes().map_err(|error| error.to_string())?;
                let first = snapshot_of(&bytes, wall, None, bytes_max)?;
                journal::give_back(bytes);
                first
            }
        };
        if let Entry::Snapshot(_, state, _) = &first {
            within_bound(state.len(), bytes_max)?;
        }
        let (mut bytes, mut writer) = journal::Writer::begin(1);
        writer.append(&mut bytes, &first).map_err(|error| error.to_string())?;
        first.give_back();
        Ok(bytes)
    };
    // Off the worker threads: writing a state takes seconds, and each worker serves thousands of connections.
    let bytes = world.machine.workers.run(write).await.map_err(wrong)?.map_err(wrong)?;
    Ok(HttpResponse::new(200, "application/octet-stream", bytes))
}

/// Goes on from a snapshot, or from where a whole journal leads.
pub(super) async fn restore(body: Vec<u8>, world: &LiveWorld) -> Answered {
    let busy = || Refused(409, "another state is being restored: wait for its end and ask again".to_owned());
    // Claimed before the body is read: two restores at once would write the same file beside the journal.
    let restoring = world.driver.with(Driver::begin_restore).await?.ok_or_else(busy)?;
    let prepared = world.machine.workers.run(move || prepare(restoring, body)).await;
    let restored = prepared.map_err(wrong)??;
    let digest = restored.digest();
    let outcome = world.driver.with(move |driver| driver.restore(restored)).await?;
    outcome.map_err(|error| wrong(error.to_string()))?;
    // Behind the restore: faults belong to the test that is over, and a restore that failed has changed
    // nothing.
    world.api.faults.clear();
    Ok(HttpResponse::json(200, &json!({ "restored": true, "digest": format!("{digest:016x}") })))
}

/// Reads a state, checks it, and makes it ready.
fn prepare(restoring: Restoring, body: Vec<u8>) -> Result<Restored, Refused> {
    let unread = |error: JournalError| {
        Refused::bad(format!("{error}; `claque ctl snapshot` writes a file that can be restored"))
    };
    let (records, intact) = crate::journal::read(&body).map_err(unread)?;
    if intact < body.len() {
        return Err(Refused::bad("the snapshot is cut short: its last record is torn"));
    }
    // A state may have two gibibytes: the text and what was read from it should not both lie there while it
    // is replayed.
    journal::give_back(body);
    let entries = records.into_iter().map(|record| record.entry);
    let service = crate::replay::replay(entries).map_err(|error| Refused::bad(error.to_string()))?;
    let (kept, other) = (restoring.accounts(), &service.config().accounts);
    if kept != *other {
        let (kept, other) = (kept.join(", "), other.join(", "));
        let text = format!("the snapshot is of accounts {other}, this server's are {kept}");
        return Err(Refused(409, text));
    }
    // The longest part, still beside the driver: what is left for it is a rename.
    restoring.prepare(service).map_err(wrong)
}

pub(super) async fn compact(world: &LiveWorld) -> Answered {
    let outcome = world.driver.with(Driver::compact).await?;
    match outcome.map_err(|error| wrong(error.to_string()))? {
        Some(compacted) => {
            let compacted = compacted.await.map_err(|_| Refused(503, "the server is stopping".to_owned()))?;
            let (before, after) = compacted.map_err(|why| {
                wrong(format!("not compacted, the journal goes on and it is tried again later: {why}"))
            })?;
            Ok(HttpResponse::json(200, &json!({ "bytesBefore": before, "bytesAfter": after })))
        }
        None => Err(Refused(409, "there is no journal to compact: start with --data DIR".to_owned())),
    }
}
