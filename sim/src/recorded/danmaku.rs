//! Reads Bilibili danmaku XML, and what recorders of live rooms add to it.

use std::borrow::Cow;
use std::ops::Range;

use claque_core::Duration;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Found, decimal};
use crate::diagnostic::Diagnostic;
use crate::scenario::MessageKind;

/// Fields of the `p` attribute that every file has; newer files add more.
const FIELDS_MIN: usize = 8;

/// A file being read.
struct Walk<'t> {
    file: &'t str,
    text: &'t str,
    /// The names of the open elements, outermost first.
    open: Vec<String>,
    found: Vec<Found<'t>>,
    /// The message whose element is open.
    current: Option<Found<'t>>,
    body: String,
}

pub(super) fn read<'t>(file: &'t str, text: &'t str) -> Result<Vec<Found<'t>>, Diagnostic> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut walk =
        Walk { file, text, open: Vec::new(), found: Vec::new(), current: None, body: String::new() };
    loop {
        let before = position(reader.buffer_position());
        let event = reader
            .read_event()
            .map_err(|error| Diagnostic::from_xml(file, text, position(reader.error_position()), &error))?;
        let span = before..position(reader.buffer_position());
        match event {
            Event::Start(start) => walk.start(&start, span)?,
            Event::Empty(start) => {
                walk.start(&start, span)?;
                walk.end();
            }
            Event::End(_) => walk.end(),
            Event::Text(said) => walk.say(&said.into_inner()),
            Event::CData(said) => walk.say(&said.into_inner()),
            Event::GeneralRef(entity) => {
                let said = resolve(&entity);
                walk.say(&said);
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => return walk.finish(),
        }
    }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// The text of an entity; one that is unknown stays as it was written, one that is no character is U+FFFD.
fn resolve(entity: &BytesRef<'_>) -> Cow<'static, str> {
    match entity.resolve_char_ref() {
        Ok(Some(character)) => return Cow::Owned(character.to_string()),
        Ok(None) => {}
        Err(_) => return Cow::Borrowed("\u{FFFD}"),
    }
    let name = entity.xml10_content();
    match name.as_ref() {
        "amp" => Cow::Borrowed("&"),
        "apos" => Cow::Borrowed("'"),
        "gt" => Cow::Borrowed(">"),
        "lt" => Cow::Borrowed("<"),
        "quot" => Cow::Borrowed("\""),
        other => Cow::Owned(format!("&{other};")),
    }
}

impl<'t> Walk<'t> {
    fn start(&mut self, start: &BytesStart<'t>, span: Range<usize>) -> Result<(), Diagnostic> {
        let name = start.name().0.to_owned();
        match (self.open.len(), name.as_str()) {
            (0, "i") | (1, _) => {}
            (0, other) => {
                let message = format!("the root element is <{other}>");
                return Err(self.refuse(self.within(&span, other), message).word(other).allowed(["i"]));
            }
            _ if self.current.is_none() => {}
            (_, other) => {
                let message = format!("<{other}> inside of a message");
                return Err(self
                    .refuse(self.within(&span, other), message)
                    .word(other)
                    .help("a message holds only text; write `<` as `&lt;`"));
            }
        }
        if self.open.len() == 1 {
            self.current = match name.as_str() {
                "d" => Some(self.comment(start, &span)?),
                "gift" | "guard" | "sc" => Some(self.gift(start, &span)?),
                _ => None,
            };
        }
        self.open.push(name);
        Ok(())
    }

    fn end(&mut self) {
        self.open.pop();
        if self.open.len() == 1
            && let Some(mut found) = self.current.take()
        {
            let said = std::mem::take(&mut self.body);
            if !said.is_empty() {
                found.body = said.into();
            }
            self.found.push(found);
        }
    }

    fn say(&mut self, said: &str) {
        if self.current.is_some() {
            self.body.push_str(said);
        }
    }

    fn finish(self) -> Result<Vec<Found<'t>>, Diagnostic> {
        match self.open.last() {
            None => Ok(self.found),
            Some(name) => {
                let end = self.text.trim_end().len();
                Err(self.refuse(end..end, format!("the file ends inside of <{name}>")).help("is it cut off?"))
            }
        }
    }

    /// `<d p="seconds,mode,size,colour,unix time,pool,user hash,row">`.
    fn comment(&self, start: &BytesStart<'t>, span: &Range<usize>) -> Result<Found<'t>, Diagnostic> {
        let value = self.attribute(start, span, "p")?;
        let fields: Vec<&str> = value.split(',').collect();
        let place = |field: &str| self.within(span, field);
        let &[seconds, mode, _, _, sent, _, user, _, ..] = fields.as_slice() else {
            let message = format!("`p` has {} fields, expected at least {FIELDS_MIN}", fields.len());
            return Err(self
                .refuse(place(&value), message)
                .help("they are: seconds, mode, size, colour, UNIX time, pool, user hash, row"));
        };
        let micros = decimal::micros(seconds).ok_or_else(|| self.no_time(place(seconds), seconds))?;
        for (field, what) in [(mode, "mode"), (sent, "UNIX time")] {
            if field.is_empty() || !field.bytes().all(|byte| byte.is_ascii_digit()) {
                let message = format!("the {what} `{field}` is no number");
                return Err(self.refuse(place(&value), message).word(field));
            }
        }
        if user.is_empty() {
            return Err(self.refuse(place(&value), "the user hash, field 7 of `p`, is empty".to_owned()));
        }
        let kind = MessageKind::Comment;
        Ok(Found {
            at: Duration::from_micros(micros),
            user: Cow::Owned(user.to_owned()),
            called: self.text_of(start, "user"),
            kind,
            message_type: kind.message_type(),
            level: kind.level(),
            body: Box::default(),
        })
    }

    /// `<gift ts="seconds" user="name" giftname="…" giftcount="…"/>`, and `guard` and `sc` alike.
    fn gift(&self, start: &BytesStart<'t>, span: &Range<usize>) -> Result<Found<'t>, Diagnostic> {
        let seconds = self.attribute(start, span, "ts")?;
        let micros =
            decimal::micros(&seconds).ok_or_else(|| self.no_time(self.within(span, &seconds), &seconds))?;
        let user = self.attribute(start, span, "user")?;
        let what = self.text_of(start, "giftname").unwrap_or_else(|| Cow::Owned(start.name().0.to_owned()));
        let count = self.text_of(start, "giftcount").unwrap_or(Cow::Borrowed("1"));
        let kind = MessageKind::Gift;
        Ok(Found {
            at: Duration::from_micros(micros),
            user: Cow::Owned(user.into_owned()),
            called: None,
            kind,
            message_type: kind.message_type(),
            level: kind.level(),
            body: format!("{what} x{count}").into(),
        })
    }

    /// The value of an attribute that must be there.
    fn attribute(
        &self,
        start: &BytesStart<'t>,
        span: &Range<usize>,
        name: &str,
    ) -> Result<Cow<'t, str>, Diagnostic> {
        self.text_of(start, name).ok_or_else(|| {
            let element = start.name().0.to_owned();
            self.refuse(self.within(span, &element), format!("<{element}> has no attribute `{name}`"))
        })
    }

    /// The value of an attribute, unescaped as far as its entities are known.
    fn text_of(&self, start: &BytesStart<'t>, name: &str) -> Option<Cow<'t, str>> {
        let attribute = start.try_get_attribute(name).ok().flatten()?;
        let raw = attribute.value.as_ref();
        let said = quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), Cow::into_owned);
        Some(Cow::Owned(said))
    }

    fn no_time(&self, span: Range<usize>, seconds: &str) -> Diagnostic {
        self.refuse(span, format!("`{seconds}` is no time"))
            .word(seconds)
            .help("the time is a number of seconds, not below zero, such as 12.9")
    }

    /// Where a piece of an element's tag stands in the file; the whole tag when it is not found.
    fn within(&self, span: &Range<usize>, piece: &str) -> Range<usize> {
        let tag = self.text.get(span.clone()).unwrap_or_default();
        match tag.find(piece) {
            Some(at) if !piece.is_empty() => span.start + at..span.start + at + piece.len(),
            _ => span.clone(),
        }
    }

    fn refuse(&self, span: Range<usize>, message: String) -> Diagnostic {
        Diagnostic::at(self.file, self.text, span, message)
    }
}
