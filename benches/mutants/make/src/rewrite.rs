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
