//! Reads the registry's files, and refuses what contradicts itself, another file, or core.

use claque_core::{Readings, Rule};
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{Table, Value, read};

use super::words::{Decided, Kind};
use super::{Alternative, Bound, Citation, ReadingEntry, Registry, RuleEntry, Source, UndecidedPoint};

/// The number of the last open point.
const POINT_LAST: i64 = 91;

pub(super) fn sources(file: &str, text: &str) -> Result<Vec<Source>, Diagnostic> {
    read(file, text, |document| {
        let mut made: Vec<Source> = Vec::new();
        for table in document.tables("source")? {
            let id = table.need_value("id")?;
            let source = Source {
                id: id.as_text()?.to_owned(),
                title: table.need("title")?,
                publisher: table.need("publisher")?,
                url: table.find("url")?,
                date: table.find("date")?,
                version: table.find("version")?,
                tier: table.need("tier")?,
            };
            table.finish()?;
            if made.iter().any(|other| other.id == source.id) {
                return Err(id.refuse(format!("the source `{}` is there twice", source.id)));
            }
            if source.url.is_none() && source.date.is_none() && source.version.is_none() {
                return Err(table.refuse("a source needs a url, a date or a version to be found by"));
            }
            made.push(source);
        }
        Ok(made)
    })
}

pub(super) fn readings(
    file: &str,
    text: &str,
    sources: &[Source],
) -> Result<(Vec<ReadingEntry>, Vec<UndecidedPoint>), Diagnostic> {
    read(file, text, |document| {
        let mut made: Vec<ReadingEntry> = Vec::new();
        for table in document.tables("reading")? {
            let entry = reading(&table, sources)?;
            table.finish()?;
            if made.last().is_some_and(|before| before.id >= entry.id) {
                let misplaced = format!("the reading `{}` is there twice or out of order", entry.id);
                return Err(table.need_value("id")?.refuse(misplaced));
            }
            made.push(entry);
        }
        if let Some(id) = Readings::ids().iter().find(|id| !made.iter().any(|entry| entry.id == **id)) {
            return Err(Diagnostic::whole(
                file,
                format!("no entry for the reading {id}, which core can switch"),
            ));
        }
        let mut undecided = Vec::new();
        for table in document.tables("undecided-by-code")? {
            undecided.push(UndecidedPoint {
                point: point(&table.need_value("point")?)?,
                topic: table.need("topic")?,
                reason: table.need("reason")?,
            });
            table.finish()?;
        }
        Ok((made, undecided))
    })
}

fn reading(table: &Table<'_>, sources: &[Source]) -> Result<ReadingEntry, Diagnostic> {
    let id = table.need_value("id")?;
    let listed = table.need_value("alternatives")?;
    let mut alternatives = Vec::new();
    for item in listed.items()? {
        let choice = item.as_table("an alternative".to_owned())?;
        alternatives.push(Alternative { value: choice.need("value")?, says: choice.need("says")? });
        choice.finish()?;
    }
    let default = table.need_value("default")?;
    let entry = ReadingEntry {
        id: id.as_text()?.to_owned(),
        points: table.need_value("points")?.items()?.iter().map(point).collect::<Result<_, _>>()?,
        question: table.need("question")?,
        says: table.need("says")?,
        sources: citations(&table.need_value("sources")?, sources)?,
        switch: table.need("switch")?,
        reason: table.find("reason")?,
        default: default.as_text()?.to_owned(),
        alternatives,
    };
    if entry.switch == entry.reason.is_some() {
        return Err(table.refuse("a reading has either a switch or a reason why it has none"));
    }
    if entry.alternatives.len() < 2 {
        return Err(listed.refuse("an open point has at least two alternatives"));
    }
    if entry.alternatives.first().is_none_or(|first| first.value != entry.default) {
        return Err(default.refuse("the default must be the first alternative"));
    }
    let words: Vec<&str> = entry.alternatives.iter().map(|alternative| alternative.value.as_str()).collect();
    match (entry.switch, Readings::alternatives(&entry.id)) {
        (true, None) => Err(id.unknown("switch of core", &entry.id, Readings::ids().iter().copied())),
        (false, Some(_)) => Err(id.refuse("core has a switch for this reading")),
        (true, Some(known)) if known != words.as_slice() => {
            Err(listed.refuse(format!("core knows the alternatives {}, in this order", known.join(", "))))
        }
        (true, Some(_)) | (false, None) => Ok(entry),
    }
}

fn point(value: &Value<'_>) -> Result<u32, Diagnostic> {
    let number = value.as_integer(1, POINT_LAST)?;
    Ok(u32::try_from(number).expect("a number from 1 to 91"))
}

pub(super) fn rules(
    file: &str,
    area: &str,
    text: &str,
    registry: &Registry,
) -> Result<Vec<RuleEntry>, Diagnostic> {
    read(file, text, |document| {
        let mut made: Vec<RuleEntry> = Vec::new();
        for table in document.tables("rule")? {
            let entry = rule(&table, registry)?;
            table.finish()?;
            let id = table.need_value("id")?;
            if entry.area() != area {
                return Err(id.refuse(format!("a rule of this file is called `{area}.subject.behaviour`")));
            }
            if made.last().is_some_and(|before| before.id >= entry.id) {
                return Err(id.refuse(format!("the rule `{}` is there twice or out of order", entry.id)));
            }
            made.push(entry);
        }
        Ok(made)
    })
}

