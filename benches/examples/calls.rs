//! What one call costs the service, and how that grows with groups and members. Prints one table.
//!
//! `calls [ROUNDS]` prints the table: medians over the rounds. `calls KIND CALLS [GROUPS MEMBERS]` makes calls of one
//! kind and prints how many, for counting instructions: `send`, `send-stored`, `join` (leaving in between), `create`,
//! `journal` (appending a comment).

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]
#![expect(clippy::disallowed_methods, reason = "a stopwatch")]

use std::process::ExitCode;
use std::time::Instant;

use claque_benches::house::House;
use claque_benches::record::comment;
use claque_core::Duration;
use claque_core::journal::Writer;
use claque_engine::mix;

/// Groups, and members of each: growth in groups first, then in members.
const HOUSES: [(u32, u32); 7] =
    [(10, 40), (500, 40), (5_000, 40), (1, 10), (1, 2_000), (1, 100_000), (1, 1_000_000)];
/// Calls of a kind that are timed together.
const BATCH: usize = 2_000;
/// Most groups that an application may hold.
const GROUPS_MAX: u32 = 5_000;

/// Which users act.
#[derive(Clone, Copy, PartialEq)]
enum Traffic {
    /// Anybody, anywhere.
    Even,
    /// Half of the calls are on one group in twenty.
    Busy,
}

/// What is timed.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Send,
    Stored,
    Leave,
    Join,
}

/// How a call says whom it is about, and whether the driver looks ahead.
#[derive(Clone, Copy)]
struct Manner {
    by_name: bool,
    /// Calls that are looked ahead at together; 1: none.
    ahead: usize,
    says: &'static str,
}

/// Calls that a driver looks ahead at.
const AHEAD: usize = 16;

const MANNERS: [Manner; 4] = [
    Manner { by_name: false, ahead: 1, says: "by index" },
    Manner { by_name: false, ahead: AHEAD, says: "by index, ahead" },
    Manner { by_name: true, ahead: 1, says: "by name" },
    Manner { by_name: true, ahead: AHEAD, says: "by name, ahead" },
];

/// A house and the state of its lots.
struct Stage {
    house: House,
    groups: u32,
    members: u32,
    lots: u64,
    pause: Duration,
}

impl Stage {
    fn new((groups, members): (u32, u32)) -> Self {
        // Slow enough for the shaper to let everything through, also where half of the calls are on few groups.
        let pause = Duration::from_micros(400_000 / u64::from(groups) + 1);
        Self { house: House::full(groups, members), groups, members, lots: 0, pause }
    }

    fn lot(&mut self, bound: u32) -> u32 {
        self.lots += 1;
        (mix(self.lots) % u64::from(bound)) as u32
    }

    /// Distinct users, in an order without pattern.
    fn users(&mut self, traffic: Traffic, count: usize) -> Vec<u32> {
        let mut users: Vec<u32> = Vec::new();
        let mut taken = std::collections::BTreeSet::new();
        let count = count.min(self.house.user_count() as usize / 2);
        while users.len() < count {
            let busy = traffic == Traffic::Busy && self.lot(2) == 0;
            let groups = if busy { self.groups.div_ceil(20) } else { self.groups };
            let user = self.lot(groups) * self.members + self.lot(self.members);
            if taken.insert(user) {
                users.push(user);
            }
        }
        users
    }

    /// Nanoseconds a call.
    fn time(&mut self, kind: Kind, users: &[u32], manner: Manner) -> f64 {
        let named = users.iter().filter(|_| manner.by_name);
        let names: Vec<_> = named.map(|user| self.house.names(*user)).collect();
        let places: Vec<_> = users.iter().map(|user| self.house.place(*user)).collect();
        let pause =
            if matches!(kind, Kind::Send | Kind::Stored) { self.pause } else { Duration::from_micros(1) };
        let mut done = true;
        let mut found = Vec::with_capacity(manner.ahead);
        let start = Instant::now();
        for from in (0..users.len()).step_by(manner.ahead) {
            let batch = from..users.len().min(from + manner.ahead);
            let batch = if manner.by_name {
                found.clear();
                let finds = names[batch].iter().map(|names| self.house.find(names));
                found.extend(finds.map(|place| place.expect("everybody is known")));
                &found
            } else {
                &places[batch]
            };
            if manner.ahead > 1 {
                self.house.prefetch(batch);
            }
            for place in batch {
                self.house.wait(pause);
                done &= match kind {
                    Kind::Send => self.house.send_at(*place, false),
                    Kind::Stored => self.house.send_at(*place, true),
                    Kind::Leave => self.house.leave_at(*place),
                    Kind::Join => self.house.join_at(*place),
                };
            }
        }
        let each = start.elapsed().as_secs_f64() * 1e9 / users.len() as f64;
        assert!(done, "a call was refused");
        each
    }

