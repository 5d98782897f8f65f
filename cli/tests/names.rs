//! A name that nothing has, and an empty one, are errors in every command that takes one; the error names the nearest.

use std::process::{Command, Output, Stdio};

fn claque(words: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args(words).stdin(Stdio::null());
    command.output().expect("the binary runs")
}

/// The words of a command with a name in the place of `{}`.
fn with(line: &str, name: &str) -> Vec<String> {
    line.split(' ').map(|word| word.replace("{}", name)).collect()
}

/// Commands with `{}` for a name, by what is named: a slip, and the nearest that there is.
const OFFLINE: [(&str, &str, &[&str]); 9] = [
    (
        "shaper.budget.per-groop",
        "shaper.budget.per-group",
        &[
            "rules {}",
            "conform --rule {}",
            "conform --list --rule {}",
            "mutants --rule {}",
            "conform new group/x --rule {}",
        ],
    ),
    ("shapr", "shaper", &["rules --area {}"]),
    (
        "shaper.windw",
        "shaper.window",
        &[
            "readings {}",
            "simulate --reading {}=window-close",
            "campaign --reading {}=window-close",
            "hunt --reading {}=window-close",
            "replay --reading {}=window-close",
            "replay --against {}=window-close",
            "conform --reading {}=window-close",
            "audit fixtures/recordings/lost-gift.jsonl --reading {}=window-close",
            "serve --listen 127.0.0.1:0 --exec true --reading {}=window-close",
            "ctl readings {}=window-close",
        ],
    ),
    ("window-clos", "window-close", &["simulate --reading shaper.window={}"]),
    (
        "budget-plus-on",
        "budget-plus-one",
        &[
            "simulate --mutant {}",
            "campaign --mutant {}",
            "hunt --mutant {}",
            "selftest --mutant {}",
            "explore --mutant {}",
            "shrink --mutant {}",
            "cause --mutant {}",
            "explain viewer1 --mutant {}",
            "replay --scenario smoke --users 20 --against {}",
            "replay fixtures/bugs/{}",
            "cause fixtures/bugs/{}",
            "bug export fixtures/bugs/{}",
            "bug renew fixtures/bugs/{}",
        ],
    ),
    (
        "smoek",
        "smoke",
        &[
            "simulate --scenario {}",
            "campaign --scenario {}",
            "hunt --scenario {}",
            "selftest --scenario {}",
            "shrink --scenario {}",
            "cause --scenario {}",
            "replay --scenario {}",
            "explain viewer1 --scenario {}",
        ],
    ),
    ("SendLiveMessageGruop", "SendLiveMessageGroup", &["call {}", "ctl fault --drop --operation {}"]),
    ("sendGroupMesage", "sendGroupMessage", &["ctl fault --drop --method {}"]),
    ("ada-leavs", "ada-leaves", &["explore --steps ada-joins,{}"]),
];

/// The same of what is in a run, in the suite or on a disk.
const FOUND: [(&str, &str, &[&str]); 5] = [
    (
        "veiwer7",
        "viewer7",
        &[
            "explain {} --scenario smoke --users 20",
            "replay --scenario smoke --users 20 --user {}",
            "replay --scenario smoke --users 20 --user {} --until 5s",
            "replay --scenario smoke --users 20 --user {} --step",
        ],
    ),
    (
        "g11",
        "g1",
        &[
            "replay --scenario smoke --users 20 --group {}",
            "replay --scenario smoke --users 20 --group {} --step",
        ],
    ),
    (
        "app::separates-equal-nams",
        "app::separates-equal-names",
        &["conform {}", "conform --list {}", "conform --dry-run {}"],
    ),
    ("gruop", "group", &["conform new {}/x --rule group.admins.max", "explore --scope {}"]),
    ("pyton", "python", &["init --language {}"]),
];

#[test]
fn a_slip_is_an_error_with_the_nearest_name_and_an_empty_name_is_one() {
    for (slip, near, lines) in OFFLINE.iter().chain(&FOUND) {
        for line in *lines {
            let output = claque(&with(line, slip));
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{line} with {slip}: {said}");
            assert!(said.contains(near), "{line} with {slip} does not name {near}: {said}");
            // A list without a step is a list of those that are left.
            if line.contains("--steps") {
                continue;
            }
            let output = claque(&with(line, ""));
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{line} with an empty name: {said}");
        }
    }
}

