//! Valid files changed token by token: what a person gets wrong, and what an attacker would write, in files that still read.

/// What is put in the place of a token.
const ODD: [&str; 62] = [
    "0",
    "1",
    "-1",
    "3",
    "17",
    "255",
    "256",
    "65535",
    "65536",
    "86401",
    "100000",
    "100001",
    "200001",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "0xffffffff",
    "1.5",
    "inf",
    "true",
    "false",
    "[]",
    "{}",
    "[[]]",
    "[1, \"a\"]",
    "\"\"",
    "\"a\"",
    "\"ab\"",
    "\"0123456789abcdef\"",
    "\"0123456789abcdefg\"",
    "\"\\u00e9\"",
    "\"\\u0000\"",
    "\"all\"",
    "\"g01..g09\"",
    "\"0s\"",
    "\"1us\"",
    "\"31d\"",
    "\"36525d\"",
    "\"36526d\"",
    "\"18446744073709551615us\"",
    "\"-36525d\"",
    "\"5s..1s\"",
    "\"1s..36525d\"",
    "\"1/0s\"",
    "\"4294967295/us\"",
    "\"1/36525d\"",
    "\"${n}\"",
    "\"${\"",
    "\"${app.AppKey}\"",
    "{ ids = 100000 }",
    "{ ids = 4294967295 }",
    "{ text-bytes = 1048576 }",
    "{ text-chars = 70000, of = \"é\" }",
    "{ unix = \"-36525d\" }",
    "{ map = { a = {} } }",
    "{ has = 1 }",
    "{ one-of = [] }",
    "{ absent = false }",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "",
];

/// The tokens of a text: quoted texts, words, and what stands between them.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
    while let Some(first) = rest.chars().next() {
        let end = if first == '"' {
            rest[1..].find(['"', '\n']).map_or(rest.len(), |end| end + 2)
        } else if plain(first) {
            rest.find(|c| !plain(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(end.min(rest.len()));
        found.push(token);
        rest = after;
    }
    found
}

/// A text with some of its tokens replaced, by three bytes each: which (u16 LE), and by what: something odd, or another token
/// of the text.
pub fn changed(text: &str, edits: &[u8]) -> String {
    let all = tokens(text);
    let words: Vec<usize> = (0..all.len()).filter(|at| !all[*at].trim().is_empty()).collect();
    let mut made = all.clone();
    for edit in edits.chunks_exact(3) {
        let which = usize::from(u16::from_le_bytes([edit[0], edit[1]]));
        let (at, what) = (words[which % words.len()], usize::from(edit[2]));
        made[at] = ODD.get(what).copied().unwrap_or_else(|| all[words[(which * 31 + what) % words.len()]]);
    }
    made.concat()
}

/// The base that an input means, and its edits.
pub fn chosen<'b, T>(bases: &'b [T], bytes: &'b [u8]) -> Option<(&'b T, &'b [u8])> {
    let [low, high, edits @ ..] = bytes else { return None };
    let at = usize::from(u16::from_le_bytes([*low, *high]));
    Some((bases.get(at % bases.len())?, edits))
}
