//! Runs everybody in turn, several rounds, and prints medians and ratios. Only ratios from one such run mean anything:
//! a machine's speed drifts between minutes.
//!
//! `compare CLAQUE ROUNDS`, where CLAQUE is the `claque` binary; the peers stand beside this one.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Name, claque's scenario, groups, members, per second, milliseconds for the fast, and for the slow peers.
const WORKLOADS: [(&str, &str, [u64; 4], u64); 3] = [
    ("A: 1 x 2,000 at 50/s", "workload-a", [1, 2_000, 50, 60_000], 15_000),
    ("B: 100 x 200 at 20/s", "workload-b", [100, 200, 20, 20_000], 5_000),
    ("C: 1 x 100,000 at 50/s", "workload-c", [1, 100_000, 50, 2_000], 1_000),
];

/// Binary, variant, whether it gets the shorter run.
const PEERS: [(&str, &str, bool); 7] = [
    ("peer-heap", "std", false),
    ("peer-nexosim", "group", true),
    ("peer-nexosim", "members", true),
    ("peer-madsim", "channels", true),
    ("peer-madsim", "network", true),
    ("peer-tokio", "channels", true),
    ("peer-tokio", "sleeps", true),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (Some(claque), Some(rounds)) = (words.first(), words.get(1).and_then(|word| word.parse::<usize>().ok())) else {
        eprintln!("usage: compare CLAQUE ROUNDS");
        std::process::exit(2);
    };
    let here = std::env::current_exe().expect("this binary has a path");
    let here = here.parent().expect("it stands in a folder");
    println!("ns per delivery: median (least to most) of {rounds} rounds in turn; in brackets the ratio to claque\n");
    for (title, scenario, shape, short) in WORKLOADS {
        let mut figures: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let mut sums: BTreeMap<String, String> = BTreeMap::new();
        for round in 0..rounds {
            eprintln!("{title}: round {} of {rounds}", round + 1);
            figures.entry("claque".to_owned()).or_default().push(claque_figure(claque, scenario, &[]));
            figures.entry("claque, engine alone".to_owned()).or_default().push(claque_figure(
                claque,
                scenario,
                &["--oracle", "none"],
            ));
            for (binary, variant, slow) in PEERS {
                let millis = if slow { short } else { shape[3] };
                let (each, sum) = peer_figure(&here.join(binary), variant, &shape, millis);
                figures.entry(format!("{} {variant}", &binary[5..])).or_default().push(each);
                if variant != "network" && millis == short {
                    sums.insert(format!("{binary} {variant}"), sum);
                }
            }
        }
        let mut distinct: Vec<&String> = sums.values().collect();
        distinct.sort();
        distinct.dedup();
        assert!(distinct.len() <= 1, "peers that draw the same latencies disagree: {sums:?}");
        print_table(title, figures);
    }
    turmoil(here);
}

fn print_table(title: &str, figures: BTreeMap<String, Vec<f64>>) {
    println!("{title}");
    let mut rows: Vec<(String, f64, f64, f64)> = figures
        .into_iter()
        .map(|(name, mut each)| {
            each.sort_by(f64::total_cmp);
            (name, each[each.len() / 2], each[0], each[each.len() - 1])
        })
        .collect();
    let ours = rows.iter().find(|row| row.0 == "claque").map_or(1.0, |row| row.1);
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    for (name, median, least, most) in rows {
        println!("  {name:22} {median:10.1} ({least:.1} to {most:.1})  [{:.1}x]", median / ours);
    }
    println!();
}

/// turmoil's cost grows with the square of the hosts: a scaled-down run, for the record.
fn turmoil(here: &Path) {
    for members in [25, 50, 100] {
        let (each, _) = peer_figure(&here.join("peer-turmoil"), "udp", &[1, members, 50, 1_000], 1_000);
        println!("turmoil, 1 x {members} at 50/s for 1 s: {each:.0} ns per delivery");
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn claque_figure(claque: &str, scenario: &str, more: &[&str]) -> f64 {
    let mut command = Command::new(claque);
    command.args(["simulate", "--scenario", scenario, "--json"]).args(more);
    let text = run(&mut command);
    let number = |name: &str| -> f64 {
        let at = text.find(&format!("\"{name}\":")).unwrap_or_else(|| panic!("no {name} in {text}"));
        let rest = &text[at + name.len() + 3..];
        let end = rest.find([',', '}']).unwrap_or(rest.len());
        rest[..end].trim().parse().unwrap_or_else(|_| panic!("{name} is no number in {text}"))
    };
    number("run_nanos") / number("deliveries")
}

fn peer_figure(binary: &Path, variant: &str, shape: &[u64], millis: u64) -> (f64, String) {
    let mut command = Command::new(binary);
    command.arg(variant).args(shape[..3].iter().map(u64::to_string)).arg(millis.to_string());
    let text = run(&mut command);
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, _, _, each, sum] = words.as_slice() else { panic!("{command:?} printed {text:?}") };
    (each.parse().expect("a figure"), (*sum).to_owned())
}
