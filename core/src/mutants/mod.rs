//! Deliberate defects: what a broken service would do, so that suite and simulator can prove that they notice.

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

use a_to_l::defects_a_to_l;
pub use change::Change;
use in_part::defects_in_part;
use m_to_z::defects_m_to_z;
use older::defects_of_older;
use several::defects_of_several;
pub use slip::{Damage, DamageReach, Slip, SlipMoment};
use slips::defects_by_slip;
use spoils::defects_of_spoils;
pub(crate) use support::{anew, count_before, half, half_seconds, hundreds_of, just_before, taken_twice};

use crate::words::rule::Rule;

/// Decides whether a defect is on. Like the tracer it is a type parameter: the sound service has no trace of it.
pub trait Defects: Clone {
    /// Whether there can be a defect at all: what a sound service would only pass through is left out of it.
    const BROKEN: bool;

    /// Whether the service has this defect.
    fn has(&self, mutation: Mutation) -> bool;

    /// Whether the service has a defect that changes this rule in this way.
    fn changes(&self, rule: Rule, change: Change) -> bool;

    /// The defect that the service has.
    fn on(&self) -> Option<Mutation>;

    /// The slip that the service has.
    fn slip(&self) -> Option<Slip>;

    /// A bound; one more where the service has this defect.
    #[inline(always)]
    fn one_more<N: Add<Output = N> + From<bool>>(&self, mutation: Mutation, bound: N) -> N {
        bound + N::from(self.has(mutation))
    }

    /// A bound; one less where the service has this defect.
    #[inline(always)]
    fn one_less<N: Sub<Output = N> + From<bool>>(&self, mutation: Mutation, bound: N) -> N {
        bound - N::from(self.has(mutation))
    }
}

/// No defect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sound;

impl Defects for Sound {
    const BROKEN: bool = false;

    #[inline(always)]
    fn has(&self, _mutation: Mutation) -> bool {
        false
    }

    #[inline(always)]
    fn changes(&self, _rule: Rule, _change: Change) -> bool {
        false
    }

    #[inline(always)]
    fn on(&self) -> Option<Mutation> {
        None
    }

    #[inline(always)]
    fn slip(&self) -> Option<Slip> {
        None
    }
}

/// Exactly one defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken(pub Option<Mutation>);

impl Defects for Broken {
    const BROKEN: bool = true;

    #[inline]
    fn has(&self, mutation: Mutation) -> bool {
        self.0 == Some(mutation)
    }

    #[inline]
    fn changes(&self, rule: Rule, change: Change) -> bool {
        self.0.is_some_and(|mutation| mutation.rule() == rule && mutation.change() == Some(change))
    }

    #[inline]
    fn on(&self) -> Option<Mutation> {
        self.0
    }

    #[inline]
    fn slip(&self) -> Option<Slip> {
        self.0.and_then(Mutation::slip)
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

macro_rules! mutations {
    (
        $($(#[doc = $doc:literal])+ $name:ident => $id:literal breaks $rule:ident, crowd $crowd:literal
            $(, by $change:expr)? $(, slips $slip:expr)?;)*
        @several
        $($(#[doc = $docs:literal])+ $several:ident => $its:literal breaks $broken:ident,
            meets $($meets:literal),+;)*
    ) => {
        /// A deliberate defect.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutation {
            $($(#[doc = $doc])+ $name,)*
            $($(#[doc = $docs])+ $several,)*
        }

        impl Mutation {
            /// Every defect of one rule.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Every defect that shows only where several things meet.
            pub const SEVERAL: &'static [Self] = &[$(Self::$several),*];

            /// What must meet for the defect to show; empty for a defect of one rule.
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
            pub const fn change(self) -> Option<Change> {
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

defects_a_to_l! {}

impl Mutation {
    /// Every defect, those of one rule first.
    pub fn every() -> impl Iterator<Item = Self> + Clone {
        Self::ALL.iter().chain(Self::SEVERAL).copied()
    }

    /// The defect of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::every().find(|mutation| mutation.id() == id)
    }
}
