//! Rust's source as words and signs, as far as imports need it: without comments, literals and lifetimes.

/// The words and signs of a text. What stands in quotes is left out.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        let next = letters.get(at + 1).copied();
        if letter.is_whitespace() {
            at += 1;
        } else if letter == '/' && next == Some('/') {
            at = until(&letters, at, |letters, at| letters[at] == '\n');
        } else if letter == '/' && next == Some('*') {
            at = until(&letters, at, |letters, at| letters[at - 1] == '*' && letters[at] == '/') + 1;
        } else if letter == '"' {
            at = quoted(&letters, at, '"');
        } else if letter == '\'' {
            at = character(&letters, at);
        } else if letter.is_alphanumeric() || letter == '_' {
            let end = until(&letters, at, |letters, at| !letters[at].is_alphanumeric() && letters[at] != '_');
            match prefixed(&letters, at, end) {
                Some(behind) => at = behind,
                None => {
                    found.push(letters[at..end].iter().collect());
                    at = end;
                }
            }
        } else if letter == ':' && next == Some(':') {
            found.push("::".to_owned());
            at += 2;
        } else {
            found.push(letter.to_string());
            at += 1;
        }
    }
    found
}

/// The first place behind a beginning of which something holds.
fn until(letters: &[char], from: usize, holds: impl Fn(&[char], usize) -> bool) -> usize {
    (from + 1..letters.len()).find(|at| holds(letters, *at)).unwrap_or(letters.len())
}

/// Behind a literal that ends with a sign, which a backslash takes its meaning.
fn quoted(letters: &[char], from: usize, sign: char) -> usize {
    let mut at = from + 1;
    while let Some(letter) = letters.get(at) {
        match letter {
            '\\' => at += 2,
            letter if *letter == sign => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// Behind a character or a lifetime.
fn character(letters: &[char], from: usize) -> usize {
    if letters.get(from + 1) == Some(&'\\') || letters.get(from + 2) == Some(&'\'') {
        return quoted(letters, from, '\'');
    }
    until(letters, from, |letters, at| !letters[at].is_alphanumeric() && letters[at] != '_')
}

/// Behind a literal that begins with a word: `b"…"`, `r#"…"#`, `b'…'`; none: the word is a word.
fn prefixed(letters: &[char], from: usize, end: usize) -> Option<usize> {
    let word: String = letters[from..end].iter().collect();
    match letters.get(end) {
        Some('\'') if word == "b" => Some(quoted(letters, end, '\'')),
        Some('"') if word == "b" => Some(quoted(letters, end, '"')),
        Some('"' | '#') if matches!(word.as_str(), "r" | "br") => {
            let hashes = letters[end..].iter().take_while(|letter| **letter == '#').count();
            if letters.get(end + hashes) != Some(&'"') {
                return None;
            }
            let closes = |letters: &[char], at: usize| {
                letters[at] == '"'
                    && letters[at + 1..].iter().take_while(|letter| **letter == '#').count() >= hashes
            };
            Some(until(letters, end + hashes, closes) + 1 + hashes)
        }
        _ => None,
    }
}
