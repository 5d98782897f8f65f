//! What an example speaks of, and how it is made: a script for the folder in which it is run.

/// Commands that read or write `fixtures/` without naming it.
pub(crate) const USES_FIXTURES: [&str; 4] =
    ["claque conform new", "claque shrink", "claque bug", "claque golden"];

/// Commands that take longer, and that no Ctrl-C ends with what they have so far.
pub(crate) const LONG: [&str; 1] = ["claque cause"];

/// What examples find in their environment: a task of an array its number, and a caller of a service of one's own the key.
pub(crate) const VARIABLES: [(&str, &str); 5] = [
    ("SLURM_ARRAY_TASK_ID", "0"),
    ("SLURM_ARRAY_TASK_MIN", "0"),
    ("SLURM_ARRAY_TASK_COUNT", "50000"),
    ("MY_KEY_ID", "testid"),
    ("MY_KEY_SECRET", "testsecret"),
];

/// Whether a line calls a server.
pub(crate) fn needs_server(line: &str) -> bool {
    let commands = ["claque call", "claque ctl", "claque world", "claque replay-log"];
    commands.iter().any(|it| line.starts_with(it))
        || ["--live", "--subject http", "--upstream http://127"].iter().any(|it| line.contains(it))
}

/// An application with the group g1, in which host and ada are.
const SHOW: &str = r#"
    claque call CreateLiveMessageApp AppName=show --json | sed -n 's/.*"AppId":"\([^"]*\)".*/\1/p' >.app
    app=$(cat .app)"#;
const GROUP: &str = r#"
    claque call CreateLiveMessageGroup AppId="$app" GroupId=g1 CreatorId=host
    claque ctl join --app "$app" --group g1 --user host"#;
const ADA: &str = r#"
    claque ctl join --app "$app" --group g1 --user ada"#;

/// A campaign of four units, of which two are there.
const CAMPAIGN: &str =
    "claque campaign --scenario smoke --users 20 --seeds 0..8 --unit-seeds 2 --double 0 --units 0..2";

/// A report of some cases of the suite, in a folder.
fn report(folder: &str) -> (String, String) {
    let file = format!("{folder}/report.jsonl");
    (file, format!("claque conform --rule group.admins.max --report-dir {folder}"))
}

/// Files and folders by the word that names them, each with the script that makes it.
fn named() -> Vec<(String, String)> {
    let own = |(name, script): (&str, &str)| (name.to_owned(), script.to_owned());
    let mut all: Vec<(String, String)> = [
        ("comments.xml", "cp fixtures/chats/lantern-night.xml comments.xml"),
        ("show.live_chat.json.gz", "gzip -c fixtures/chats/concert.live_chat.json >show.live_chat.json.gz"),
        ("old.jsonl", "cp fixtures/chats/market-day.jsonl old.jsonl"),
        ("backend.jsonl", "claque audit --session 17 --keep backend.jsonl"),
        ("phone-*.jsonl", "echo '{\"source\":\"phone-1\",\"header\":{\"version\":1}}' >phone-1.jsonl"),
        ("browser.har", HAR),
        ("my-service.toml", "printf '%s\\n' 'name = \"mine\"' 'endpoint = \"http://127.0.0.1:9\"' '[credentials]' 'id-env = \"MY_KEY_ID\"' 'secret-env = \"MY_KEY_SECRET\"' >my-service.toml"),
        ("fixtures/cases/group/my-case.toml", "cp fixtures/cases/group/application-and-name-are-required.toml fixtures/cases/group/my-case.toml"),
        ("run.txt", "claque simulate --scenario smoke --seed 3 --trace run.txt"),
        ("policy.json", "echo '{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"live:List*\",\"Resource\":\"*\"}]}' >policy.json"),
        ("restore --from before.clq", "claque ctl snapshot --to before.clq"),
        ("claque.toml", "claque init --language python >/dev/null"),
        ("receivers.pem", "claque serve --listen 127.0.0.1:0 --tls self-signed --tls-ca receivers.pem --exec true"),
        ("my_test.py", "echo 'print(1)' >my_test.py"),
        ("import show.toml", "claque ctl world create; claque world export --world w1 --to show.toml; claque ctl world delete w1"),
        ("claque journal ", "claque serve --listen 127.0.0.1:0 --data data --exec 'claque call CreateLiveMessageApp AppName=show'"),
        ("serve --world show.toml", "claque serve --listen 127.0.0.1:0 --exec 'claque world export --to show.toml'"),
        ("--world w1", "claque ctl world create"),
        ("audit calls.jsonl", "claque audit --session 17 --keep calls.jsonl\n\
            echo '{\"source\":\"receiver\",\"header\":{\"version\":1}}' >callbacks.jsonl"),
        ("replay-log calls.jsonl", RECORDED),
        ("../claque-0.1/claque", "mkdir ../claque-0.1; ln -s \"$(command -v claque)\" ../claque-0.1/claque"),
        ("target/debug/claque", "mkdir -p target/debug; ln -s \"$(command -v claque)\" target/debug/claque"),
        ("--out sim/lab/tests", "mkdir -p sim/lab/tests"),
        (">~/.zfunc", "mkdir -p ~/.zfunc"),
        (">~/.config", "mkdir -p ~/.config/fish/completions"),
    ]
    .map(own)
    .into();
    all.extend(["before", "after", "out", "a", "b", "core", "world"].map(report));
    for name in ["part-1", "part-2", "part-3", "of-release", "of-debug", "of-x86", "of-arm"] {
        all.push((name.to_owned(), format!("{CAMPAIGN} --out {name}")));
    }
    all
}

