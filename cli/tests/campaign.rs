//! What a campaign says to people: the verdict first, the coverage in short, and a page.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn campaign(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).arg("campaign").args(words);
    command.output().expect("the binary runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A broken service: every seed of it fails, under one rule.
const BROKEN: [&str; 8] = [
    "--scenario",
    "smoke",
    "--users",
    "300",
    "--mutant",
    "supergroup-notice-four-seconds",
    "--seeds",
    "0..6",
];

fn page(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a page was written")
}

/// The rows of the table of a plot, by the plot's title: the last cell of each.
fn curve(page: &str, title: &str) -> Vec<u64> {
    let figure = page.split("<figure").find(|figure| figure.contains(&format!("<h3>{title} ")));
    let figure = figure.unwrap_or_else(|| panic!("no plot {title}"));
    let rows = figure.split("</figure>").next().unwrap_or_default().split("<tr><td>").skip(1);
    rows.map(|row| {
        let cells: Vec<&str> = row
            .split("</tr>")
            .next()
            .unwrap_or_default()
            .trim_end_matches("</td>")
            .split("</td><td>")
            .collect();
        cells.last().and_then(|cell| cell.parse().ok()).unwrap_or_else(|| panic!("{title}: {row}"))
    })
    .collect()
}

/// The page without what depends on the machine.
fn without_pace(page: &str) -> String {
    let (before, rest) = page.split_once("<section id=\"pace\">").expect("a section of the pace");
    let (_, after) = rest.split_once("</section>").expect("its end");
    format!("{before}{after}")
}

#[test]
fn the_verdict_is_the_first_line_and_the_coverage_is_short() {
    let output = campaign(&BROKEN);
    let text = said(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(lines[0], "verdict     fail: 6 of 6 runs failed");
    assert_eq!(lines[1], "broken      supergroup.notice.interval in 6 runs; the smallest:");
    assert!(lines[2].starts_with("  claque simulate --seed "), "{text}");
    let coverage = lines.iter().position(|line| line.starts_with("rules ")).expect("the coverage");
    assert!(lines.len() - coverage <= 15, "{text}");
    assert!(text.contains("--coverage lists all"), "{text}");
    // The whole coverage names each rule that was never reached; in short it names two.
    let whole = said(&campaign(&[&BROKEN[..], &["--coverage"]].concat()));
    assert!(whole.starts_with("verdict     fail: 6 of 6 runs failed\n"), "{whole}");
    assert!(whole.lines().count() > lines.len() + 40, "{whole}");
}

#[test]
fn the_page_of_a_campaign_shows_failures_and_curves_and_is_the_same_for_the_same_seeds() {
    let folder = TempDir::new().expect("a folder");
    let (one, two) = (folder.path().join("one.html"), folder.path().join("two.html"));
    let draw = |path: &Path, threads: &str| {
        let path = path.to_str().expect("words");
        let output = campaign(&[&BROKEN[..], &["--threads", threads, "--page", path]].concat());
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        said(&output)
    };
    let text = draw(&one, "1");
    draw(&two, "2");
    let (one, two) = (page(&one), page(&two));
    assert_eq!(without_pace(&one), without_pace(&two));
    // The command of the campaign, and that of the failing run: the one that the text says.
    let broken = "--scenario smoke --users 300 --mutant supergroup-notice-four-seconds --made-by";
    assert!(one.contains(&format!("claque campaign --seeds 0..6 {broken}")), "no command");
    let smallest = text.lines().nth(2).expect("a command").trim();
    assert!(one.contains(&format!(">{smallest}</code>")), "{smallest}");
    assert!(one.contains("<h3>supergroup.notice.interval</h3><p>In 6 runs, first under seed 0."));
    assert!(one.contains("notices 4.000000s apart"), "no evidence");
    // Every seed fails, so the curve of failures rises by one each; that of coverage ends at what the text says.
    assert_eq!(curve(&one, "Failures found"), [1, 2, 3, 4, 5, 6]);
    let rules = text.lines().find_map(|line| line.strip_prefix("rules       ")).expect("rules");
    let reached: u64 = rules.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
    let curves = [curve(&one, "Rules reached"), curve(&one, "Rule pairs reached")];
    assert_eq!(curves[0].last(), Some(&reached));
    assert!(curves.iter().all(|curve| curve.len() == 6 && curve.is_sorted()), "{curves:?}");
    assert!(curves[1].last() > curves[0].last(), "{curves:?}");
    assert!(one.contains("<h2>Rare rules</h2>") && one.contains("<h3>Events and runs "));
    for fetched in ["http://", "https://", "src=", "url(http", "@import", "<link"] {
        assert!(!one.contains(fetched), "{fetched}");
    }
}

#[test]
fn the_page_of_units_has_the_same_curves_as_that_of_one_process() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("words").to_owned();
    let (out, merged, whole) = (path("out"), path("merged.html"), path("whole.html"));
    let run = |words: &[&str]| {
        let output = campaign(words);
        let status = output.status.code();
        assert!(status == Some(0) || status == Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(&[&BROKEN[..], &["--page", &whole]].concat());
    run(&[&BROKEN[..], &["--unit-seeds", "4", "--double", "0", "--out", &out]].concat());
    run(&["merge", &out, "--page", &merged]);
    let (whole, merged) = (page(Path::new(&whole)), page(Path::new(&merged)));
    for title in ["Failures found", "Rules reached", "Rule pairs reached"] {
        assert_eq!(curve(&merged, title), curve(&whole, title), "{title}");
    }
    assert!(
        merged.contains("claque campaign --seeds 0..6 ") && merged.contains("<h3>Events of one processor ")
    );
    // Units are written by `--out`, and their page by `merge`.
    let refused = campaign(&["--seeds", "0..6", "--out", &out, "--page", "x.html"]);
    assert_eq!(refused.status.code(), Some(2));
}
