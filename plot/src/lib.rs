//! The plots of every page: of a run, of a campaign, of the playground, and of the server's console.
//!
//! One script and one style, as text. A page puts both into itself, because each page is one file that works without a network.
//! The script finds each `figure.chart` of the page and draws it from the table in it; the console, whose figures change while
//! they are looked at, hands them over by calls. Ticks, scales, cursor, zoom, the download and the keys are the same everywhere.
#![forbid(unsafe_code)]

/// The script. It defines `Plot`, `drawPlots`, `point` and `zoom`, and draws what is on the page when it runs.
pub const SCRIPT: &str = include_str!("plot.js");

/// The style. A page defines its colours: `--card`, `--ink`, `--soft`, `--rule`, `--mark`, `--fault` and `--c1` to `--c6`.
pub const STYLE: &str = include_str!("plot.css");

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE};

    #[test]
    fn both_can_stand_inside_an_element_of_a_page() {
        for text in [SCRIPT, STYLE] {
            assert!(!text.contains("</script") && !text.contains("</style"), "it would end its own element");
        }
    }

    #[test]
    fn a_page_must_define_no_other_colour_than_those_that_are_said() {
        let said = ["card", "ink", "soft", "rule", "mark", "fault", "c1", "c2", "c3", "c4", "c5", "c6"];
        for asked in STYLE.split("var(--").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(said.contains(&asked), "--{asked}");
        }
    }
}
