//! A page taken apart: its blocks of code, the code within its lines, links and headings.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A block of code.
pub(crate) struct Block {
    /// First word behind the fence; empty without one.
    pub(crate) language: String,
    /// The words behind it, by name.
    pub(crate) words: BTreeMap<String, String>,
    pub(crate) text: String,
    /// Number of the line of its fence, from 1.
    pub(crate) line: usize,
}

/// What this test looks at.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) blocks: Vec<Block>,
    /// Code within lines.
    pub(crate) spans: Vec<(usize, String)>,
    pub(crate) links: Vec<(usize, String)>,
    pub(crate) anchors: BTreeSet<String>,
}

/// Reads a page.
///
/// # Errors
///
/// A block of code without a fence, which nobody would run, and words of a fence that mean nothing.
pub(crate) fn read(text: &str) -> Result<Page, String> {
    let mut page = Page::default();
    let mut heading: Option<String> = None;
    let mut block: Option<Block> = None;
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let line = ends.partition_point(|end| *end < range.start) + 1;
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                return Err(format!("line {line}: an indented block of code; put it into a fence"));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let (language, rest) = info.split_once(' ').unwrap_or((&info, ""));
                let words = words(rest).map_err(|error| format!("line {line}: {error}"))?;
                block = Some(Block { language: language.to_owned(), words, text: String::new(), line });
            }
            Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                add_anchor(&mut page.anchors, &heading.take().unwrap_or_default());
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.links.push((line, dest_url.into_string()));
            }
            Event::Text(text) => {
                if let Some(open) = block.as_mut() {
                    open.text.push_str(&text);
                } else if let Some(open) = heading.as_mut() {
                    open.push_str(&text);
                }
            }
            Event::Code(code) => {
                if let Some(open) = heading.as_mut() {
                    open.push_str(&code);
                }
                page.spans.push((line, code.into_string()));
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                page.anchors.extend(
                    html.split("id=\"").skip(1).filter_map(|part| part.split('"').next()).map(str::to_owned),
                );
            }
            _ => {}
        }
    }
    Ok(page)
}

/// `name="value"` again and again.
fn words(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let split = rest.split_once("=\"").and_then(|(name, tail)| Some((name, tail.split_once('"')?)));
        let Some((name, (value, tail))) = split else {
            return Err(format!("behind a fence stands name=\"value\", not {rest}"));
        };
        if !["needs", "skip", "status"].contains(&name) {
            return Err(format!("{name} means nothing behind a fence; skip, needs and status do"));
        }
        found.insert(name.to_owned(), value.to_owned());
        rest = tail.trim_start();
    }
    Ok(found)
}

/// The anchor of a heading, as GitHub and mdBook make it; a number tells equal ones apart.
fn add_anchor(anchors: &mut BTreeSet<String>, heading: &str) {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|sign| sign.is_alphanumeric() || "-_ ".contains(*sign));
    let plain: String = kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect();
    let mut anchor = plain.clone();
    let mut number = 0;
    while anchors.contains(&anchor) {
        number += 1;
        anchor = format!("{plain}-{number}");
    }
    anchors.insert(anchor);
}
