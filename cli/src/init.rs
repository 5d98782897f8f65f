//! `claque init`: a configuration, a first scenario and a first test, for one language.

use std::path::{Path, PathBuf};

use claque_conformance::file;

use crate::output::line;
use crate::{CommandFailure, Done};

/// For which language, and where.
#[derive(clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  claque init --language python
  claque init --language go --into show-tests
  claque init --language rust

It writes three files and overwrites none: claque.toml (claque serve --config claque.toml), show.toml (claque simulate
--scenario show.toml), and the tests of the page docs/first-test of the language, which you run as that page says."
)]
pub(crate) struct Arguments {
    /// The language of the first test.
    #[arg(long, value_enum)]
    language: Language,
    /// The folder that the files go into; it is made where it is missing.
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
}

/// The languages that a first test is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    Python,
    Node,
    Go,
    Java,
    Rust,
}

/// A first test: its file, the page that has it, the fence that its text stands behind, and how it is run.
struct FirstTest {
    path: &'static str,
    page: &'static str,
    fence: &'static str,
    run: &'static str,
}

impl Language {
    const fn first_test(self) -> FirstTest {
        match self {
            Self::Python => FirstTest {
                path: "test_show.py",
                page: include_str!("../../docs/first-test/python.md"),
                fence: "```python\n# test_show.py\n",
                run: "pytest test_show.py",
            },
            Self::Node => FirstTest {
                path: "show.test.mjs",
                page: include_str!("../../docs/first-test/node.md"),
                fence: "```js\n// show.test.mjs\n",
                run: "node --test",
            },
            Self::Go => FirstTest {
                path: "show_test.go",
                page: include_str!("../../docs/first-test/go.md"),
                fence: "```go\n// show_test.go\n",
                run: "go test ./...",
            },
            Self::Java => FirstTest {
                path: "src/test/java/ShowTest.java",
                page: include_str!("../../docs/first-test/java.md"),
                fence: "```java\n// ShowTest.java\n",
                run: "mvn test",
            },
            Self::Rust => FirstTest {
                path: "tests/show.rs",
                page: include_str!("../../clients/rust/README.md"),
                fence: "```rust\n",
                run: "cargo test --test show",
            },
        }
    }
}

impl FirstTest {
    /// The text of the test, as the page has it.
    fn text(&self, language: Language) -> String {
        let (_, behind) = self.page.split_once(self.fence).expect("the page has the test; a test looks");
        let (text, _) = behind.split_once("\n```").expect("a block ends; a test looks");
        if language != Language::Rust {
            return format!("{text}\n");
        }
        // The page shows what stands in a test, and no test.
        let (uses, body) = text.split_once("\n\n").expect("what is used stands first; a test looks");
        let body: Vec<String> = body
            .lines()
            .map(|line| if line.is_empty() { line.to_owned() } else { format!("    {line}") })
            .collect();
        format!("{uses}\n\n#[test]\nfn a_comment_reaches_the_audience() {{\n{}\n}}\n", body.join("\n"))
    }
}

const CONFIG: &str = "\
# claque serve --config claque.toml
# Every setting: docs/config.md. A key of your own takes the place of the development key, which everybody knows.

[[key]]
id = \"testid\"
secret = \"testsecret\"
";

const SCENARIO: &str = "\
# claque simulate --scenario show.toml
# Every key: fixtures/README.md. `claque shrink` and `claque replay --step` take the same file.

says = \"A hundred viewers of one show: they comment, like and give, and one of ten loses the link for a while.\"
duration = \"1m\"
settle = \"30s\"

[[app]]
name = \"show\"

[[group]]
name = \"stage\"

[[population]]
name = \"viewer\"
kind = \"audience\"
users = 100
arrive = \"0s..5s\"
comment = \"10s\"
like = { every = \"20s\", burst = 5, gap = \"100ms\" }
gift = \"30s\"
";

pub(crate) fn run(arguments: &Arguments) -> Done {
    let Arguments { language, into } = arguments;
    let test = language.first_test();
    let files = [
        ("claque.toml", CONFIG.to_owned()),
        ("show.toml", SCENARIO.to_owned()),
        (test.path, test.text(*language)),
    ];
    // All are looked for before any is written: half of them would be neither the old state nor the new one.
    let there: Vec<String> = files
        .iter()
        .map(|(path, _)| into.join(path))
        .filter(|path| path.exists())
        .map(|path| path.display().to_string())
        .collect();
    if !there.is_empty() {
        return Err(CommandFailure::Usage(format!(
            "{} there already, and nothing is overwritten: move it away, or name another folder with --into",
            if let [one] = there.as_slice() {
                format!("{one} is")
            } else {
                format!("{} are", there.join(", "))
            }
        )));
    }
    for (path, text) in &files {
        write(&into.join(path), text)?;
    }
    line(&format!("run the service:     claque serve --config {}", into.join("claque.toml").display()));
    line(&format!("simulate a show:     claque simulate --scenario {}", into.join("show.toml").display()));
    line(&format!("run the first tests: {}", test.run));
    Ok(())
}

fn write(path: &Path, text: &str) -> Done {
    let unwritten = |error: &std::io::Error| CommandFailure::Usage(file::unwritten(path, error));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| unwritten(&error))?;
    }
    std::fs::write(path, text).map_err(|error| unwritten(&error))?;
    line(&format!("written              {}", path.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::Language;

    #[test]
    fn every_language_has_its_first_test_on_its_page() {
        for language in Language::value_variants() {
            let text = language.first_test().text(*language);
            let names = text.contains("show") || text.contains("Show");
            assert!(text.lines().count() > 5 && names, "{language:?}: {text}");
            assert!(!text.contains("```"), "{language:?}: {text}");
        }
    }
}
