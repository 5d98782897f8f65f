//! The first minutes: what `claque init` writes runs, and `claque doctor` says what stands in the way.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

fn claque(words: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_claque"))
        .current_dir(folder)
        .args(words)
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The files of each language, and a command that reads the first test without running it. The Java test needs the client library to
/// be read: `clients/java/test.sh` holds it to the page's test, which Maven compiles and runs.
const LANGUAGES: [(&str, &str, &[&str]); 5] = [
    ("python", "test_show.py", &["python3", "-m", "py_compile", "test_show.py"]),
    ("node", "show.test.mjs", &["node", "--check", "show.test.mjs"]),
    ("go", "show_test.go", &["gofmt", "-e", "-l", "show_test.go"]),
    ("java", "src/test/java/ShowTest.java", &[]),
    ("rust", "tests/show.rs", &["rustfmt", "--edition", "2024", "--check", "tests/show.rs"]),
];

#[test]
fn what_init_writes_is_whole_and_is_not_written_twice() {
    for (language, test, reader) in LANGUAGES {
        let folder = tempfile::tempdir().expect("a folder");
        let made = claque(&["init", "--language", language], folder.path());
        assert_eq!(made.status.code(), Some(0), "{language}: {}", text(&made.stderr));
        for file in ["claque.toml", "show.toml", test] {
            assert!(folder.path().join(file).is_file(), "{language}: {file}");
            assert!(text(&made.stdout).contains(file), "{language}: {file} is named");
        }
        // A machine without the language reads the others.
        if let Some((program, words)) = reader.split_first()
            && let Ok(read) = Command::new(program).args(words).current_dir(folder.path()).output()
        {
            assert!(read.status.success(), "{language}: {}{}", text(&read.stdout), text(&read.stderr));
        }
        std::fs::remove_file(folder.path().join("show.toml")).expect("it is there");
        let again = claque(&["init", "--language", language], folder.path());
        let said = text(&again.stderr);
        assert_eq!(again.status.code(), Some(2), "{language}: {said}");
        assert!(
            said.contains("claque.toml") && said.contains("there already") && said.contains("--into"),
            "{said}"
        );
        assert!(!folder.path().join("show.toml").exists(), "{language}: half of the files are written");
    }
}

#[test]
fn the_first_configuration_serves_and_the_first_scenario_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = claque(&["init", "--language", "python", "--into", "new/tests"], folder.path());
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let served = claque(
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--config",
            "new/tests/claque.toml",
            "--exec",
            "echo key=$CLAQUE_ACCESS_KEY_ID",
        ],
        folder.path(),
    );
    assert_eq!(served.status.code(), Some(0), "{}", text(&served.stderr));
    assert!(text(&served.stdout).contains("key=testid"), "{}", text(&served.stdout));
    let run = claque(&["simulate", "--scenario", "new/tests/show.toml"], folder.path());
    assert_eq!(run.status.code(), Some(0), "{}{}", text(&run.stdout), text(&run.stderr));
    assert!(text(&run.stdout).contains("verdict                pass"), "{}", text(&run.stdout));
}

#[test]
fn doctor_names_what_stands_in_the_way_and_the_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = taken.local_addr().expect("an address").to_string();
    std::fs::write(folder.path().join("file"), "").expect("a file");
    let sick = claque(&["doctor", "--listen", &at, "--data", "file/data"], folder.path());
    let said = text(&sick.stdout);
    assert_eq!(sick.status.code(), Some(1), "{said}");
    for part in ["fail  port ", &at, "port 0 any free one", "fail  data ", "name another directory"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(text(&sick.stderr).contains("2 of 6 fail"), "{}", text(&sick.stderr));
    let well = claque(&["doctor", "--listen", "127.0.0.1:0", "--data", "data"], folder.path());
    let said = text(&well.stdout);
    assert_eq!(well.status.code(), Some(0), "{said}");
    assert!(said.lines().filter(|line| line.starts_with("ok  ")).count() >= 4, "{said}");
}
