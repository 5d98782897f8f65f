//! What a page shows against what was printed. `…` in the page stands for what differs between machines, or is left out.

/// Any text within a line; alone on a line, any number of lines.
const ANY: char = '…';

/// What differs, if anything does.
pub(crate) fn difference(shown: &[&str], printed: &str) -> Option<String> {
    let printed: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    let mut shown: Vec<&str> = shown.iter().map(|line| line.trim_end()).collect();
    while shown.last().is_some_and(|line| line.is_empty()) {
        shown.pop();
    }
    if shown.is_empty() || lines_fit(&shown, &printed) {
        return None;
    }
    Some(format!("the page shows\n{}\nand this was printed\n{}", indented(&shown), indented(&printed)))
}

fn indented(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("    {line}\n")).collect()
}

fn lines_fit(shown: &[&str], printed: &[&str]) -> bool {
    let Some((first, rest)) = shown.split_first() else { return printed.is_empty() };
    if ["…", "..."].contains(&first.trim()) {
        return (0..=printed.len()).any(|skipped| lines_fit(rest, &printed[skipped..]));
    }
    printed.split_first().is_some_and(|(line, others)| line_fits(first, line) && lines_fit(rest, others))
}

fn line_fits(shown: &str, printed: &str) -> bool {
    let Some((head, tail)) = shown.split_once(ANY) else { return shown == printed };
    let Some(mut rest) = printed.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = tail.split(ANY).collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}
