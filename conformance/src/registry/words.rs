//! The words of the registry: closed sets that a file chooses from.

use std::fmt;

use claque_document::diagnostic::Diagnostic;
use claque_document::table::{FromValue, Value};

macro_rules! words {
    ($($(#[$doc:meta])+ $name:ident, $what:literal { $($variant:ident = $word:literal, $says:literal;)+ })+) => {
        $(
            $(#[$doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $name {
                $(#[doc = $says] $variant,)+
            }

            impl $name {
                /// Every choice, in the order of declaration.
                pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

                /// The word that files and reports use.
                #[must_use]
                pub const fn word(self) -> &'static str {
                    match self {
                        $(Self::$variant => $word,)+
                    }
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(self.word())
                }
            }

            impl FromValue for $name {
                fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
                    value.choice($what, &[$(($word, Self::$variant),)+])
                }
            }
        )+
    };
}

words! {
    /// The sort of statement that a rule is.
    Kind, "kind of rule" {
        Behaviour = "behaviour", "What an operation or event does.";
        Guidance = "guidance", "Advice that no program can decide.";
        Limit = "limit", "A number that must not be passed.";
        Order = "order", "What comes before what.";
        Refusal = "refusal", "What is turned down, and how.";
        Retention = "retention", "How long something is kept.";
        State = "state", "What can be seen of the service's state.";
        Timing = "timing", "When something happens.";
    }

    /// How binding a rule is.
    Level, "level" {
        Must = "must", "The documents state it as a fact.";
        Should = "should", "The documents recommend or suggest it.";
    }

    /// How much a source weighs.
    Tier, "tier" {
        Seed = "seed", "The authority: where others contradict it, they yield.";
        Public = "public", "A public page or library.";
    }

    /// How directly the sources say a rule.
    Status, "status" {
        Stated = "stated", "A sentence says it.";
        Derived = "derived", "It follows from sentences that say something else.";
        Contested = "contested", "Two sentences contradict each other.";
    }

    /// Which part of the project decides a rule.
    Decided, "place of decision" {
        Core = "core", "The state machine.";
        Wire = "wire", "The form of requests, answers and callbacks.";
        Server = "server", "The process that listens and calls back.";
        Client = "client", "The audience's client.";
        None = "none", "No code.";
    }

    /// The characters that a bounded text may hold.
    Charset, "set of characters" {
        LettersDigits = "letters-digits", "ASCII letters and digits.";
        LettersDigitsUnderscore = "letters-digits-underscore", "ASCII letters, digits and underscore.";
        LowerDigitsUnderscoreHyphen =
            "lower-digits-underscore-hyphen", "Lower-case ASCII letters, digits, underscore and hyphen.";
        LowerDigitsUnderscorePeriod =
            "lower-digits-underscore-period", "Lower-case ASCII letters, digits, underscore and period.";
    }
}