/// A browser's recording of one call that found nothing.
const HAR: &str = r#"cat >browser.har <<'END'
{"log":{"version":"1.2","entries":[{"startedDateTime":"2026-11-30T08:00:00.123Z","time":12.5,
"request":{"method":"POST","url":"https://live.aliyuncs.com/?Action=DescribeLiveMessageGroup&Version=2016-11-01",
"headers":[{"name":"Content-Type","value":"application/x-www-form-urlencoded"}],
"postData":{"text":"AppId=a&GroupId=nowhere&Signature=x"}},
"response":{"status":404,"content":{"text":"{\"RequestId\":\"r\",\"Code\":\"ResourceNotExist\",\"Message\":\"no\"}"}}}]}}
END"#;

/// A recording of one call through the proxy.
const RECORDED: &str = r#"
    claque record -o calls.jsonl --listen 127.0.0.1:0 --upstream "http://$CLAQUE_ENDPOINT" >proxy.out & recorder=$!
    until grep -q ^ready proxy.out; do kill -0 $recorder; sleep 0.05; done
    CLAQUE_ENDPOINT=$(sed -n 's/^ready http:..//p' proxy.out) claque call CreateLiveMessageApp AppName=show
    kill -TERM $recorder; wait $recorder"#;

/// What makes all that a line speaks of.
pub(crate) fn scripts(line: &str) -> String {
    let mut scripts: Vec<String> =
        named().into_iter().filter(|(name, _)| has(line, name)).map(|(_, script)| script).collect();
    let is_world = line.contains("--world w1");
    if ["APP", "ctl ledger", "--live"].iter().any(|it| line.contains(it))
        && !line.starts_with("claque call ListLive")
    {
        let mut show = SHOW.to_owned();
        if !line.contains("CreateLiveMessageGroup") && !line.contains("group create") {
            show.push_str(GROUP);
            if !line.contains("ctl join") {
                show.push_str(ADA);
            }
        }
        // In the world that the line means, whose IDs are its own.
        if is_world { scripts.push(format!("export CLAQUE_WORLD=w1{show}")) } else { scripts.push(show) }
    }
    // What is there already is written by an earlier example of the same help.
    let into_campaign =
        ["claque campaign --out DIR", "reconcile DIR", "merge DIR"].iter().any(|it| line.contains(it));
    if into_campaign {
        scripts.push(format!("{CAMPAIGN} --out DIR"));
    }
    scripts.join("\n")
}

/// Whether a line names a file or a folder, not as one that it writes; or has these words.
fn has(line: &str, name: &str) -> bool {
    if name.contains(' ') || !name.starts_with(char::is_alphanumeric) {
        return line.contains(name);
    }
    let words: Vec<&str> = line.split([' ', '=', '\'']).collect();
    let writes = ["--keep", "-o", "--to", "--trace", "--report-dir", "--into", "--out", ">"];
    let reads = |at: usize| at == 0 || !writes.contains(&words[at - 1]);
    words.iter().enumerate().any(|(at, word)| *word == name && reads(at))
}
