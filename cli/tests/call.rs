//! `claque call`, `claque ctl app|group|world` and `claque world` as their user calls them, against a server.

use std::process::{Command, Output};

/// Runs a script beside a server; its status, and what it said.
fn beside(script: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--frozen", "--exec", &format!("set -eu\n{script}")]);
    for name in ["CLAQUE_CONTROL_TOKEN", "CLAQUE_WORLD", "ALIBABA_CLOUD_ACCESS_KEY_ID"] {
        command.env_remove(name);
    }
    let command = command.env("RUST_LOG", "warn").env("claque", env!("CARGO_BIN_EXE_claque"));
    let Output { status, stdout, stderr } = command.output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
    (status.code(), text(stdout), text(stderr))
}

fn well(script: &str) -> String {
    let (status, out, error) = beside(script);
    assert_eq!(status, Some(0), "{out}\n{error}");
    out
}

#[test]
fn a_show_is_made_without_a_client_library() {
    let out = well(
        r#"
        app=$("$claque" ctl app create --name show | sed -n 's/.*"AppId": "\(.*\)",/\1/p')
        "$claque" ctl group create --app "$app" --group g1 --owner host >&2
        "$claque" ctl join --app "$app" --group g1 --user ada >&2
        "$claque" call SendLiveMessageGroup AppId="$app" GroupId=g1 SenderId=host MsgType=10001 Body="it's a=b" --json
        "$claque" call AddLiveMessageGroupBand AppId="$app" GroupId=g1 BannedUsers=ada,bob >&2
        "$claque" call DescribeLiveMessageGroupBand AppId="$app" GroupId=g1 --json
        "#,
    );
    let lines: Vec<&str> = out.lines().skip(1).collect();
    assert!(lines[0].contains("\"MsgTid\""), "{out}");
    assert!(lines[1].contains("\"BannedUserList\":[\"ada\",\"bob\"]"), "{out}");
}

#[test]
fn every_operation_is_signed_and_answered() {
    let out = well(
        r#"
        for operation in $("$claque" call --operations | cut -d' ' -f1); do
          status=0
          "$claque" call "$operation" --json || status=$?
          [ "$status" -le 1 ]
        done
        "#,
    );
    let answers: Vec<&str> = out.lines().filter(|line| line.contains("\"RequestId\"")).collect();
    assert_eq!(answers.len(), 54, "{out}");
    for answer in answers {
        let of_signature = ["Signature", "InvalidAccessKeyId", "InvalidAction", "InvalidVersion"];
        assert!(of_signature.iter().all(|code| !answer.contains(&format!("\"Code\":\"{code}"))), "{answer}");
    }
}

#[test]
fn the_printed_curl_command_works() {
    let out = well(
        r#"
        eval "$("$claque" call CreateLiveMessageApp AppName="it is" --curl)"; echo
        app=$("$claque" call ListLiveMessageApps SortType=1 --json | sed 's/.*"AppId":"\([^"]*\)".*/\1/')
        eval "$("$claque" call CreateLiveMessageGroup AppId="$app" GroupId=g1 GroupInfo="it's \$HOME & more" --curl)"; echo
        eval "$("$claque" call DescribeLiveMessageGroup AppId="$app" GroupId=g1 --curl)"; echo
        "#,
    );
    assert!(out.contains("\"AppSign\""), "{out}");
    assert!(out.contains("it's $HOME & more"), "{out}");
}

