//! `claque record`, `claque replay-log` and HAR files, through real sockets: what passed through the proxy audits clean and can be made again.

use std::path::Path;
use std::process::{Command, Output};

/// Runs a script beside a server; its status, and what it said.
fn beside(options: &[&str], folder: &Path, script: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.args(["serve", "--listen", "127.0.0.1:0"]).args(options);
    command.args(["--exec", &format!("set -eu\n{RECORDER}\n{script}")]);
    for name in ["CLAQUE_CONTROL_TOKEN", "CLAQUE_WORLD", "ALIBABA_CLOUD_ACCESS_KEY_ID"] {
        command.env_remove(name);
    }
    let command =
        command.env("RUST_LOG", "warn").env("claque", env!("CARGO_BIN_EXE_claque")).current_dir(folder);
    let Output { status, stdout, stderr } = command.output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
    (status.code(), text(stdout), text(stderr))
}

/// `record LOG OPTIONS…` starts a recorder and sets `proxy`, `receiver` and `recorder`; `recorded` ends it.
const RECORDER: &str = r#"
    record() {
        log=$1; shift
        "$claque" record -o "$log" "$@" >"$log.out" 2>"$log.err" & recorder=$!
        until grep -q -e '^ready' -e "$waits" "$log.out"; do
            kill -0 $recorder || { cat "$log.err" >&2; exit 9; }
            sleep 0.05
        done
        proxy=$(sed -n 's/^ready http:..//p' "$log.out"); receiver=$(sed -n 's/^callbacks //p' "$log.out")
    }
    waits='^ready'
    recorded() { kill -TERM $recorder; wait $recorder; cat "$log.err" >&2; }
    show() {
        app=$("$claque" call CreateLiveMessageApp AppName=show --json | sed -n 's/.*"AppId":"\([^"]*\)".*/\1/p')
        "$claque" call CreateLiveMessageGroup AppId="$app" GroupId=g1 CreatorId=host
        "$claque" call AddLiveMessageGroupBand AppId="$app" GroupId=g1 BannedUsers=ada,bob
        "$claque" call DescribeLiveMessageGroupBand AppId="$app" GroupId=g1
        "$claque" call SendLiveMessageGroup AppId="$app" GroupId=g1 SenderId=host MsgType=10001 Body="it's a=b" || true
        "$claque" call DescribeLiveMessageGroup AppId="$app" GroupId=nowhere || true
    }
"#;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn well(options: &[&str], folder: &Path, script: &str) -> String {
    let (status, out, error) = beside(options, folder, script);
    assert_eq!(status, Some(0), "{out}\n{error}");
    out
}

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("it was written")
}