    /// Nanoseconds a create, of groups that are deleted again.
    fn time_create(&mut self) -> Option<f64> {
        let count = (GROUPS_MAX - self.groups).min(500);
        if count == 0 {
            return None;
        }
        let requests: Vec<_> = (0..count).map(|_| self.house.creation()).collect();
        let start = Instant::now();
        let done = requests.into_iter().all(|request| {
            self.house.wait(Duration::from_micros(1));
            self.house.request(request)
        });
        let each = start.elapsed().as_secs_f64() * 1e9 / f64::from(count);
        assert!(done, "a group was not created");
        Some(each)
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The rows of a house: send, stored send, leave, join, in each manner.
fn rows(size: (u32, u32), traffic: Traffic, rounds: usize) {
    let mut stage = Stage::new(size);
    let mut cells: [[Vec<f64>; 4]; MANNERS.len()] =
        std::array::from_fn(|_| std::array::from_fn(|_| Vec::new()));
    for round in 0..=rounds {
        for (manner, cells) in MANNERS.into_iter().zip(&mut cells) {
            let kinds = [Kind::Send, Kind::Stored, Kind::Leave, Kind::Join];
            let users =
                [stage.users(traffic, BATCH), stage.users(traffic, BATCH), stage.users(traffic, BATCH)];
            for (at, kind) in kinds.into_iter().enumerate() {
                // Whoever leaves is whoever joins again.
                let each = stage.time(kind, &users[at.min(2)], manner);
                if round > 0 {
                    cells[at].push(each);
                }
            }
        }
    }
    let traffic = if traffic == Traffic::Even { "even" } else { "busy" };
    for (manner, cells) in MANNERS.into_iter().zip(cells) {
        let cells = cells.map(|figures| format!("{:.0}", median(figures)));
        println!("| {} × {} | {traffic} | {} | {} |", size.0, size.1, manner.says, cells.join(" | "));
    }
}

fn table(rounds: usize) {
    println!("ns a call, medians of {rounds} rounds of {BATCH} calls");
    println!("| groups × members | traffic | whom | send | send, stored | leave | join |");
    println!("|---|---|---|---|---|---|---|");
    rows((5_000, 40), Traffic::Busy, rounds);
    for size in HOUSES {
        rows(size, Traffic::Even, rounds);
    }
    println!("\n| groups already there | create |\n|---|---|");
    for groups in [10, 500, 4_500] {
        // A house for each round: deleted groups stay for a month.
        let figures = (0..rounds).filter_map(|_| Stage::new((groups, 1)).time_create()).collect();
        println!("| {groups} | {:.0} |", median(figures));
    }
}

fn count(words: &[String]) -> Option<()> {
    let calls: usize = words.get(1)?.parse().ok()?;
    if words.first()? == "journal" {
        let (mut written, mut writer) = Writer::begin(1);
        (0..calls as u32).for_each(|number| {
            writer.append(&mut written, &comment(number)).expect("a comment is short");
        });
        println!("calls={calls}");
        return Some(());
    }
    let groups = words.get(2).map_or(Some(5_000), |word| word.parse().ok())?;
    let members = words.get(3).map_or(Some(40), |word| word.parse().ok())?;
    let mut stage = Stage::new((groups, members));
    let mut made = 0;
    while made < calls {
        let users = stage.users(Traffic::Even, BATCH.min(calls - made));
        match words.first()?.as_str() {
            "send" => drop(stage.time(Kind::Send, &users, MANNERS[0])),
            "send-stored" => drop(stage.time(Kind::Stored, &users, MANNERS[0])),
            "join" => {
                stage.time(Kind::Leave, &users, MANNERS[0]);
                stage.time(Kind::Join, &users, MANNERS[0]);
            }
            "create" => drop(stage.time_create()?),
            _ => return None,
        }
        made += users.len();
    }
    println!("calls={made}");
    Some(())
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rounds = match words.as_slice() {
        [] => Some(7),
        [rounds] => rounds.parse().ok(),
        _ => None,
    };
    if let Some(rounds) = rounds {
        table(rounds);
        return ExitCode::SUCCESS;
    }
    if count(&words).is_none() {
        eprintln!(
            "usage: calls [ROUNDS] | calls send|send-stored|join|create|journal CALLS [GROUPS MEMBERS]"
        );
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}
