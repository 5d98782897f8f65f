//! Runs everybody in turn, several rounds, and prints medians and ratios. Only ratios from one such run mean anything:
//! a machine's speed drifts between minutes.
//!
//! `compare EXAMPLES ROUNDS MINUTES [PEER…]`: EXAMPLES is the folder with claque's examples, the peers stand beside this
//! binary. A round runs everybody, or the peers named, on every workload; no round begins that would not end within the
//! minutes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A reference workload: title, claque's scenario and its engine's cell, groups, members, per second and milliseconds,
/// and milliseconds for slow peers. (Their cost per delivery does not depend on the length.)
struct Workload {
    title: &'static str,
    scenario: &'static str,
    cell: &'static str,
    shape: [u64; 4],
    short: u64,
}

const WORKLOADS: [Workload; 3] = [
    Workload {
        title: "A: 1 x 2,000 at 50/s",
        scenario: "workload-a",
        cell: "A",
        shape: [1, 2_000, 50, 60_000],
        short: 8_000,
    },
    Workload {
        title: "B: 100 x 200 at 20/s",
        scenario: "workload-b",
        cell: "B",
        shape: [100, 200, 20, 20_000],
        short: 3_000,
    },
    Workload {
        title: "C: 1 x 100,000 at 50/s",
        scenario: "workload-c",
        cell: "C",
        shape: [1, 100_000, 50, 2_000],
        short: 500,
    },
];

/// Binary, variant, whether it gets the shorter run.
type Peer = (&'static str, &'static str, bool);

const PEERS: [Peer; 7] = [
    ("peer-heap", "std", false),
    ("peer-nexosim", "group", true),
    ("peer-nexosim", "members", true),
    ("peer-madsim", "channels", true),
    ("peer-madsim", "network", true),
    ("peer-tokio", "channels", true),
    ("peer-tokio", "sleeps", true),
];

const PRODUCT: &str = "claque, whole product";
const ALONE: &str = "claque, --oracle none";
/// The ordered engine with a receiver that counts: what the product would cost if a service, users and faults cost nothing.
const ENGINE: &str = "claque's engine, counting";

type Figures = BTreeMap<String, Vec<f64>>;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [examples, rounds, minutes, wanted @ ..] = words.as_slice() else { usage() };
    let peers: Vec<_> = PEERS.iter().filter(|peer| is_wanted(&name_of(peer), wanted)).collect();
    if peers.len() < wanted.len() {
        usage();
    }
    let (Ok(rounds), Ok(minutes)) = (rounds.parse::<usize>(), minutes.parse::<u64>()) else { usage() };
    let here = std::env::current_exe().expect("this binary has a path");
    let here = here.parent().expect("it stands in a folder");
    let (began, limit) = (Instant::now(), Duration::from_secs(60 * minutes));
    let mut figures: [Figures; 3] = std::array::from_fn(|_| Figures::new());
    let (mut made, mut longest) = (0, Duration::ZERO);
    while made < rounds && (made == 0 || began.elapsed() + longest < limit) {
        let start = Instant::now();
        for (workload, figures) in WORKLOADS.iter().zip(&mut figures) {
            eprintln!("round {} of {rounds}, {}", made + 1, workload.title);
            round(workload, Path::new(examples), here, &peers, figures);
        }
        longest = longest.max(start.elapsed());
        made += 1;
    }
    println!(
        "ns per delivery: median (least to most) of {made} rounds in turn; in brackets the ratio to the whole product"
    );
    println!("whole product: service, network, users, reference model, checker and trace hash; no faults\n");
    for (workload, figures) in WORKLOADS.iter().zip(figures) {
        print_table(workload.title, figures);
    }
    if wanted.is_empty() {
        turmoil(here);
    }
}

/// What a peer is called in the tables.
fn name_of((binary, variant, _): &Peer) -> String {
    format!("{} {variant}", binary.trim_start_matches("peer-"))
}

fn is_wanted(name: &str, wanted: &[String]) -> bool {
    wanted.is_empty() || wanted.iter().any(|word| word == name)
}

fn usage() -> ! {
    eprintln!("usage: compare EXAMPLES ROUNDS MINUTES [PEER...]");
    eprintln!("peers: {}", PEERS.iter().map(name_of).collect::<Vec<_>>().join(", "));
    std::process::exit(2);
}

fn round(workload: &Workload, examples: &Path, here: &Path, peers: &[&Peer], figures: &mut Figures) {
    let mut note = |name: String, each: f64| figures.entry(name).or_default().push(each);
    let mut sums: BTreeMap<String, String> = BTreeMap::new();
    for (name, oracle) in [(PRODUCT, "full"), (ALONE, "none")] {
        note(name.to_owned(), our_figure(&examples.join("scenario"), &[oracle, workload.scenario]));
    }
    note(ENGINE.to_owned(), our_figure(&examples.join("engine"), &["client", workload.cell]));
    for peer @ (binary, variant, slow) in peers {
        let millis = if *slow { workload.short } else { workload.shape[3] };
        let (each, sum) = peer_figure(&here.join(binary), variant, &workload.shape, millis);
        note(name_of(peer), each);
        if *variant != "network" && *slow {
            sums.insert(format!("{binary} {variant}"), sum);
        }
    }
    let mut distinct: Vec<&String> = sums.values().collect();
    distinct.sort();
    distinct.dedup();
    assert!(distinct.len() <= 1, "peers that draw the same latencies disagree: {sums:?}");
}

fn print_table(title: &str, figures: Figures) {
    println!("{title}");
    let mut rows: Vec<(String, f64, f64, f64)> = figures
        .into_iter()
        .map(|(name, mut each)| {
            each.sort_by(f64::total_cmp);
            (name, each[each.len() / 2], each[0], each[each.len() - 1])
        })
        .collect();
    let ours = rows.iter().find(|row| row.0 == PRODUCT).map_or(1.0, |row| row.1);
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    for (name, median, least, most) in rows {
        println!("  {name:26} {median:10.1} ({least:.1} to {most:.1})  [{:.1}x]", median / ours);
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

/// What one of claque's examples prints as `ns=`: from the first event to the last, as the peers measure.
fn our_figure(binary: &Path, words: &[&str]) -> f64 {
    let text = run(Command::new(binary).args(words));
    let fields = text.split_whitespace().filter_map(|field| field.strip_prefix("ns="));
    fields.last().and_then(|figure| figure.parse().ok()).unwrap_or_else(|| panic!("no figure in {text:?}"))
}

fn peer_figure(binary: &Path, variant: &str, shape: &[u64], millis: u64) -> (f64, String) {
    let mut command = Command::new(binary);
    command.arg(variant).args(shape[..3].iter().map(u64::to_string)).arg(millis.to_string());
    let text = run(&mut command);
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, _, _, each, sum] = words.as_slice() else { panic!("{command:?} printed {text:?}") };
    (each.parse().expect("a figure"), (*sum).to_owned())
}
