//! Mutants: what a broken service would do, so that suite and simulator can prove that they notice.

mod a_to_l;
mod change;
mod in_part;
mod m_to_z;
mod older;
mod several;
mod slip;
mod slips;
mod spoils;
mod support;

use core::ops::{Add, Sub};

use a_to_l::mutants_a_to_l;
pub use change::RuleChange;
use in_part::mutants_in_part;
use m_to_z::mutants_m_to_z;
use older::mutants_of_older;
use several::mutants_of_several;
pub use slip::{Damage, DamageReach, Slip, SlipMoment};
use slips::mutants_by_slip;
use spoils::mutants_of_spoils;
pub(crate) use support::{anew, count_before, half, half_seconds, hundreds_of, just_before, taken_twice};

use crate::words::rule::Rule;

/// Decides whether a mutant is on. Like the tracer it is a type parameter: the sound service has no trace of it.
pub trait Mutants: Clone {
    /// Whether there can be a mutant at all: what a sound service would only pass through is left out of it.
    const MUTATED: bool;

    /// Whether the service has this mutant.
    fn has(&self, mutant: Mutant) -> bool;

    /// Whether the service has a mutant that changes this rule in this way.
    fn changes(&self, rule: Rule, change: RuleChange) -> bool;

    /// The mutant that the service has.
    fn on(&self) -> Option<Mutant>;

    /// The slip that the service has.
    fn slip(&self) -> Option<Slip>;

    /// A bound; one more where the service has this mutant.
    #[inline(always)]
    fn one_more<N: Add<Output = N> + From<bool>>(&self, mutant: Mutant, bound: N) -> N {
        bound + N::from(self.has(mutant))
    }

    /// A bound; one less where the service has this mutant.
    #[inline(always)]
    fn one_less<N: Sub<Output = N> + From<bool>>(&self, mutant: Mutant, bound: N) -> N {
        bound - N::from(self.has(mutant))
    }
}

/// No mutant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sound;

impl Mutants for Sound {
    const MUTATED: bool = false;

    #[inline(always)]
    fn has(&self, _mutation: Mutant) -> bool {
        false
    }

    #[inline(always)]
    fn changes(&self, _rule: Rule, _change: RuleChange) -> bool {
        false
    }

    #[inline(always)]
    fn on(&self) -> Option<Mutant> {
        None
    }

    #[inline(always)]
    fn slip(&self) -> Option<Slip> {
        None
    }
}

/// Exactly one mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutated(pub Option<Mutant>);

impl Mutants for Mutated {
    const MUTATED: bool = true;

    #[inline]
    fn has(&self, mutant: Mutant) -> bool {
        self.0 == Some(mutant)
    }

    #[inline]
    fn changes(&self, rule: Rule, change: RuleChange) -> bool {
        self.0.is_some_and(|mutant| mutant.rule() == rule && mutant.change() == Some(change))
    }

    #[inline]
    fn on(&self) -> Option<Mutant> {
        self.0
    }

    #[inline]
    fn slip(&self) -> Option<Slip> {
        self.0.and_then(Mutant::slip)
    }
}

/// The change or slip that a row of the table names, if it does.
macro_rules! change_of {
    () => {
        None
    };
    ($change:expr) => {
        Some($change)
    };
}

macro_rules! all_mutants {
    (
        $($(#[doc = $doc:literal])+ $name:ident => $id:literal breaks $rule:ident, crowd $crowd:literal
            $(, by $change:expr)? $(, slips $slip:expr)?;)*
        @several
        $($(#[doc = $docs:literal])+ $several:ident => $its:literal breaks $broken:ident,
            meets $($meets:literal),+;)*
    ) => {
        /// A mutant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutant {
            $($(#[doc = $doc])+ $name,)*
            $($(#[doc = $docs])+ $several,)*
        }

        impl Mutant {
            /// Every mutant of one rule.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Every mutant that shows only where several things meet.
            pub const SEVERAL: &'static [Self] = &[$(Self::$several),*];

            /// What must meet for the mutant to show; empty for a mutant of one rule.
            #[must_use]
            pub const fn meets(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[],)*
                    $(Self::$several => &[$($meets),+]),*
                }
            }

            /// Its name.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* $(Self::$several => $its),* }
            }

            /// The rule it breaks.
            #[must_use]
            pub const fn rule(self) -> Rule {
                match self { $(Self::$name => Rule::$rule,)* $(Self::$several => Rule::$broken),* }
            }

            /// Whether a crowd of well-behaved users can reveal it, so that the simulator must.
            #[must_use]
            pub const fn crowd(self) -> bool {
                match self { $(Self::$name => $crowd,)* $(Self::$several => true),* }
            }

            /// How it changes a limit or an order, where it does just that and the checks ask for it.
            #[must_use]
            pub const fn change(self) -> Option<RuleChange> {
                match self {
                    $(Self::$name => change_of!($($change)?),)*
                    $(Self::$several => None,)*
                }
            }

            /// What it damages at what moment, where it is a slip.
            #[must_use]
            pub const fn slip(self) -> Option<Slip> {
                match self {
                    $(Self::$name => change_of!($($slip)?),)*
                    $(Self::$several => None,)*
                }
            }

            /// What the broken service does, in one sentence.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),+),)*
                    $(Self::$several => concat!($($docs),+)),*
                }
            }
        }
    };
}

mutants_a_to_l! {}

impl Mutant {
    /// Every mutant, those of one rule first.
    pub fn every() -> impl Iterator<Item = Self> + Clone {
        Self::ALL.iter().chain(Self::SEVERAL).copied()
    }

    /// The mutant of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::every().find(|mutant| mutant.id() == id)
    }
}
