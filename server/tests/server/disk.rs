//! Servers whose disk fails: every call of it, before and after it had an effect; a disk that is full, and one that fails once.

use std::path::Path;
use std::sync::{Arc, Mutex};

use claque_core::journal::{Entry, Reader};
use claque_core::{Input, Operation};
use claque_server::journal::{DiskCall, DiskEffect, DiskFault, DiskFaults, FILE_NAME};
use claque_server::{Options, start};
use serde_json::json;
use tempfile::TempDir;

use crate::log;
use crate::support::{App, Client, PATIENCE, World, options};

const EIO: i32 = 5;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;

use DiskEffect::{All, Half, Nothing};

const fn fault(errno: i32, effect: DiskEffect) -> DiskFault {
    DiskFault { errno, effect }
}

/// Faults that a test puts on and takes off while the server runs.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    calls: usize,
    /// The next call of that kind.
    once: Option<(DiskCall, DiskFault)>,
    /// The call of that number.
    at: Option<(usize, DiskFault)>,
    always: Vec<(DiskCall, DiskFault)>,
}

impl Disk {
    fn ask(&self, call: DiskCall) -> Option<DiskFault> {
        let plan = &mut *self.0.lock().expect("nothing panics");
        plan.calls += 1;
        if let Some((_, fault)) = plan.once.take_if(|(kind, _)| *kind == call) {
            return Some(fault);
        }
        let number = plan.calls - 1;
        if let Some((_, fault)) = plan.at.take_if(|(at, _)| *at == number) {
            return Some(fault);
        }
        plan.always.iter().find(|(kind, _)| *kind == call).map(|(_, fault)| *fault)
    }

    fn fail(&self, call: DiskCall, fault: DiskFault) {
        self.0.lock().expect("nothing panics").once = Some((call, fault));
    }

    fn fail_at(&self, number: usize, fault: DiskFault) {
        self.0.lock().expect("nothing panics").at = Some((number, fault));
    }

    fn fail_always(&self, faults: &[(DiskCall, DiskFault)]) {
        self.0.lock().expect("nothing panics").always = faults.to_vec();
    }

    fn calls(&self) -> usize {
        self.0.lock().expect("nothing panics").calls
    }

    fn options(&self, directory: &Path) -> Options {
        log::listen();
        let asked = self.clone();
        let disk = DiskFaults::planned(move |call| asked.ask(call));
        let mut options = Options { data: Some(directory.to_owned()), disk, ..options() };
        // The clock stands, and its second would be used up.
        options.config.limits.call_quotas = false;
        options
    }
}

/// A server on a disk that is well so far, with an application.
async fn world(directory: &Path) -> (World, Disk, App) {
    let disk = Disk::default();
    let world = World::with(disk.options(directory)).await;
    let app = world.app().await;
    (world, disk, app)
}

async fn create(world: &World, app: &App, group: &str) -> u16 {
    let with = json!({ "AppId": app.id, "GroupId": group, "CreatorId": "host" });
    world.reply("CreateLiveMessageGroup", with).await.status
}

async fn groups(world: &World) -> Vec<String> {
    let listed = world.get("groups").await;
    let groups = listed["groups"].as_array().expect("a list");
    groups.iter().map(|group| group["groupId"].as_str().expect("a text").to_owned()).collect()
}

/// What the data directory holds at this moment, as a killed process leaves it, on a disk without faults.
async fn after_a_kill(directory: &Path) -> (World, TempDir) {
    let image = TempDir::new().expect("a directory");
    for file in std::fs::read_dir(directory).expect("a directory") {
        let path = file.expect("a file").path();
        std::fs::copy(&path, image.path().join(path.file_name().expect("a name"))).expect("copied");
    }
    let world = World::with(Options { data: Some(image.path().to_owned()), ..options() }).await;
    (world, image)
}

