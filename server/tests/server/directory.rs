//! The data directory against its enemies: damage, other hands, other versions, other clocks.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use claque_core::Duration;
use claque_core::journal::{Entry, Reader, StateDigest, UsedNonce, Writer};
use claque_server::clock::wall_now;
use claque_server::journal::FILE_NAME;
use claque_server::{Options, start};
use claque_wire::client::ClientStyle;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{World, options, wire};

fn durable(directory: &Path) -> Options {
    Options { data: Some(directory.to_owned()), ..options() }
}

async fn refusal(directory: &Path) -> String {
    start(durable(directory), None).await.expect_err("it does not start").to_string()
}

/// A directory in which a small show took place.
async fn after_a_show() -> TempDir {
    let directory = TempDir::new().expect("a directory");
    let world = World::with(durable(directory.path())).await;
    let app = world.show().await;
    world.post("join", json!({ "app": app.id, "group": "g", "user": "ada" })).await;
    world.stop().await;
    directory
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_the_last_acknowledged_record_is_never_taken_for_a_torn_tail() {
    let directory = after_a_show().await;
    let path = directory.path().join(FILE_NAME);
    let bytes = std::fs::read(&path).expect("the journal");
    let records = Reader::new(&bytes).expect("a journal").map(|record| record.expect("intact").offset);
    let last = records.last().expect("records");
    for at in [last, last + 5, last + 13, last + 17, last + 21, last + 24, bytes.len() - 1] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        std::fs::write(&path, &flipped).expect("written");
        let text = refusal(directory.path()).await;
        assert!(text.contains(&format!("corrupt at offset {last}")), "byte {at}: {text}");
        assert!(text.contains("was acknowledged") && text.contains("salvage"), "byte {at}: {text}");
        assert_eq!(std::fs::read(&path).expect("the journal"), flipped, "nothing was changed");
    }
    for end in [last, last + 3, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..end]).expect("written");
        let text = refusal(directory.path()).await;
        assert!(text.contains("acknowledged"), "cut at {end}: {text}");
    }
    std::fs::write(&path, &bytes).expect("written");
    World::with(durable(directory.path())).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_is_gone_is_not_begun_afresh() {
    let directory = after_a_show().await;
    std::fs::remove_file(directory.path().join(FILE_NAME)).expect("removed");
    let text = refusal(directory.path()).await;
    assert!(text.contains("there is no journal") && text.contains("inputs.journal.synced"), "{text}");
    std::fs::remove_file(directory.path().join("inputs.journal.synced")).expect("removed");
    World::with(durable(directory.path())).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_holds_whatever_is_removed() {
    let directory = TempDir::new().expect("a directory");
    let first = World::with(durable(directory.path())).await;
    for file in std::fs::read_dir(directory.path()).expect("a directory") {
        let path = file.expect("a file").path();
        if !path.ends_with(FILE_NAME) {
            std::fs::remove_file(path).expect("removed");
        }
    }
    assert!(refusal(directory.path()).await.contains("another server"));
    first.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_with_secrets_are_for_their_owner() {
    let parent = TempDir::new().expect("a directory");
    let directory = parent.path().join("data");
    World::with(durable(&directory)).await.stop().await;
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    for file in std::fs::read_dir(&directory).expect("a directory") {
        let path = file.expect("a file").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    // What was opened to others by hand is closed, or remarked on.
    std::fs::set_permissions(directory.join(FILE_NAME), PermissionsExt::from_mode(0o644)).expect("changed");
    std::fs::set_permissions(&directory, PermissionsExt::from_mode(0o755)).expect("changed");
    let world = World::with(durable(&directory)).await;
    let remarks = world.running.recovered.clone().expect("a data directory").remarks;
    assert!(remarks.iter().any(|remark| remark.contains("chmod 700")), "{remarks:?}");
    assert_eq!(mode(&directory.join(FILE_NAME)), 0o600);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_is_used_up_beyond_a_restart_a_compaction_and_a_reset() {
    let directory = TempDir::new().expect("a directory");
    let first = World::with(durable(directory.path())).await;
    let app = first.app().await;
    let create = first.signed(ClientStyle::Python, "CreateLiveMessageApp", &json!({ "AppName": "show" }));
    let about = json!({ "AppId": app.id });
    let list = first.signed(ClientStyle::Python, "DescribeLiveMessageApp", &about);
    for request in [&create, &list] {
        let reply = first.raw(&wire(request)).await.expect("an answer");
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    }
    first.stop().await;
    for then in ["", "compact", "reset"] {
        let world = World::with(durable(directory.path())).await;
        for request in [&create, &list] {
            let reply = world.raw(&wire(request)).await.expect("an answer");
            assert_eq!(reply.json()["Code"], "SignatureNonceUsed", "before {then:?}");
        }
        if !then.is_empty() {
            world.post(then, json!({})).await;
        }
        world.stop().await;
    }
    let world = World::with(durable(directory.path())).await;
    let reply = world.raw(&wire(&create)).await.expect("an answer");
    assert_eq!(reply.json()["Code"], "SignatureNonceUsed");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_reads_and_what_is_refused_is_not_written_down() {
    let directory = TempDir::new().expect("a directory");
    let world = World::with(durable(directory.path())).await;
    let app = world.show().await;
    let inputs = || {
        let bytes = std::fs::read(directory.path().join(FILE_NAME)).expect("the journal");
        let records = Reader::new(&bytes).expect("a journal").map(|record| record.expect("intact").entry);
        records.filter(|entry| matches!(entry, Entry::Input(..) | Entry::Signed(..))).count()
    };
    let before = inputs();
    let about = json!({ "AppId": app.id, "GroupId": "g" });
    world.call("DescribeLiveMessageGroup", about.clone()).await;
    world.refused("DescribeLiveMessageGroup", json!({ "AppId": app.id, "GroupId": "nowhere" })).await;
    world
        .refused(
            "CreateLiveMessageGroup",
            json!({ "AppId": app.id, "GroupId": "not allowed!", "CreatorId": "h" }),
        )
        .await;
    world.call("DeleteLiveMessageGroup", json!({ "AppId": app.id, "GroupId": "g", "OperatorId": "h" })).await;
    assert_eq!(inputs() - before, 1, "the deletion alone");
    let digest = world.digest().await;
    world.stop().await;
    let world = World::with(durable(directory.path())).await;
    let recovered = world.running.recovered.clone().expect("a data directory");
    assert_eq!(format!("{:016x}", recovered.digest), digest);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_digest_than_was_written_names_both_versions() {
    let directory = after_a_show().await;
    let path = directory.path().join(FILE_NAME);
    let bytes = std::fs::read(&path).expect("the journal");
    let (mut written, mut writer) = Writer::begin(1);
    let mut digests = 0;
    for record in Reader::new(&bytes).expect("a journal") {
        let entry = match record.expect("intact").entry {
            Entry::Digest(state) => {
                digests += 1;
                let product = "claque 0.0.9".to_owned();
                Entry::Digest(StateDigest { digest: state.digest ^ 1, product, ..state })
            }
            other => other,
        };
        writer.append(&mut written, &entry).expect("short");
    }
    assert_eq!(digests, 1, "an orderly end leaves one");
    std::fs::write(&path, &written).expect("written");
    let text = refusal(directory.path()).await;
    assert!(text.contains("claque 0.0.9") && text.contains(claque_core::journal::PRODUCT), "{text}");
    assert!(text.contains("salvage"), "a way out: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_format_before_is_refused_with_the_way_out() {
    let directory = TempDir::new().expect("a directory");
    std::fs::write(directory.path().join(FILE_NAME), b"CLQJ\x01\x00\x00\x00rest").expect("written");
    let text = refusal(directory.path()).await;
    assert!(text.contains("format version 1") && text.contains("salvage"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_clock_far_ahead_is_remarked_on_at_the_start() {
    let directory = TempDir::new().expect("a directory");
    let first = World::with(durable(directory.path())).await;
    assert_eq!(first.running.recovered.clone().expect("a data directory").remarks, [""; 0]);
    first.advance("1200d").await;
    first.stop().await;
    let second = World::with(durable(directory.path())).await;
    let remarks = second.running.recovered.clone().expect("a data directory").remarks;
    assert!(remarks.iter().any(|remark| remark.contains("3 years ahead")), "{remarks:?}");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_clock_that_stepped_back_is_remarked_on_at_the_start() {
    let directory = after_a_show().await;
    // Something is written while the machine's clock is wrong by so much; then it is right again.
    for (ahead, remark) in
        [(0, None), (100, Some("stepped back by 9")), (3 * 86_400, Some("stepped back by 2 days"))]
    {
        let opened = claque_server::journal::open(directory.path()).expect("it opens");
        let mut journal = opened.journal;
        let nonce = UsedNonce { access_key_id: "key".into(), nonce: format!("n{ahead}"), signed_at: 1 };
        journal.append(&Entry::Nonce(nonce)).expect("short");
        journal.commit(wall_now() + Duration::from_secs(ahead)).expect("written");
        journal.close();
        drop(journal);
        let world = World::with(durable(directory.path())).await;
        let remarks = world.running.recovered.clone().expect("a data directory").remarks;
        let about: Vec<_> = remarks.iter().filter(|remark| remark.contains("stepped back")).collect();
        match remark {
            None => assert!(about.is_empty(), "{remarks:?}"),
            Some(remark) => {
                assert_eq!(about.len(), 1, "once: {remarks:?}");
                assert!(about[0].contains(remark), "{about:?} does not say {remark:?}");
                assert!(about[0].contains("UNIX seconds, and it is"), "both times: {about:?}");
            }
        }
        // The first commit after it is at the right time, which the next start compares with.
        world.app().await;
        world.stop().await;
        let next = World::with(durable(directory.path())).await;
        let remarks = next.running.recovered.clone().expect("a data directory").remarks;
        assert!(!remarks.iter().any(|remark| remark.contains("stepped back")), "{remarks:?}");
        next.stop().await;
    }
}
