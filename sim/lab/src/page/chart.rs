//! A plot over virtual time: lines, with the faults behind them. The picture stretches, the words beside it do not.

use super::{clock, count, escape, put};
use crate::story::StorySpan;

/// One line of a plot.
pub(super) struct ChartLine {
    pub(super) name: String,
    /// A value for each slice; what is missing is zero.
    pub(super) values: Vec<u64>,
}

/// A plot.
pub(super) struct Chart<'c> {
    pub(super) title: &'c str,
    pub(super) says: &'c str,
    pub(super) unit: &'c str,
    /// The length of a slice. Unit: microseconds.
    pub(super) slice: u64,
    pub(super) slices: usize,
    pub(super) lines: Vec<ChartLine>,
    pub(super) faults: &'c [StorySpan],
}

/// Height of the picture's own coordinates; its width is the number of slices times ten.
const HEIGHT: u64 = 1_000;

impl Chart<'_> {
    pub(super) fn draw(&self, page: &mut String) {
        let peak = self.lines.iter().flat_map(|line| line.values.iter().copied()).max().unwrap_or(0);
        let top = nice(peak);
        let slices = u64::try_from(self.slices).unwrap_or(1).max(1);
        let width = slices.saturating_sub(1).max(1) * 10;
        put(
            page,
            format_args!(
                "<figure class=\"chart\"><figcaption><h3>{} <small>{}</small></h3><p>{}</p></figcaption>\n<ul class=\"legend\">",
                escape(self.title),
                self.unit,
                escape(self.says)
            ),
        );
        for (number, line) in (1..).zip(&self.lines) {
            let most = line.values.iter().copied().max().unwrap_or(0);
            put(
                page,
                format_args!(
                    "<li><i class=\"c{number}\"></i>{} <b data-value>most {}</b></li>",
                    escape(&line.name),
                    count(most)
                ),
            );
        }
        // The picture is hidden from screen readers: to them the plot is this label, and the values that the arrow keys
        // read.
        let label = format!("{}: most {} {}. Arrow keys read the values.", self.title, peak, self.unit);
        put(
            page,
            format_args!(
                "</ul>\n<div class=\"plot\" tabindex=\"0\" role=\"group\" aria-label=\"{}\" data-slice=\"{}\" \
                 data-values=\"{}\">\n<div class=\"y\"><span>{}</span><span>{}</span><span>0</span></div>\n",
                escape(&label),
                self.slice,
                self.values(),
                count(top),
                count(top / 2),
            ),
        );
        put(
            page,
            format_args!(
                "<div class=\"area\"><svg viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
            ),
        );
        self.draw_faults(page, width, slices);
        for y in [0, HEIGHT / 2, HEIGHT] {
            put(page, format_args!("<line class=\"grid\" x1=\"0\" x2=\"{width}\" y1=\"{y}\" y2=\"{y}\"/>"));
        }
        for (number, line) in (1..).zip(&self.lines) {
            put(
                page,
                format_args!("<polyline class=\"c{number}\" points=\"{}\"/>", points(line, self.slices, top)),
            );
        }
        page.push_str("</svg><span class=\"cursor\" hidden></span></div>\n");
        self.draw_times(page, slices);
        page.push_str("<output class=\"now\" aria-live=\"polite\"></output></div></figure>\n");
    }

    fn draw_faults(&self, page: &mut String, width: u64, slices: u64) {
        let whole = (slices.saturating_sub(1).max(1) * self.slice).max(1);
        let place = |at: u64| at.min(whole) * width / whole;
        for fault in self.faults {
            let (from, until) = (place(fault.from), place(fault.until));
            put(
                page,
                format_args!(
                    "<rect class=\"fault\" x=\"{from}\" y=\"0\" width=\"{}\" height=\"{HEIGHT}\"/>",
                    // A fault of a moment must be seen too.
                    until.saturating_sub(from).max(1)
                ),
            );
        }
    }

    fn draw_times(&self, page: &mut String, slices: u64) {
        page.push_str("<div class=\"x\">");
        for part in 0..=4 {
            let at = slices.saturating_sub(1) * self.slice / 4 * part / 1_000_000;
            put(page, format_args!("<span>{}</span>", clock(at * 1_000_000)));
        }
        page.push_str("</div>\n");
    }

    /// The values as the script reads them: lines apart by `;`, values by `,`.
    fn values(&self) -> String {
        let lines = self.lines.iter().map(|line| {
            let values = (0..self.slices).map(|at| line.values.get(at).copied().unwrap_or(0).to_string());
            values.collect::<Vec<_>>().join(",")
        });
        lines.collect::<Vec<_>>().join(";")
    }
}

fn points(line: &ChartLine, slices: usize, top: u64) -> String {
    let mut text = String::new();
    for at in 0..slices {
        let value = line.values.get(at).copied().unwrap_or(0);
        let y = HEIGHT - value * HEIGHT / top.max(1);
        put(&mut text, format_args!("{},{y} ", at * 10));
    }
    text
}

/// The next round number above: 1, 2 or 5 times a power of ten, at least 2.
fn nice(value: u64) -> u64 {
    let mut scale: u64 = 1;
    loop {
        for step in [2, 5, 10] {
            let round = scale.saturating_mul(step);
            if round >= value {
                return round;
            }
        }
        scale = scale.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::nice;

    #[test]
    fn the_top_of_a_plot_is_a_round_number_not_below_the_values() {
        let round: Vec<u64> = [0, 2, 3, 11, 50, 51, 4_999].into_iter().map(nice).collect();
        assert_eq!(round, [2, 2, 5, 20, 50, 100, 5_000]);
        assert!(nice(u64::MAX) == u64::MAX);
    }
}