fn rule(table: &Table<'_>, registry: &Registry) -> Result<RuleEntry, Diagnostic> {
    let id = table.need_value("id")?;
    let name = id.as_text()?;
    let readings = table.value("readings");
    let entry = RuleEntry {
        id: name.to_owned(),
        rule: Rule::from_id(name),
        kind: table.need("kind")?,
        level: table.need("level")?,
        tier: table.need("tier")?,
        status: table.need("status")?,
        decided: table.need("decided")?,
        observable: table.need("observable")?,
        reason: table.find("reason")?,
        says: table.need("says")?,
        value: table.find("value")?,
        bound: bound(table)?,
        params: table.or("params", Vec::new())?,
        operations: table.or("operations", Vec::new())?,
        sources: citations(&table.need_value("sources")?, &registry.sources)?,
        readings: table.or("readings", Vec::new())?,
        raw_seed: table.or("raw-seed", Vec::new())?,
        raw_public: table.or("raw-public", Vec::new())?,
    };
    for named in readings.map_or_else(|| Ok(Vec::new()), |list| list.items())? {
        let word = named.as_text()?;
        if registry.reading(word).is_none() {
            return Err(named.unknown(
                "reading",
                word,
                registry.readings.iter().map(|known| known.id.as_str()),
            ));
        }
    }
    check_name(&id, name)?;
    check_decided(table, &id, &entry)?;
    if entry.kind == Kind::Limit && entry.bound.is_none() {
        return Err(table.refuse("a limit needs its `bound` and `unit`"));
    }
    if entry.bound.is_some() && entry.value.is_none() {
        return Err(table.refuse("a rule with a `bound` needs the `value` that people read"));
    }
    Ok(entry)
}

/// Refuses an id that is not three segments of lower-case words.
fn check_name(id: &Value<'_>, name: &str) -> Result<(), Diagnostic> {
    let segments: Vec<&str> = name.split('.').collect();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let well = segments.len() == 3
        && segments.iter().all(|segment| {
            segment.starts_with(|c: char| c.is_ascii_lowercase())
                && segment.split('-').all(|word| !word.is_empty() && word.chars().all(plain))
        });
    if well {
        return Ok(());
    }
    Err(id.refuse(format!("the id `{name}` is not of the form `area.subject.behaviour` in lower case")))
}

/// Refuses an entry that disagrees with core, or keeps quiet about why it cannot be tested.
fn check_decided(table: &Table<'_>, id: &Value<'_>, entry: &RuleEntry) -> Result<(), Diagnostic> {
    let outside = entry.decided == Decided::None;
    if outside == entry.rule.is_some() {
        let said =
            if outside { "core has this rule, so code decides it" } else { "core has no rule of this id" };
        return Err(id.refuse(said));
    }
    if outside && entry.observable {
        return Err(table.refuse("a rule that no code decides cannot be observable"));
    }
    if entry.kind == Kind::Guidance && !outside {
        return Err(table.refuse("guidance is decided by no code"));
    }
    if entry.observable == entry.reason.is_some() {
        return Err(table.refuse("a rule is either observable or has a reason why it is not"));
    }
    Ok(())
}

fn bound(table: &Table<'_>) -> Result<Option<Bound>, Diagnostic> {
    let most: Option<u64> = table.find("bound")?;
    let unit: Option<String> = table.find("unit")?;
    let least = table.find("least")?;
    let constant = table.find("const")?;
    let constant_least = table.find("const-least")?;
    let text = table.or("text", false)?;
    let charset = table.find("charset")?;
    match (most, unit) {
        (Some(most), Some(unit)) => {
            if least.is_some_and(|least| least > most) {
                return Err(table.refuse("`least` lies above `bound`"));
            }
            if text && charset.is_some() {
                return Err(table.refuse("free text has no restricted set of characters"));
            }
            Ok(Some(Bound { most, least, unit, constant, constant_least, text, charset }))
        }
        (None, None) if least.is_none() && constant.is_none() && !text => Ok(None),
        _ => Err(table.refuse("`bound` and `unit` belong together, and the rest of a bound to them")),
    }
}

fn citations(list: &Value<'_>, sources: &[Source]) -> Result<Vec<Citation>, Diagnostic> {
    let mut made = Vec::new();
    for item in list.items()? {
        let table = item.as_table("a citation".to_owned())?;
        let doc = table.need_value("doc")?;
        let word = doc.as_text()?;
        if !sources.iter().any(|source| source.id == word) {
            return Err(doc.unknown("source", word, sources.iter().map(|source| source.id.as_str())));
        }
        made.push(Citation {
            doc: word.to_owned(),
            section: table.find("section")?,
            quote: table.find("quote")?,
        });
        table.finish()?;
    }
    if made.is_empty() {
        return Err(list.refuse("at least one source must be cited"));
    }
    Ok(made)
}