/// How often the journal says that a group was created.
fn creations(directory: &Path) -> Vec<String> {
    let bytes = std::fs::read(directory.join(FILE_NAME)).expect("the journal");
    let entries = Reader::new(&bytes).expect("a journal").map(|record| record.expect("intact").entry);
    entries
        .filter_map(|entry| match entry {
            Entry::Signed(_, _, Input::Request(_, request))
                if request.operation() == Operation::CreateLiveMessageGroup =>
            {
                Some(format!("{request:?}"))
            }
            _ => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_rename_a_failed_compaction_leaves_the_journal_that_goes_on() {
    for (call, fault) in [
        (DiskCall::Read, fault(EIO, Nothing)),
        (DiskCall::Create, fault(EMFILE, Nothing)),
        (DiskCall::Create, fault(ENOSPC, All)),
        (DiskCall::Write, fault(ENOSPC, Half)),
        (DiskCall::Write, fault(EIO, All)),
        (DiskCall::Sync, fault(EIO, Nothing)),
        (DiskCall::Rename, fault(EIO, Nothing)),
        (DiskCall::Rename, fault(ENOSPC, Nothing)),
    ] {
        let directory = TempDir::new().expect("a directory");
        let (world, disk, app) = world(directory.path()).await;
        assert_eq!(create(&world, &app, "before").await, 200);
        disk.fail(call, fault);
        let reply = world.control_reply("POST", "compact", None).await;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(reply.status == 500 && text.contains("the journal goes on"), "{call:?}: {text}");
        assert_eq!(create(&world, &app, "after").await, 200, "{call:?} {fault:?}");
        let (killed, _image) = after_a_kill(directory.path()).await;
        assert_eq!(groups(&killed).await, ["before", "after"], "{call:?} {fault:?}");
        killed.stop().await;
        world.post("compact", json!({})).await;
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_and_a_restore_that_fail_before_the_rename_leave_everything_as_it_was() {
    let elsewhere = World::new().await;
    let snapshot = elsewhere.control_reply("GET", "snapshot", None).await.body;
    for what in ["reset", "restore"] {
        for (call, fault) in [
            (DiskCall::Create, fault(EMFILE, Nothing)),
            (DiskCall::Write, fault(ENOSPC, Half)),
            (DiskCall::Sync, fault(EIO, Nothing)),
            (DiskCall::Rename, fault(EIO, Nothing)),
        ] {
            let directory = TempDir::new().expect("a directory");
            let (world, disk, app) = world(directory.path()).await;
            assert_eq!(create(&world, &app, "before").await, 200);
            let digest = world.digest().await;
            disk.fail(call, fault);
            assert_eq!(begin_anew(&world, what, &snapshot).await, Some(500), "{what}, {call:?}");
            assert_eq!(world.digest().await, digest, "{what}, {call:?}");
            assert_eq!(create(&world, &app, "after").await, 200, "{what}, {call:?}");
            let (killed, _image) = after_a_kill(directory.path()).await;
            assert_eq!(groups(&killed).await, ["before", "after"], "{what}, {call:?}");
            killed.stop().await;
            assert_eq!(begin_anew(&world, what, &snapshot).await, Some(200), "{what}, {call:?}");
            assert_eq!(groups(&world).await, [""; 0]);
            world.stop().await;
        }
    }
}

/// Compacts, resets or restores; the status, if there was an answer.
async fn begin_anew(world: &World, what: &str, snapshot: &[u8]) -> Option<u16> {
    let body = if what == "restore" { snapshot } else { b"{}" };
    let head = format!(
        "POST /_claque/{what} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n",
        world.host,
        body.len()
    );
    world.raw(&[head.as_bytes(), body].concat()).await.map(|reply| reply.status)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_rename_an_error_stops_the_server_with_the_reason() {
    let elsewhere = World::new().await;
    let snapshot = elsewhere.control_reply("GET", "snapshot", None).await.body;
    for what in ["compact", "reset", "restore"] {
        for fault in [fault(EIO, Nothing), fault(EIO, All)] {
            let directory = TempDir::new().expect("a directory");
            let (mut world, disk, app) = world(directory.path()).await;
            assert_eq!(create(&world, &app, "before").await, 200);
            disk.fail(DiskCall::SyncDirectory, fault);
            let status = begin_anew(&world, what, &snapshot).await;
            assert_ne!(status, Some(200), "{what} is not acknowledged");
            let ended = tokio::time::timeout(PATIENCE, world.running.failed()).await.expect("it ends");
            let text = ended.expect_err("with a reason").to_string();
            assert!(
                text.contains("whether that lasts is not known") && text.contains("os error 5"),
                "{what}: {text}"
            );
            assert_ne!(
                world.control_reply("POST", "compact", None).await.status,
                200,
                "nothing is acknowledged any more"
            );
            let (killed, _image) = after_a_kill(directory.path()).await;
            let expected: &[&str] = if what == "compact" { &["before"] } else { &[] };
            assert_eq!(groups(&killed).await, expected, "{what}: the kernel has the new one");
            killed.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compaction_for_which_there_is_no_descriptor_is_tried_again_by_itself() {
    let directory = TempDir::new().expect("a directory");
    let disk = Disk::default();
    let small = Options { compact_bytes: 8_000, ..disk.options(directory.path()) };
    let world = World::with(small).await;
    let app = world.show().await;
    world.post("join", json!({ "app": app.id, "group": "g", "user": "ada" })).await;
    disk.fail_always(&[(DiskCall::Create, fault(EMFILE, Nothing))]);
    let body = "x".repeat(1_000);
    let send =
        json!({ "AppId": app.id, "GroupId": "g", "SenderId": "host", "Body": body, "MsgType": 10_001 });
    for _ in 0..60 {
        world.call("SendLiveMessageGroup", send.clone()).await;
        world.advance("1s").await;
    }
    let put_off = log::lines(directory.path(), "was not compacted and goes on");
    assert!((1..=20).contains(&put_off.len()), "tried again, but not all the time: {put_off:?}");
    disk.fail_always(&[]);
    let compacted = async {
        loop {
            world.call("SendLiveMessageGroup", send.clone()).await;
            world.advance("31d").await;
            let bytes = std::fs::read(directory.path().join(FILE_NAME)).expect("the journal");
            let first = Reader::new(&bytes).expect("a journal").next().expect("a record").expect("intact");
            if matches!(first.entry, Entry::Snapshot(..)) {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, compacted).await.expect("it is compacted in the end");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_fails_once_writes_no_record_twice() {
    for fault in [fault(EIO, Nothing), fault(EIO, All)] {
        let directory = TempDir::new().expect("a directory");
        let (world, disk, app) = world(directory.path()).await;
        for turn in 0..3 {
            disk.fail(DiskCall::Sync, fault);
            let (now, next) = (format!("now{turn}"), format!("next{turn}"));
            let with = json!({ "AppId": app.id, "GroupId": now, "CreatorId": "host" });
            assert_eq!(world.refused("CreateLiveMessageGroup", with).await, (500, "ServerError".to_owned()));
            assert_eq!(create(&world, &app, &next).await, 200, "it fails once only");
        }
        let written = creations(directory.path());
        for group in ["now0", "next0", "now1", "next1", "now2", "next2"] {
            let quoted = format!("{group:?}");
            assert_eq!(written.iter().filter(|record| record.contains(&quoted)).count(), 1, "{group}");
        }
        let (killed, _image) = after_a_kill(directory.path()).await;
        assert_eq!(groups(&killed).await, groups(&world).await);
        killed.stop().await;
        world.stop().await;
    }
}

/// A disk without room: nothing is set aside, nothing is created, and of what is written half has room.
const FULL: [(DiskCall, DiskFault); 3] = [
    (DiskCall::Reserve, fault(ENOSPC, Nothing)),
    (DiskCall::Create, fault(ENOSPC, Nothing)),
    (DiskCall::Write, fault(ENOSPC, Half)),
];

#[tokio::test(flavor = "multi_thread")]
async fn while_the_disk_is_full_reading_goes_on_and_room_brings_writing_back() {
    let directory = TempDir::new().expect("a directory");
    let (world, disk, app) = world(directory.path()).await;
    assert_eq!(create(&world, &app, "g").await, 200);
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    for turn in 0..2 {
        disk.fail_always(&FULL);
        let with = json!({ "AppId": app.id, "GroupId": format!("full{turn}"), "CreatorId": "host" });
        for _ in 0..3 {
            let refused = world.refused("CreateLiveMessageGroup", with.clone()).await;
            assert_eq!(refused, (500, "ServerError".to_owned()));
        }
        assert_eq!(world.refused("CreateLiveMessageApp", json!({ "AppName": "more" })).await.0, 500);
        let said = json!({ "groupId": "g", "type": 10_001, "data": "x" });
        assert_eq!(ada.refused("sendGroupMessage", said.clone()).await, 500);
        let about = json!({ "AppId": app.id, "GroupId": "g" });
        assert_eq!(world.call("DescribeLiveMessageGroup", about).await["OnlineUserCounts"], 1);
        ada.ask("queryGroup", json!({ "groupId": "g" })).await;
        assert_eq!(world.get("health").await["status"], "ok");
        world.digest().await;
        let lines = |part: &str| log::lines(directory.path(), part).len();
        assert_eq!(lines("refused with ServerError until it can"), turn + 1, "one line each time");
        assert_eq!(lines("the journal is written again"), turn);

        disk.fail_always(&[]);
        assert_eq!(create(&world, &app, &format!("room{turn}")).await, 200, "without a restart");
        ada.ask("sendGroupMessage", said).await;
        assert_eq!(lines("the journal is written again"), turn + 1);
        world.advance("2s").await;
    }
    let here = groups(&world).await;
    assert!(["g", "room0", "room1"].iter().all(|group| here.iter().any(|it| it == group)), "{here:?}");
    let (killed, _image) = after_a_kill(directory.path()).await;
    assert_eq!(groups(&killed).await, here);
    killed.stop().await;
    ada.vanish_from(&world).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_room_is_set_aside_in_time_nothing_refused_has_happened() {
    let directory = TempDir::new().expect("a directory");
    let (world, disk, app) = world(directory.path()).await;
    assert_eq!(create(&world, &app, "g").await, 200);
    world.post("join", json!({ "app": app.id, "group": "g", "user": "ada" })).await;
    disk.fail_always(&FULL[..2]);
    let body = "x".repeat(15_000);
    let send =
        json!({ "AppId": app.id, "GroupId": "g", "SenderId": "host", "Body": body, "MsgType": 10_001 });
    let mut taken = 0;
    while world.reply("SendLiveMessageGroup", send.clone()).await.status == 200 {
        taken += 1;
        world.advance("1s").await;
        assert!(taken < 200, "room is never asked for");
    }
    assert!(taken > 10, "what was set aside takes {taken}");
    let list = json!({ "AppId": app.id, "GroupId": "g", "PageSize": 10, "SortType": 1 });
    let before = world.digest().await;
    for _ in 0..5 {
        assert_eq!(create(&world, &app, "refused").await, 500);
        assert_eq!(world.reply("SendLiveMessageGroup", send.clone()).await.status, 500);
    }
    assert_eq!(world.digest().await, before, "what is refused changes nothing");
    world.call("ListLiveMessageGroupMessages", list).await;
    disk.fail_always(&[]);
    assert_eq!(create(&world, &app, "taken").await, 200);
    assert_eq!(groups(&world).await, ["g", "taken"]);
    world.stop().await;
}

/// What must be there after a restart, and what may be.
#[derive(Debug, Default)]
struct Model {
    must: Vec<String>,
    may: Vec<String>,
}

/// Everything that writes: creations, a compaction, a reset, a restore, more creations, the end. Whatever is answered, the
/// model knows what it promises.
async fn everything(disk: &Disk, directory: &Path) -> Model {
    let mut model = Model::default();
    let Ok(running) = start(disk.options(directory), None).await else { return model };
    let host = running.address.to_string();
    let world = World { running, host };
    let snapshot = {
        let with = json!({ "AppName": "show" });
        drop(world.reply("CreateLiveMessageApp", with).await);
        world.control_reply("GET", "snapshot", None).await.body
    };
    for act in ["a", "b", "compact", "c", "reset", "d", "restore", "e", "compact", "f"] {
        if act.len() > 1 {
            let status = begin_anew(&world, act, &snapshot).await;
            let anew = act != "compact";
            if anew && status == Some(200) {
                model = Model::default();
            } else if anew {
                // Either the old state or the new one.
                model.may.append(&mut model.must);
            }
            continue;
        }
        // An application of its own each: whatever was begun anew, it can be created.
        let name = format!("app{act}");
        model.may.push(name.clone());
        if world.reply("CreateLiveMessageApp", json!({ "AppName": name })).await.status == 200 {
            model.must.push(name);
        }
    }
    drop(world.running.stop().await);
    model
}

async fn apps(world: &World) -> Vec<String> {
    let listed = world.call("ListLiveMessageApps", json!({ "SortType": 1 })).await;
    let apps = listed["AppList"].as_array().cloned().unwrap_or_default();
    apps.iter().filter_map(|app| app["AppName"].as_str()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_disk_fails_once_and_what_was_answered_is_found() {
    let disk = Disk::default();
    let directory = TempDir::new().expect("a directory");
    let model = everything(&disk, directory.path()).await;
    assert_eq!(model.must, ["appe", "appf"], "nothing fails: all but what was begun anew");
    let calls = disk.calls();
    assert!(calls > 60, "{calls} calls");
    for number in 0..calls + 2 {
        // One way each, in turn: every call of a kind meets each of them somewhere.
        let way =
            [fault(EIO, Nothing), fault(EIO, All), fault(ENOSPC, Half), fault(EMFILE, Nothing)][number % 4];
        let (disk, directory) = (Disk::default(), TempDir::new().expect("a directory"));
        disk.fail_at(number, way);
        let model = everything(&disk, directory.path()).await;
        let again = World::with(Options { data: Some(directory.path().to_owned()), ..options() }).await;
        let found = apps(&again).await;
        let named = format!("call {number} of {calls}, {way:?}: {model:?}, found {found:?}");
        assert!(model.must.iter().all(|app| found.contains(app)), "{named}");
        let known = |app: &String| app == "show" || model.may.contains(app) || model.must.contains(app);
        assert!(found.iter().all(known), "{named}");
        assert_eq!(
            again.reply("CreateLiveMessageApp", json!({ "AppName": "more" })).await.status,
            200,
            "{named}"
        );
        again.stop().await;
    }
}
