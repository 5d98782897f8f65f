//! Splits a command line into words the way a shell does, and quotes words so that a shell gives them back.

use std::ops::Range;

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Its text, without quotes.
    pub(super) text: String,
    /// Where it stands, with quotes. Unit: bytes.
    pub(super) span: Range<usize>,
}

/// Splits at blanks; single quotes keep everything, double quotes and backslashes as POSIX shells have it.
///
/// `Err` is the place of a quote that never ends.
pub(super) fn split(line: &str) -> Result<Vec<Word>, Range<usize>> {
    let mut words: Vec<Word> = Vec::new();
    let mut current: Option<Word> = None;
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        if character.is_whitespace() {
            words.extend(current.take());
            continue;
        }
        let word = current.get_or_insert_with(|| Word { text: String::new(), span: at..at });
        match character {
            '\'' | '"' => loop {
                match characters.next() {
                    None => return Err(at..at + 1),
                    Some((_, end)) if end == character => break,
                    // Inside double quotes a shell takes the backslash away before these four only.
                    Some((_, '\\')) if character == '"' => match characters.next() {
                        Some((_, escaped @ ('"' | '\\' | '$' | '`'))) => word.text.push(escaped),
                        Some((_, other)) => word.text.extend(['\\', other]),
                        None => return Err(at..at + 1),
                    },
                    Some((_, inside)) => word.text.push(inside),
                }
            },
            '\\' => word.text.extend(characters.next().map(|(_, escaped)| escaped)),
            plain => word.text.push(plain),
        }
        word.span.end = characters.offset();
    }
    words.extend(current);
    Ok(words)
}

/// The word as a shell must be given it: as it is when nothing in it is special, else in single quotes.
pub(super) fn quote(word: &str) -> String {
    // Few enough that no shell in use gives one of them a meaning inside a word. A `#` has one at the beginning of a
    // word only.
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./=:,@%+#".contains(character);
    if !word.is_empty() && !word.starts_with('#') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
