//! A failing plan made smaller: steps are left out while it fails in the same class.

use crate::campaign::try_plan;
use crate::plan::ServerPlan;

/// Runs that a shrink makes at the most.
const RUNS_MAX: usize = 400;

/// The smallest plan that was found to fail in a class, and how many runs that took.
///
/// Halves are left out first, then quarters, down to single steps, again and again until nothing can go.
#[must_use]
pub fn shrink(plan: &ServerPlan, class: &str) -> (ServerPlan, usize) {
    let mut kept = plan.numbers();
    let mut runs = 0;
    let mut piece = kept.len().div_ceil(2).max(1);
    loop {
        let mut from = 0;
        let mut smaller = false;
        while from < kept.len() && runs < RUNS_MAX {
            let to = (from + piece).min(kept.len());
            let candidate: Vec<usize> = kept[..from].iter().chain(&kept[to..]).copied().collect();
            runs += 1;
            let outcome = try_plan(&plan.only(&candidate), false);
            if outcome.findings.iter().any(|finding| finding.class == class) {
                kept = candidate;
                smaller = true;
            } else {
                from = to;
            }
        }
        if runs >= RUNS_MAX || piece == 1 && !smaller {
            return (plan.only(&kept), runs);
        }
        piece = if smaller && piece == 1 { 1 } else { piece.div_ceil(2) };
    }
}
