//! Deliberate defects: what a broken service would do, so that suite and simulator can prove that they notice.

use crate::rule::Rule;

/// Decides whether a defect is on. Like the tracer it is a type parameter: the sound service has no trace of it.
pub trait Defects {
    /// Whether the service has this defect.
    fn has(&self, mutation: Mutation) -> bool;
}

/// No defect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sound;

impl Defects for Sound {
    #[inline(always)]
    fn has(&self, _mutation: Mutation) -> bool {
        false
    }
}

/// Exactly one defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken(pub Option<Mutation>);

impl Defects for Broken {
    #[inline]
    fn has(&self, mutation: Mutation) -> bool {
        self.0 == Some(mutation)
    }
}

macro_rules! mutations {
    ($($(#[doc = $doc:literal])+ $name:ident => $id:literal breaks $rule:ident, crowd $crowd:literal;)*) => {
        /// A deliberate defect.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutation {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Mutation {
            /// Every defect.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// The rule it breaks.
            #[must_use]
            pub const fn rule(self) -> Rule {
                match self { $(Self::$name => Rule::$rule),* }
            }

            /// Whether a crowd of well-behaved users can reveal it, so that the simulator must.
            #[must_use]
            pub const fn crowd(self) -> bool {
                match self { $(Self::$name => $crowd),* }
            }

            /// What the broken service does, in one sentence.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+)),* }
            }
        }
    };
}

mutations! {
    /// Delivers one message a second more than the budget.
    BudgetPlusOne => "budget-plus-one" breaks ShaperBudgetPerGroup, crowd true;
}

impl Mutation {
    /// The defect of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mutation| mutation.id() == id)
    }
}
