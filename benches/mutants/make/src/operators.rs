//! The operators: mistakes that people make when they write a service, as changes to its text.
//!
//! A row says what is changed into what. [`crate::semantic`] finds the places; a row that fits nowhere changes nothing.

/// One kind of mistake.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    /// How its changes are called.
    pub name: &'static str,
    /// The kind of hole that a judge has who does not notice.
    pub kind: &'static str,
    /// What is changed.
    pub what: Alteration,
}

/// What an operator changes.
#[derive(Clone, Copy, Debug)]
pub enum Alteration {
    /// A comparison or arithmetic operator becomes another.
    Sign(&'static str, &'static str),
    /// Of two conditions only one is asked: the first, or the second.
    Condition { first: bool },
    /// A whole number that is written down becomes one more or one less.
    Number(i64),
    /// A function or method of this name becomes another.
    Name(&'static str, &'static str),
    /// The last two words of a path become others.
    Word(&'static str, &'static str),
    /// A field is read in the place of another.
    Field(&'static str, &'static str),
    /// The condition that a method of this name is given always holds.
    Always(&'static str),
    /// A statement is done otherwise: `{}` stands for it.
    Statement(&'static str),
    /// Two statements change places.
    Swap,
}

const fn row(kind: &'static str, name: &'static str, what: Alteration) -> Operator {
    Operator { name, kind, what }
}

/// All operators.
pub const OPERATORS: &[Operator] = &[
    row("boundary off by one", "less or equal", Alteration::Sign("<", "<=")),
    row("boundary off by one", "less alone", Alteration::Sign("<=", "<")),
    row("boundary off by one", "greater or equal", Alteration::Sign(">", ">=")),
    row("boundary off by one", "greater alone", Alteration::Sign(">=", ">")),
    row("boundary off by one", "one more", Alteration::Number(1)),
    row("boundary off by one", "one less", Alteration::Number(-1)),
    row("boundary off by one", "last taken", Alteration::Name("min", "max")),
    row("boundary off by one", "first taken", Alteration::Name("max", "min")),
    row("wrong unit", "seconds as milliseconds", Alteration::Name("from_secs", "from_millis")),
    row("wrong unit", "milliseconds as seconds", Alteration::Name("from_millis", "from_secs")),
    row("wrong unit", "days as seconds", Alteration::Name("from_days", "from_secs")),
    row("wrong unit", "seconds for microseconds", Alteration::Name("as_micros", "as_secs")),
    row("wrong unit", "characters for bytes", Alteration::Sign("*", "+")),
    row("wrong clock", "delivery for sending", Alteration::Field("sent", "at")),
    row("wrong clock", "sending for delivery", Alteration::Field("at", "sent")),
    row("wrong clock", "sending for submission", Alteration::Field("submitted", "due")),
    row("wrong clock", "whole second", Alteration::Name("now", "second_start")),
    row("wrong scope", "one user for the group", Alteration::Word("Notify::Group", "Notify::User")),
    row("wrong scope", "nobody for the group", Alteration::Word("Notify::Group", "Notify::Nobody")),
    row("wrong scope", "the group for one user", Alteration::Word("Notify::User", "Notify::Group")),
    row("wrong scope", "every one", Alteration::Always("filter")),
    row("wrong scope", "the very first", Alteration::Always("find")),
    row("wrong scope", "not only the first ones", Alteration::Always("take_while")),
    row("wrong moment", "two statements change places", Alteration::Swap),
    row("order swapped", "the first for the last", Alteration::Name("last", "first")),
    row("order swapped", "the last for the first", Alteration::Name("first", "last")),
    row("order swapped", "from the other end", Alteration::Name("pop_front", "pop_back")),
    row("not done at all", "statement left out", Alteration::Statement("{ }")),
    row("applied twice", "statement done twice", Alteration::Statement("{ {} {} }")),
    row(
        "only on one occasion",
        "statement done the first time only",
        Alteration::Statement("if ::claque_switch::turn() == 0 { {} }"),
    ),
    row(
        "only on one occasion",
        "statement left out the first time",
        Alteration::Statement("if ::claque_switch::turn() > 0 { {} }"),
    ),
    row(
        "only above a size",
        "statement left out from the tenth time on",
        Alteration::Statement("if ::claque_switch::turn() < 9 { {} }"),
    ),
    row("only for one of two", "the first condition alone", Alteration::Condition { first: true }),
    row("only for one of two", "the second condition alone", Alteration::Condition { first: false }),
    row(
        "only for one of two",
        "the newer family for the older",
        Alteration::Word("Family::Old", "Family::Live"),
    ),
    row(
        "only for one of two",
        "the older family for the newer",
        Alteration::Word("Family::Live", "Family::Old"),
    ),
    row(
        "only for one of two",
        "clients for the newer family",
        Alteration::Word("Origin::Live", "Origin::Client"),
    ),
    row(
        "only for one of two",
        "the newer family for clients",
        Alteration::Word("Origin::Client", "Origin::Live"),
    ),
    row(
        "only for one of two",
        "the newer family for the older one",
        Alteration::Word("Origin::Old", "Origin::Live"),
    ),
    row("only for one of two", "MEDIUM for HIGH", Alteration::Word("Priority::High", "Priority::Medium")),
    row("only for one of two", "NORMAL for MEDIUM", Alteration::Word("Priority::Medium", "Priority::Normal")),
    row("only for one of two", "any for all", Alteration::Name("all", "any")),
    row("only for one of two", "all for any", Alteration::Name("any", "all")),
    row("kept too long, lost too early", "nothing goes", Alteration::Always("retain")),
    row("kept too long, lost too early", "some for none", Alteration::Name("is_none", "is_some")),
    row("kept too long, lost too early", "none for some", Alteration::Name("is_some", "is_none")),
    row("kept too long, lost too early", "some or", Alteration::Name("is_none_or", "is_some_and")),
    row("kept too long, lost too early", "none or", Alteration::Name("is_some_and", "is_none_or")),
];
