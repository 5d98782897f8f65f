//! Tells whether a text is JSON. Nothing is built.

/// How deep arrays and objects may nest.
const DEPTH_MAX: u32 = 128;

/// Whether a text is exactly one JSON value.
pub(crate) fn is_json(text: &str) -> bool {
    let mut reader = JsonReader { rest: text.as_bytes() };
    reader.value(0).is_some() && reader.blank().is_some() && reader.rest.is_empty()
}

struct JsonReader<'a> {
    rest: &'a [u8],
}

impl JsonReader<'_> {
    fn blank(&mut self) -> Option<()> {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
        Some(())
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        (*first == byte).then(|| self.rest = rest)
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    fn value(&mut self, depth: u32) -> Option<()> {
        self.blank()?;
        match self.rest.first()? {
            // Bounded, or a body of opening brackets would run the stack out.
            b'{' if depth < DEPTH_MAX => self.items(b'{', b'}', |reader| {
                reader.blank()?;
                reader.string()?;
                reader.blank()?;
                reader.take(b':')?;
                reader.value(depth + 1)
            }),
            b'[' if depth < DEPTH_MAX => self.items(b'[', b']', |reader| reader.value(depth + 1)),
            b'"' => self.string(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn items(&mut self, open: u8, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(open)?;
        self.blank()?;
        if self.take(close).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            self.blank()?;
            if self.take(close).is_some() {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Some(());
                }
                [b'\\', b'u', a, b, c, d, rest @ ..]
                    if [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()) =>
                {
                    self.rest = rest;
                }
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => {
                    self.rest = rest;
                }
                [b'\\' | ..=0x1f, ..] | [] => return None,
                [_, rest @ ..] => self.rest = rest,
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = &self.rest[count..];
        (count > 0).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _ = self.take(b'+').or_else(|| self.take(b'-'));
            self.digits()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn values_of_json() {
        for text in [
            "0",
            "-1.5e+3",
            "\"a\\u00e9\\n\"",
            " [1, 2, {\"k\": null}] ",
            "{}",
            "[]",
            "true",
            "\"é\"",
            "{\"a\":[{\"b\":\"c\"}],\"d\":false}",
        ] {
            assert!(is_json(text), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_json() {
        for text in [
            "", "test", "01", "1.", "[1,]", "{\"a\"}", "{a:1}", "\"a", "\"\\x\"", "\"\n\"", "1 2", "[", "-",
            "tru",
        ] {
            assert!(!is_json(text), "{text}");
        }
        assert!(!is_json(&"[".repeat(1_000_000)), "depth is bounded");
    }
}