#[test]
fn the_status_tells_a_refusal_from_wrong_usage() {
    let (status, _, error) = beside(r#""$claque" call DescribeLiveMessageApp AppId=none"#);
    assert_eq!(status, Some(1));
    assert!(error.contains("ResourceNotExist: ") && error.contains("RequestId "), "{error}");
    let (status, _, error) =
        beside(r#""$claque" call ListLiveMessageApps SortType=1 --access-key-id a --access-key-secret b"#);
    assert_eq!(status, Some(1));
    assert!(error.contains("InvalidAccessKeyId") && error.contains("signed with \"a\""), "{error}");
    let (status, _, error) = beside(
        r#""$claque" call ListLiveMessageApps SortType=1 --access-key-secret wrong --access-key-id "$CLAQUE_ACCESS_KEY_ID""#,
    );
    assert_eq!(status, Some(1));
    assert!(error.contains("with another secret: --access-key-secret"), "{error}");
    for (call, part) in [
        ("CreateLiveMesageApp", "did you mean CreateLiveMessageApp?"),
        ("CreateLiveMessageApp appname=x", "did you mean AppName?"),
        ("CreateLiveMessageApp MsgLifeCycle=many", "MsgLifeCycle"),
        ("CreateLiveMessageApp AppName", "KEY=VALUE"),
    ] {
        let (status, _, error) = beside(&format!("\"$claque\" call {call}"));
        assert_eq!(status, Some(2), "{call}");
        assert!(error.contains(part), "{call}: {error}");
    }
}

#[test]
fn a_world_is_made_used_written_down_and_made_again() {
    let out = well(
        r#"
        folder=$(mktemp -d)
        "$claque" ctl world create show --clock manual --to 1767225600 >&2
        "$claque" ctl --world show app create --name show >&2
        "$claque" ctl --world show clock --advance 30d | grep unixSeconds
        "$claque" call ListLiveMessageApps SortType=1 --world show --json | sed 's/.*"AppId":"\([^"]*\)".*/\1/'
        "$claque" call ListLiveMessageApps SortType=1 --json | grep -c AppId || true
        "$claque" world export --world show --to "$folder/show.toml"
        "$claque" ctl world delete show >&2
        "$claque" world import "$folder/show.toml" --name again >&2
        CLAQUE_WORLD=again "$claque" call ListLiveMessageApps SortType=1 --json | sed 's/.*"AppId":"\([^"]*\)".*/\1/'
        "$claque" ctl worlds | grep -c '"world"'
        rm -r "$folder"
        "#,
    );
    let lines: Vec<&str> = out.lines().skip(1).collect();
    assert!(lines[0].contains("1769817600"), "thirty days on: {out}");
    assert_eq!(lines[2], "0", "the first world has no application: {out}");
    assert!(lines[1].len() == 16 && lines[1] == lines[3], "the AppId is the same: {out}");
    assert_eq!(lines[4], "2", "{out}");
}

#[test]
fn a_snapshot_replaces_its_own_file_and_no_other() {
    let out = well(
        r#"
        folder=$(mktemp -d)
        cd "$folder"
        echo mine > before.new
        echo old > before.clq
        "$claque" ctl snapshot --to before.clq >&2
        cat before.new
        "$claque" journal verify before.clq >&2
        stat -c %a before.clq
        mkfifo pipe
        for place in pipe "$folder"; do
          status=0
          "$claque" ctl snapshot --to "$place" 2>> said || status=$?
          echo "$status"
        done
        [ -p pipe ]
        grep -c 'no ordinary file' said
        ls -A | tr '\n' ' '
        cd / && rm -r "$folder"
        "#,
    );
    let lines: Vec<&str> = out.lines().skip(1).collect();
    assert_eq!(lines, ["mine", "600", "2", "2", "2", "before.clq before.new pipe said "], "{out}");
}

#[test]
fn what_would_do_nothing_is_refused_with_the_way_out() {
    let (status, out, said) = beside(
        r#"
        app=$("$claque" ctl app create --name show | sed -n 's/.*"AppId": "\(.*\)",/\1/p')
        "$claque" ctl group create --app "$app" --group stage --owner host >&2
        "$claque" ctl ledger --group stage >&2
        printf '[{"Effect":"Allow","Action":"live:CreatLiveMessageGroup","Resource":"*"}]' > "${TMPDIR:-/tmp}/policy.$$"
        tell() { status=0; "$claque" ctl "$@" || status=$?; echo "$status"; }
        tell fault --operation SendLiveMessageGroup
        tell fault --method sendGroupMessage
        tell outgoing
        tell ledger --group stagee
        tell key --id a --secret b --policy "${TMPDIR:-/tmp}/policy.$$"
        tell feed --after x
        rm "${TMPDIR:-/tmp}/policy.$$"
        tell fault >&2
        tell outgoing --direct >&2
        "#,
    );
    assert_eq!(status, Some(0), "{out}\n{said}");
    assert_eq!(out.lines().skip(1).collect::<Vec<_>>(), ["2"; 6], "{out}\n{said}");
    for part in [
        "SendLiveMessageGroup is named, but no fault: add --delay 200ms, --drop or --fail CODE",
        "sendGroupMessage is named, but no fault",
        "--proxy",
        "--direct",
        "no group \"stagee\"",
        "did you mean stage?",
        "did you mean live:CreateLiveMessageGroup?",
        "`x` is not a number of an event: write a whole number from 0 to 18446744073709551615",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_world_is_named_by_position_or_by_option() {
    let out = well(
        r#"
        names() { "$claque" ctl worlds | sed -n 's/.*"world": "\(.*\)".*/\1/p' | sort | tr '\n' ' '; }
        "$claque" ctl world create --name one >&2
        "$claque" ctl world create two >&2
        "$claque" world export --world one > "${TMPDIR:-/tmp}/world.$$"
        names
        "$claque" ctl world delete one >&2
        "$claque" world import "${TMPDIR:-/tmp}/world.$$" three >&2
        names
        "$claque" ctl world delete three >&2
        "$claque" world import "${TMPDIR:-/tmp}/world.$$" --name four >&2
        names
        rm "${TMPDIR:-/tmp}/world.$$"
        "#,
    );
    for name in ["one", "two", "three", "four"] {
        assert!(out.contains(name), "{name}: {out}");
    }
}
