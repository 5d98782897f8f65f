//! Writes a file anew with each change behind its switch.
//!
//! Only one change is in force at a time, so what a change puts in place needs no switches of its own.

use std::ops::Range;

use crate::sites::{Change, Form, Site};

/// A file with switches.
#[derive(Debug, Default)]
pub struct Rewritten {
    /// Its text.
    pub text: String,
    /// Where each change stands in it, in bytes.
    pub changes: Vec<(Range<usize>, u32)>,
    /// Where each place stands in it, and the changes there.
    pub sites: Vec<(Range<usize>, Vec<u32>)>,
}

/// Writes a file with the changes that `keep` wants.
pub fn rewrite(text: &str, sites: &[Site], keep: impl Fn(u32) -> bool) -> Rewritten {
    let mut sites = sites.to_vec();
    for site in &mut sites {
        site.changes.retain(|change| keep(change.number));
    }
    sites.retain(|site| !site.changes.is_empty() || site.form == Form::Const);
    let mut writer = Writer { text, sites: &sites, next: 0, made: Rewritten::default() };
    writer.write(0..text.len());
    writer.made
}

struct Writer<'t> {
    text: &'t str,
    sites: &'t [Site],
    next: usize,
    made: Rewritten,
}

impl<'t> Writer<'t> {
    fn write(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while let Some(site) = self.sites.get(self.next).filter(|site| site.range.end <= range.end) {
            self.next += 1;
            self.made.text.push_str(&self.text[at..site.range.start]);
            let begin = self.made.text.len();
            self.write_site(site);
            let numbers = site.changes.iter().map(|change| change.number).collect();
            self.made.sites.push((begin..self.made.text.len(), numbers));
            at = site.range.end;
        }
        self.made.text.push_str(&self.text[at..range.end]);
    }

    fn write_site(&mut self, site: &'t Site) {
        match site.form {
            Form::Const => {}
            Form::Around => {
                for change in &site.changes {
                    self.push(&format!("(if ::claque_switch::off({}) {{ ", change.number));
                }
                self.write(site.range.clone());
                for change in site.changes.iter().rev() {
                    self.push(" } else { ");
                    let changed = changed(self.text, &site.range, change);
                    self.push_change(change, &changed);
                    self.push(" })");
                }
            }
            Form::Statement => {
                for change in &site.changes {
                    self.push(&format!("if ::claque_switch::off({}) {{ ", change.number));
                }
                self.write(site.range.clone());
                for change in site.changes.iter().rev() {
                    self.push(" } else { ");
                    self.push_change(change, &change.given);
                    self.push(" }");
                }
            }
            Form::Body => {
                for change in &site.changes {
                    let Change { number, given, .. } = change;
                    let early = format!(" if ::claque_switch::on({number}) {{ return {given}; }}");
                    self.push_change(change, &early);
                }
            }
            Form::Arm => {
                for change in &site.changes {
                    self.push_change(change, &format!(" if ::claque_switch::off({})", change.number));
                }
            }
        }
    }

    fn push(&mut self, text: &str) {
        self.made.text.push_str(text);
    }

    fn push_change(&mut self, change: &Change, text: &str) {
        let begin = self.made.text.len();
        self.push(text);
        self.made.changes.push((begin..self.made.text.len(), change.number));
    }
}

/// What stands at a place once a change is made.
fn changed(text: &str, range: &Range<usize>, change: &Change) -> String {
    let (before, after) = (&text[range.start..change.taken.start], &text[change.taken.end..range.end]);
    format!("{before} {} {after}", change.given)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::rewrite;
    use crate::listed::{Genre, Listed, Point, Span};
    use crate::sites::places;

    /// The change of the first `taken` in `text` to `given`.
    fn change(text: &str, genre: Genre, taken: &str, given: &str) -> Listed {
        let at = text.find(taken).expect("the text has it");
        let point = |at| Point { line: 1, column: at + 1 };
        let span = Span { start: point(at), end: point(at + taken.len()) };
        Listed {
            name: given.to_owned(),
            file: String::new(),
            genre,
            replacement: given.to_owned(),
            span,
            rules: Vec::new(),
        }
    }

    fn switched(text: &str, changes: &[Listed]) -> String {
        let numbered: Vec<(u32, &Listed)> = (0..).zip(changes).collect();
        let places = places(text, &numbered, &BTreeSet::new()).expect("it parses");
        rewrite(text, &places.sites, |_| true).text
    }

    #[test]
    fn another_operator_binds_the_whole_expression_anew() {
        let text = "fn f() -> u32 { a + b * c }";
        let made = switched(text, &[change(text, Genre::BinaryOperator, "+", "*")]);
        assert_eq!(made, "fn f() -> u32 { (if ::claque_switch::off(0) { a + b * c } else { a  *  b * c }) }");
    }

    #[test]
    fn a_body_is_left_at_once_and_no_switch_stands_in_a_constant() {
        let text = "const A: u32 = 1 - 2; const fn f() -> u32 { g() }";
        let body = change(text, Genre::FnValue, "g()", "0");
        let made = switched(text, &[body, change(text, Genre::BinaryOperator, "-", "+")]);
        assert_eq!(
            made,
            "const A: u32 = 1 - 2;  fn f() -> u32 { if ::claque_switch::on(0) { return 0; } g() }"
        );
    }

    #[test]
    fn an_arm_is_passed_over_and_a_guard_replaced() {
        let text = "fn f() { match a { 1 => b, c if d => e, _ => g } }";
        let arm = change(text, Genre::MatchArm, "1 => b,", "");
        let made = switched(text, &[arm, change(text, Genre::MatchArmGuard, "d", "true")]);
        let arms =
            "1 if ::claque_switch::off(0) => b, c if (if ::claque_switch::off(1) { d } else {  true  }) => e";
        assert_eq!(made, format!("fn f() {{ match a {{ {arms}, _ => g }} }}"));
    }
}
