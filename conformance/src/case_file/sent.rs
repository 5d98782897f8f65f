//! Reads how a call travels.

use claque_document::diagnostic::Diagnostic;
use claque_document::table::{Table, Value};

use crate::case::Sent;

/// Methods that a call may be made with.
const METHODS: [(&str, &str); 6] = [
    ("DELETE", "DELETE"),
    ("GET", "GET"),
    ("OPTIONS", "OPTIONS"),
    ("PATCH", "PATCH"),
    ("POST", "POST"),
    ("PUT", "PUT"),
];
/// Most bytes of a packet or chunk that a case asks for.
const PIECE_BYTES_MAX: i64 = 65_536;

/// Reads the key `sent` of a call; `signed`: whether it says `via`, without which nothing travels.
pub(super) fn read(call: &Table<'_>, signed: bool) -> Result<Sent, Diagnostic> {
    let Some(value) = call.value("sent") else { return Ok(Sent::default()) };
    if !signed {
        return Err(value.refuse("only a call that says `via` is sent in a way of its own"));
    }
    let table = value.as_table("`sent`".to_owned())?;
    let method = table.value("method").map(|value| value.choice("method", &METHODS)).transpose()?;
    let sent = Sent {
        clock: table.or("clock", claque_document::units::Skew::default())?,
        nonce: table.find("nonce")?,
        method: method.map(str::to_owned),
        content_type: table.find("content-type")?,
        unlisted: table.or("unlisted", Vec::new())?,
        unsigned: table.value("unsigned").as_ref().map_or_else(|| Ok(Vec::new()), headers)?,
        lower_escapes: table.or("lower-escapes", false)?,
        upper_names: table.or("upper-names", false)?,
        packets: pieces(table.value("packets").as_ref())?,
        chunks: pieces(table.value("chunks").as_ref())?,
    };
    table.finish()?;
    Ok(sent)
}

fn pieces(value: Option<&Value<'_>>) -> Result<Option<usize>, Diagnostic> {
    let Some(value) = value else { return Ok(None) };
    Ok(usize::try_from(value.as_integer(1, PIECE_BYTES_MAX)?).ok())
}

fn headers(value: &Value<'_>) -> Result<Vec<(String, String)>, Diagnostic> {
    let table = value.as_table("`unsigned`".to_owned())?;
    table.entries().map(|(value, name)| Ok((name.to_owned(), value.as_text()?.to_owned()))).collect()
}
