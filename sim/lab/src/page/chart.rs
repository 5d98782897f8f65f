//! A plot: its numbers stand on the page as a table, and the script of `claque-plot` draws them.
//!
//! The table is the only copy of the numbers: what is drawn, what a screen reader reads and what is downloaded are the same, and
//! a page without its script still has them.

use super::{clock, escape, put};
use crate::amount::grouped;
use crate::story::StorySpan;

/// One line of a plot.
pub(super) struct ChartLine {
    pub(super) name: String,
    /// A value for each place on the axis; what is missing is zero.
    pub(super) values: Vec<u64>,
}

/// What the axis of a plot counts. Plots of one page with the same axis share cursor and zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// Time. Unit: microseconds.
    Time,
    /// Wall time. Unit: microseconds.
    WallTime,
    /// Seeds.
    Seed,
}

impl Axis {
    const fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::WallTime => "wall time",
            Self::Seed => "seed",
        }
    }

    fn place(self, at: u64) -> String {
        match self {
            Self::Time | Self::WallTime => clock(at),
            Self::Seed => grouped(at),
        }
    }
}

/// A plot.
pub(super) struct Chart<'c> {
    pub(super) title: &'c str,
    pub(super) says: &'c str,
    pub(super) unit: &'c str,
    pub(super) axis: Axis,
    /// The first place on the axis.
    pub(super) from: u64,
    /// From one place on the axis to the next.
    pub(super) step: u64,
    pub(super) places: usize,
    /// Where the axis ends if the places do not reach it; none: at the last place.
    pub(super) end: Option<u64>,
    pub(super) lines: Vec<ChartLine>,
    pub(super) bands: &'c [StorySpan],
}

impl Chart<'_> {
    pub(super) fn draw(&self, page: &mut String) {
        let peak = self.lines.iter().flat_map(|line| line.values.iter().copied()).max().unwrap_or(0);
        if peak == 0 {
            self.say_that_all_is_zero(page);
            return;
        }
        let end = self.end.map_or_else(String::new, |end| format!(" data-end=\"{end}\""));
        put(
            page,
            format_args!(
                "<figure class=\"chart\" data-axis=\"{}\" data-from=\"{}\" data-step=\"{}\"{end} data-unit=\"{unit}\">\
                 <figcaption><h3>{} <small>{unit}</small></h3><p>{}</p></figcaption>\n<ul class=\"legend\">",
                self.axis.word(),
                self.from,
                self.step.max(1),
                escape(self.title),
                escape(self.says),
                unit = escape(self.unit),
            ),
        );
        for (number, line) in (1..).zip(&self.lines) {
            let most = line.values.iter().copied().max().unwrap_or(0);
            put(
                page,
                format_args!(
                    "<li><i class=\"c{number}\"></i>{} <b data-value>most {}</b></li>",
                    escape(&line.name),
                    grouped(most)
                ),
            );
        }
        // The picture is hidden from screen readers: to them the plot is this label, the values that the arrow keys read, and the
        // table.
        let label = format!(
            "{}: most {} {}. Arrow keys read the values, plus and minus zoom, 0 shows all.",
            self.title,
            grouped(peak),
            self.unit
        );
        put(
            page,
            format_args!(
                "</ul>\n<div class=\"plot\" tabindex=\"0\" role=\"group\" aria-label=\"{}\"></div>\n",
                escape(&label)
            ),
        );
        self.draw_bands(page);
        self.draw_table(page);
        page.push_str("</figure>\n");
    }

    /// Lines on the ground are no picture, and a table of zeros is no help.
    fn say_that_all_is_zero(&self, page: &mut String) {
        put(
            page,
            format_args!(
                "<figure class=\"flat\"><figcaption><h3>{} <small>{}</small></h3><p>{} All are 0 in the whole run.</p>\
                 </figcaption></figure>\n",
                escape(self.title),
                escape(self.unit),
                escape(self.says)
            ),
        );
    }

    fn draw_bands(&self, page: &mut String) {
        if self.bands.is_empty() {
            return;
        }
        page.push_str("<ul class=\"bands\" hidden>");
        for band in self.bands {
            put(
                page,
                format_args!(
                    "<li data-from=\"{}\" data-until=\"{}\">{}</li>",
                    band.from,
                    band.until,
                    escape(&band.what)
                ),
            );
        }
        page.push_str("</ul>\n");
    }

    fn draw_table(&self, page: &mut String) {
        put(
            page,
            format_args!(
                "<details class=\"data\"><summary>Table</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" \
                 aria-label=\"{}\"><table><thead><tr><th scope=\"col\">{}</th>",
                escape(&format!("{} as a table", self.title)),
                self.axis.word()
            ),
        );
        for line in &self.lines {
            put(page, format_args!("<th scope=\"col\">{}</th>", escape(&line.name)));
        }
        page.push_str("</tr></thead><tbody>\n");
        for place in 0..self.places {
            let at = self.from.saturating_add(self.step.max(1).saturating_mul(place as u64));
            put(page, format_args!("<tr><td>{}</td>", self.axis.place(at)));
            for line in &self.lines {
                put(page, format_args!("<td>{}</td>", line.values.get(place).copied().unwrap_or(0)));
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</tbody></table></div></details>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Chart, ChartLine};

    #[test]
    fn a_plot_has_its_numbers_as_a_table_and_says_its_axis_and_unit() {
        let mut page = String::new();
        let line = |name: &str, values: &[u64]| ChartLine { name: name.to_owned(), values: values.to_vec() };
        let chart = Chart {
            title: "Rules <reached>",
            says: "by seed",
            unit: "rules",
            axis: Axis::Seed,
            from: 1_000,
            step: 10,
            places: 3,
            end: Some(1_040),
            lines: vec![line("all", &[1, 2, 5_000]), line("rare", &[7])],
            bands: &[],
        };
        chart.draw(&mut page);
        for part in [
            "data-axis=\"seed\" data-from=\"1000\" data-step=\"10\" data-end=\"1040\" data-unit=\"rules\"",
            "Rules &lt;reached&gt;",
            "<th scope=\"col\">seed</th><th scope=\"col\">all</th><th scope=\"col\">rare</th>",
            "<tr><td>1,000</td><td>1</td><td>7</td></tr>",
            "<tr><td>1,020</td><td>5000</td><td>0</td></tr>",
            "most 5,000 rules",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("class=\"bands\""));
    }
}
