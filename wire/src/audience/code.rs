//! Error codes: every number that the documented client knows, and where each comes from here.

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CodeOrigin {
    /// The client library itself, without asking anybody.
    Client,
    /// The server, but only when a fault was asked for through the control API: its cause is not documented.
    Fault,
    /// The server.
    Server,
}

impl CodeOrigin {
    /// One word for documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Fault => "fault",
            Self::Server => "server",
        }
    }
}

/// A documented error code of the audience side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientCode {
    /// Its number, 304 to 604.
    pub number: u16,
    /// Who says it here.
    pub origin: CodeOrigin,
    /// Its meaning.
    pub meaning: &'static str,
}

const fn code(number: u16, origin: CodeOrigin, meaning: &'static str) -> ClientCode {
    ClientCode { number, origin, meaning }
}

/// Every documented code, by number.
pub const CODES: &[ClientCode] = &[
    code(304, CodeOrigin::Server, "already logged on"),
    code(400, CodeOrigin::Server, "a parameter is missing, illegal or cannot be read; no such method"),
    code(403, CodeOrigin::Server, "no permission, or the logon's token does not verify or has expired"),
    code(404, CodeOrigin::Server, "no such session; log on again"),
    code(412, CodeOrigin::Server, "busy: asked too often, try again later"),
    code(424, CodeOrigin::Server, "the receiver is offline"),
    code(425, CodeOrigin::Server, "not in the group; join it first"),
    code(440, CodeOrigin::Server, "the group does not exist"),
    code(441, CodeOrigin::Server, "the group is deleted"),
    code(442, CodeOrigin::Server, "muted in this group"),
    code(443, CodeOrigin::Server, "a limit is reached"),
    code(450, CodeOrigin::Fault, "may not join"),
    code(500, CodeOrigin::Fault, "a temporary error; try again"),
    code(601, CodeOrigin::Client, "the client is in the wrong state: not initialised, or already so"),
    code(602, CodeOrigin::Server, "not logged on"),
    code(603, CodeOrigin::Client, "the answer belonged to a session that has ended"),
    code(604, CodeOrigin::Server, "a frame cannot be parsed"),
];

/// The code of that number, if a server ever says it.
#[must_use]
pub fn sayable(number: u16) -> Option<ClientCode> {
    CODES.iter().copied().find(|code| code.number == number && code.origin != CodeOrigin::Client)
}
