//! A line of a text log behind its time: who said what, in the manners of several chat clients.
//!
//! | line | manner of | read as |
//! |---|---|---|
//! | `name: text`, `display name: text` | Chatterino, TwitchDownloader | a comment |
//! | `<name> text`, `* name text` | Chatty, ZNC, irssi, HexChat | a comment |
//! | `name`, a tab, `text` | WeeChat | a comment |
//! | `\| *$5.00* (Member) name: text` | chat-downloader | a comment, or a message paid for |
//! | anything else | all | a notice |

/// Marks of rank that clients write before a name.
const RANKS: [char; 8] = ['@', '+', '%', '~', '&', '$', '!', ' '];
/// Words of clients about people who come, go and change, in the form of an action.
const COMINGS: [&str; 7] = [
    " has joined",
    " has left",
    " has quit",
    " sets mode",
    " is now known as",
    " has changed",
    " was kicked",
];

/// A line taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said<'t> {
    /// A person said something.
    By { name: &'t str, text: &'t str, paid: bool },
    /// The client or the service says something.
    Notice(&'t str),
}

/// Whether a line has its name in angles.
pub(super) fn is_angled(line: &str) -> bool {
    let name = line.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    name.is_some_and(|(name, said)| {
        !name.trim().is_empty() && (said.is_empty() || said.starts_with([' ', '\t']))
    })
}

/// Takes a line apart; in a log that has names in angles a colon makes none.
pub(super) fn take_apart(line: &str, angled: bool) -> Said<'_> {
    // Before anything else: names of this writer have spaces, and its badges have brackets.
    if let Some(rest) = line.strip_prefix("| ") {
        return downloaded(rest);
    }
    if is_angled(line)
        && let Some((name, text)) = line.strip_prefix('<').and_then(|rest| rest.split_once('>'))
    {
        return by(name.trim_matches(RANKS), text.trim_start());
    }
    if let Some(done) = line.strip_prefix("* ").or_else(|| line.strip_prefix("*\t")) {
        return action(done);
    }
    // A tab before a colon: in these logs a colon belongs to the text.
    if let Some((name, text)) = line.split_once('\t') {
        let name = name.trim_matches(RANKS);
        return match name {
            "*" => action(text),
            "" | "-->" | "<--" | "--" | "=!=" => Said::Notice(text),
            _ => by(name, text),
        };
    }
    let notice = angled || ["***", "-", "["].iter().any(|mark| line.starts_with(mark));
    // With a space behind it: addresses and times of day have colons, too.
    let colon = line.split_once(": ").or_else(|| line.strip_suffix(':').map(|name| (name, "")));
    let Some((name, text)) = colon.filter(|_| !notice) else {
        return Said::Notice(line);
    };
    // Chatterino writes a localised name, spaces and the login; others the channel before the name.
    let name = name.trim_start_matches('#');
    match name.split_whitespace().count() {
        // Longer than a localised name with its login it is a sentence of the service that happens to have a colon.
        1..=3 => by(name.split_whitespace().next_back().unwrap_or(name), text),
        _ => Said::Notice(line),
    }
}

/// A message, or a notice where there is no name.
const fn by<'t>(name: &'t str, text: &'t str) -> Said<'t> {
    if name.is_empty() { Said::Notice(text) } else { Said::By { name, text, paid: false } }
}

fn action(done: &str) -> Said<'_> {
    let (name, text) = done.split_once(char::is_whitespace).unwrap_or((done, ""));
    if text.is_empty() || COMINGS.iter().any(|coming| done.contains(coming)) {
        Said::Notice(done)
    } else {
        by(name.trim_matches(RANKS), text)
    }
}

/// Reads money, badges, a name that may have spaces, and the text.
fn downloaded(line: &str) -> Said<'_> {
    let money = line.strip_prefix('*').and_then(|rest| rest.split_once("* "));
    let rest = money.map_or(line, |(_, rest)| rest);
    let rest = rest.strip_prefix('(').and_then(after_badges).unwrap_or(rest);
    match rest.split_once(": ").or_else(|| rest.strip_suffix(':').map(|name| (name, ""))) {
        Some((name, text)) if !name.trim().is_empty() => {
            Said::By { name: name.trim(), text, paid: money.is_some() }
        }
        _ => Said::Notice(line),
    }
}

/// The rest of a line behind its badges, which may have brackets of their own.
fn after_badges(badges: &str) -> Option<&str> {
    let mut depth = 1_usize;
    for (at, letter) in badges.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 1 => return badges.get(at + 1..).map(str::trim_start),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Said, take_apart};

    #[test]
    fn every_manner_says_who_said_what() {
        for (line, angled, name, text, paid) in [
            ("ann: it is: late", false, "ann", "it is: late", false),
            ("#harbour ann: hi", false, "ann", "hi", false),
            ("<@%Ann> hi", true, "Ann", "hi", false),
            ("<Own Er>\t<3", true, "Own Er", "<3", false),
            ("* ann waves", true, "ann", "waves", false),
            ("@ann\thi: you", false, "ann", "hi: you", false),
            ("*\tann waves", false, "ann", "waves", false),
            ("| John Q Public Smith: yes", false, "John Q Public Smith", "yes", false),
            ("| *$5.00* (Verified, Member (1 year)) Bea B: a: b", false, "Bea B", "a: b", true),
        ] {
            assert_eq!(take_apart(line, angled), Said::By { name, text, paid }, "{line}");
        }
    }

    #[test]
    fn what_nobody_said_is_a_notice() {
        for (line, angled) in [
            ("*** Joins: ann (a@host)", false),
            ("BAN: eve (600s)", true),
            ("-!- ann [a@host] has joined #harbour", true),
            ("*\tann has joined", true),
            ("-->\tann (a@host) has joined", false),
            ("[Notification] Bea: subscribed", true),
            ("eve has been timed out for 10m. Reason: spam", false),
            ("connected", false),
            ("| : nobody", false),
        ] {
            assert!(matches!(take_apart(line, angled), Said::Notice(_)), "{line}");
        }
    }
}