#[test]
fn what_the_proxy_recorded_audits_clean_and_can_be_made_again() {
    let folder = folder();
    let out = well(
        &[],
        folder.path(),
        r#"
        record calls.jsonl --listen 127.0.0.1:0 --upstream "$CLAQUE_URL" --complete
        (CLAQUE_ENDPOINT=$proxy; export CLAQUE_ENDPOINT; show >&2)
        recorded
        "$claque" audit calls.jsonl --json
        "$claque" replay-log calls.jsonl >&2
        sed 's/"ResourceNotExist"/"NoAuth"/' calls.jsonl >other.jsonl
        ! "$claque" replay-log other.jsonl 2>/dev/null
        "#,
    );
    let log = text(folder.path(), "calls.jsonl");
    assert_eq!(log.matches("\"operation\"").count(), 6, "{log}");
    for secret in ["claque-development", "Signature", "AccessKeyId"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    assert!(log.contains("left out: key of"), "{log}");
    let found = out.lines().find(|line| line.starts_with('{')).expect("a report");
    let found: serde_json::Value = serde_json::from_str(found).expect("JSON");
    assert_eq!(found["undone"], serde_json::Value::Null, "it was done again with the reference");
    assert_eq!(found["unexplained"], serde_json::Value::Null);
    assert!(out.contains("was answered 404 NoAuth and is answered 404 ResourceNotExist"), "{out}");
}

#[test]
fn a_recording_of_a_broken_service_is_flagged() {
    let folder = folder();
    let (status, out, error) = beside(
        &[],
        folder.path(),
        r#"
        record calls.jsonl --listen 127.0.0.1:0 --upstream "$CLAQUE_URL"
        (CLAQUE_ENDPOINT=$proxy; export CLAQUE_ENDPOINT; show >/dev/null)
        recorded
        sed 's/"status":404/"status":400/' calls.jsonl >broken.jsonl
        "$claque" audit broken.jsonl
        "#,
    );
    assert_eq!(status, Some(1), "{out}{error}");
    assert!(out.contains("error.resource-not-exist.code"), "{out}");
}

#[test]
fn a_service_behind_tls_is_recorded_too() {
    let folder = folder();
    well(
        &["--tls", "self-signed", "--tls-ca", "ca.pem"],
        folder.path(),
        r#"
        record calls.jsonl --listen 127.0.0.1:0 --upstream "https://localhost:${CLAQUE_URL##*:}" --ca ca.pem
        (unset CLAQUE_CA; CLAQUE_ENDPOINT=$proxy; export CLAQUE_ENDPOINT; show >&2)
        recorded
        "$claque" audit calls.jsonl >&2
        "#,
    );
    assert_eq!(text(folder.path(), "calls.jsonl").matches("\"status\":200").count(), 4);
}

#[test]
fn callbacks_are_taken_and_written_down() {
    let folder = folder();
    well(
        &[],
        folder.path(),
        r#"
        waits=^callbacks
        record callbacks.jsonl --callbacks 127.0.0.1:0
        app=$("$claque" call CreateLiveMessageApp AppName=show --json | sed -n 's/.*"AppId":"\([^"]*\)".*/\1/p')
        "$claque" call CreateLiveMessageGroup AppId="$app" GroupId=g1 CreatorId=host >&2
        "$claque" call ModifyLiveMessageAppCallback AppId="$app" EventCallbackUrl="$receiver/events" >&2
        "$claque" ctl join --app "$app" --group g1 --user ada >&2
        tries=0
        until grep -q '"callback"' callbacks.jsonl; do tries=$((tries + 1)); [ $tries -lt 200 ]; sleep 0.05; done
        recorded
        "$claque" audit callbacks.jsonl >&2
        "#,
    );
    let log = text(folder.path(), "callbacks.jsonl");
    assert!(log.contains("\"method\":\"POST\"") && log.contains("\"answered\":200"), "{log}");
}

#[test]
fn errors_say_what_to_do() {
    let folder = folder();
    let refused = |arguments: &[&str], parts: &[&str]| {
        let done =
            Command::new(env!("CARGO_BIN_EXE_claque")).args(arguments).current_dir(folder.path()).output();
        let done = done.expect("the binary runs");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {said}");
        parts
            .iter()
            .for_each(|part| assert!(said.contains(part), "{arguments:?} does not say {part:?}: {said}"));
    };
    std::fs::write(folder.path().join("there.jsonl"), "").expect("written");
    std::fs::write(folder.path().join("bad.har"), "{\"log\":{}}").expect("written");
    let to = ["record", "--listen", "127.0.0.1:0", "-o"];
    let with = |log: &'static str, upstream: &'static str| [&to[..], &[log, "--upstream", upstream]].concat();
    refused(&with("there.jsonl", "http://127.0.0.1:1"), &["there.jsonl", "written over", "another file"]);
    refused(&with("new.jsonl", "127.0.0.1:1"), &["127.0.0.1:1", "https://live.aliyuncs.com"]);
    refused(&with("new.jsonl", "http://127.0.0.1:1/path"), &["has a path"]);
    refused(&["record", "-o", "new.jsonl"], &["--callbacks"]);
    refused(&["replay-log", "there.jsonl"], &["there.jsonl", "0 calls", "claque record"]);
    refused(&["audit", "bad.har"], &["bad.har", "log.entries"]);
    assert!(!folder.path().join("new.jsonl").exists(), "no empty recording is left behind");
}

#[test]
fn a_har_is_judged_by_its_entries() {
    let folder = folder();
    let entry = |status: u16| {
        serde_json::json!({
            "request": { "method": "POST", "url": "https://live.aliyuncs.com/?Action=DescribeLiveMessageGroup&Version=2016-11-01",
                "headers": [{ "name": "Content-Type", "value": "application/x-www-form-urlencoded" }],
                "postData": { "text": "AppId=a&GroupId=nowhere&Signature=x" } },
            "startedDateTime": "2026-11-30T08:00:00.123Z", "time": 12.5,
            "response": { "status": status, "content": { "text":
                "{\"RequestId\":\"r\",\"Code\":\"ResourceNotExist\",\"Message\":\"no\"}" } }
        })
    };
    for (status, exit, says) in [(404, 0, "1 call,"), (400, 1, "show.har:entry 1")] {
        let har = serde_json::json!({ "log": { "version": "1.2", "entries": [entry(status)] } });
        std::fs::write(folder.path().join("show.har"), har.to_string()).expect("written");
        let done = Command::new(env!("CARGO_BIN_EXE_claque"))
            .args(["audit", "show.har"])
            .current_dir(folder.path())
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert_eq!(done.status.code(), Some(exit), "{said}");
        assert!(said.contains(says), "{said}");
    }
}