/// What a server does not have, by the same means: the application `show` has the group `stage` with ada.
const SERVED: [(&str, &str, &[&str]); 6] = [
    (
        "stagee",
        "stage",
        &[
            "ctl join --app APP --user ada --group {}",
            "ctl leave --app APP --user ada --group {}",
            "ctl say --app APP --user ada --group {}",
            "ctl crowd --app APP --join 1 --group {}",
            "ctl group show --app APP --group {}",
            "ctl sessions --app APP --group {}",
            "ctl ledger --group {}",
            "ctl limits --group {}",
            "ctl console modify-group --app APP --name x --group {}",
            "explain group:{} --live",
        ],
    ),
    (
        "xAPP",
        "APP",
        &[
            "ctl join --group stage --user ada --app {}",
            "ctl sessions --app {}",
            "ctl ledger --app {}",
            "ctl group create --group g9 --owner host --app {}",
            "ctl console delete-app --app {}",
        ],
    ),
    (
        "adaa",
        "ada",
        &[
            "ctl say --app APP --group stage --user {}",
            "ctl leave --app APP --group stage --user {}",
            "ctl outage --app APP --user {}",
            "explain {} --live",
        ],
    ),
    ("group_messages_per_secnd", "group_messages_per_second", &["ctl limits {}=5"]),
    ("smoek", "smoke", &["ctl crowd --app APP --group stage --scenario {}"]),
    (
        "worldd",
        "world",
        &[
            "ctl --world {} clock",
            "ctl world delete {}",
            "world export --world {}",
            "explain ada --live --world {}",
            "call ListLiveMessageApps SortType=1 --world {}",
        ],
    ),
];

#[test]
fn a_name_that_a_server_does_not_have_is_an_error_with_the_nearest() {
    let script = r#"set -eu
        claque() { "$claque" "$@"; }
        app=$(claque call CreateLiveMessageApp AppName=show --json | sed -n 's/.*"AppId":"\([^"]*\)".*/\1/p')
        claque call CreateLiveMessageGroup AppId="$app" GroupId=stage CreatorId=host >/dev/null
        claque ctl join --app "$app" --group stage --user ada >/dev/null
        claque ctl world create --name world >/dev/null
        set +e
        while read -r line; do
            claque $(echo "$line" | sed "s/APP/$app/g") >/dev/null 2>said
            echo "=== $? of $line"
            echo "app $app"; cat said
        done"#;
    let rows = SERVED
        .iter()
        .flat_map(|(slip, near, lines)| lines.iter().map(move |line| (line.replace("{}", slip), *near)));
    let rows: Vec<(String, &str)> = rows.collect();
    let folder = tempfile::TempDir::new().expect("a folder");
    let lines: String = rows.iter().map(|(line, _)| format!("{line}\n")).collect();
    std::fs::write(folder.path().join("lines"), lines).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--exec", &format!("({script}) <lines")]);
    for name in ["CLAQUE_CONTROL_TOKEN", "CLAQUE_WORLD", "ALIBABA_CLOUD_ACCESS_KEY_ID"] {
        command.env_remove(name);
    }
    command.env("claque", env!("CARGO_BIN_EXE_claque")).env("RUST_LOG", "warn").current_dir(folder.path());
    let output = command.output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let answers: Vec<&str> = said.split("=== ").skip(1).collect();
    assert_eq!(answers.len(), rows.len(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    for ((line, near), answer) in rows.iter().zip(answers) {
        let app = answer.lines().find_map(|line| line.strip_prefix("app ")).expect("the application");
        assert!(!answer.starts_with("0 "), "{line} is no error: {answer}");
        let wanted = format!("did you mean {}", near.replace("APP", app));
        let wanted_of_kind = wanted.replace("mean ", "mean `");
        let by_kind = ["group:", "user:"].map(|kind| wanted.replace("mean ", &format!("mean {kind}")));
        let names = [wanted, wanted_of_kind].into_iter().chain(by_kind).any(|it| answer.contains(&it));
        assert!(names, "{line} does not name {near}: {answer}");
    }
}
