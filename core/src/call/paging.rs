//! Numbered pages: of the old family, and what both families share.

use crate::call::check::{Validated, invalid};
use crate::mutants::{Mutants, RuleChange};
use crate::state::service::Service;
use crate::words::refusal::Fault;
use crate::words::response::OldPage;
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;
use alloc::vec::Vec;

/// Highest page number of the old family. Rule: `legacy.page.number`
const PAGE_NUMBER_MAX: i32 = 100_000;
/// Most entries on a page of the old family. Rule: `legacy.page.size`
const PAGE_SIZE_MAX: i32 = 50;
/// Entries on a page of the old family when no size is given. Rule: `legacy.page.size`
const PAGE_SIZE: i32 = 20;
/// A page of the old family.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OldPaging {
    pub(crate) number: i32,
    pub(crate) size: i32,
    pub(crate) descending: bool,
}

impl OldPaging {
    /// The page of `all`, which is in ascending order.
    pub(crate) fn cut<V, W>(self, mut all: Vec<V>, show: impl FnMut(V) -> W) -> OldPage<W>
    where
        V: Clone,
    {
        if self.descending {
            all.reverse();
        }
        // A page beyond the end is empty and no error, as the older family has it.
        let page = page_of(&all, self.number, self.size);
        // Saturating: page and size are in range, but their product may not be in 32 bits.
        let shown = usize::try_from((self.number - 1).saturating_mul(self.size)).unwrap_or(0) + page.len();
        OldPage {
            items: page.iter().cloned().map(show).collect(),
            has_more: !page.is_empty() && shown < all.len(),
            total: u32::try_from(all.len()).expect("fewer than 2^32 entries"),
        }
    }
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// The page that a call of the old family asks for.
    pub(crate) fn check_old_page(
        &mut self,
        number: Option<i32>,
        size: Option<i32>,
        sort: Option<i32>,
    ) -> Validated<OldPaging> {
        let rule = Rule::LegacyPageNumber;
        let first = 1 + i32::from(self.mutants.changes(rule, RuleChange::OtherDefault));
        let number = self.check_page(number.unwrap_or(first), (1, PAGE_NUMBER_MAX), "PageNum", rule)?;
        let rule = Rule::LegacyPageSize;
        let usual = PAGE_SIZE - i32::from(self.mutants.changes(rule, RuleChange::OtherDefault));
        let size = self.check_page(size.unwrap_or(usual), (1, PAGE_SIZE_MAX), "PageSize", rule)?;
        let rule = Rule::LegacyPageSort;
        self.hit(rule);
        let descending = match sort.unwrap_or(0) {
            0 => false,
            1 => true,
            _ if self.mutants.changes(rule, RuleChange::AnyOrder) => false,
            _ => return Err(invalid("SortType", Fault::NotAllowed, rule)),
        };
        let descending = descending != self.mutants.changes(rule, RuleChange::Reversed);
        Ok(OldPaging { number, size, descending })
    }
}

/// The entries of a numbered page, counted from 1; empty beyond the last.
pub(crate) fn page_of<V>(all: &[V], number: i32, size: i32) -> &[V] {
    let number = usize::try_from(number - 1).expect("pages count from 1");
    let size = usize::try_from(size).expect("a page size is positive");
    // Cut to the length, so that a number far beyond the end gives an empty slice and never panics.
    let from = number.saturating_mul(size).min(all.len());
    let to = from.saturating_add(size).min(all.len());
    &all[from..to]
}
