//! How a command ends.

/// Why a command did not do what it was asked.
pub(crate) enum CommandFailure {
    /// The answer is no: a rule was broken, a request refused. Exit 1.
    No(String),
    /// It was asked wrongly. Exit 2.
    Usage(String),
    /// A command that was run for somebody ended with this status, which is ours too.
    Status(u8),
}

/// The end of a command.
pub(crate) type Done = Result<(), CommandFailure>;
