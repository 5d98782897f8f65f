//! Matrix cases: one file that says dimensions and one course of events, and is a case for each combination.
//!
//! The file stays a TOML file that any reader takes: a place that a dimension fills is a text, `"{{key}}"` for a whole value of
//! any type and `{{key}}` within a longer text.

use claque_document::diagnostic::Diagnostic;
use claque_document::table::{FromValue, Value, quote, read};

use super::read_case;
use crate::case::Case;

/// So many combinations at the most: what is more belongs into several files, whose names say what each is about.
const COMBINATIONS_MAX: usize = 256;

/// The key of a row that names it, as a part of the case's name.
const NAME: &str = "is";

/// One value of a dimension: how it is called, and what stands for each of its keys.
struct MatrixRow {
    name: String,
    fills: Vec<(String, String, Option<String>)>,
}

/// Reads a file of cases: one, or one for each combination of its matrix.
///
/// # Errors
/// The first complaint, at its place in the file.
pub fn read_cases(file: &str, text: &str) -> Result<Vec<Case>, Diagnostic> {
    let dimensions = dimensions(file, text)?;
    let combinations: usize = dimensions.iter().map(Vec::len).product();
    if combinations > COMBINATIONS_MAX {
        let said = format!("the matrix has {combinations} combinations, {COMBINATIONS_MAX} are allowed");
        return Err(Diagnostic::whole(file, said).help("write several files"));
    }
    if dimensions.is_empty() {
        return Ok(vec![read_case(file, text)?]);
    }
    (0..combinations).map(|at| one_of(file, text, &dimensions, at)).collect()
}

/// The case of one combination: the last dimension varies first.
fn one_of(file: &str, text: &str, dimensions: &[Vec<MatrixRow>], mut at: usize) -> Result<Case, Diagnostic> {
    let mut rows = Vec::new();
    for dimension in dimensions.iter().rev() {
        rows.push(&dimension[at % dimension.len()]);
        at /= dimension.len();
    }
    let mut name = file.strip_suffix(".toml").unwrap_or(file).to_owned();
    let mut filled = text.to_owned();
    for row in rows.into_iter().rev() {
        name = format!("{name}-{}", row.name);
        for (key, written, inside) in &row.fills {
            filled = filled.replace(&format!("\"{{{{{key}}}}}\""), written);
            if let Some(inside) = inside {
                filled = filled.replace(&format!("{{{{{key}}}}}"), inside);
            }
        }
    }
    if let Some((_, rest)) = filled.split_once("{{") {
        let key = rest.split("}}").next().unwrap_or_default();
        let said = format!("`{{{{{key}}}}}` is no text or number of the matrix");
        return Err(Diagnostic::whole(file, said));
    }
    let mut case = read_case(&format!("{name}.toml"), &filled)?;
    // A complaint about the case is about the file in which it is written.
    file.clone_into(&mut case.file);
    Ok(case)
}

/// The dimensions in alphabetical order; none where the file has no matrix.
fn dimensions(file: &str, text: &str) -> Result<Vec<Vec<MatrixRow>>, Diagnostic> {
    if !text.lines().any(|line| line.starts_with("matrix.")) {
        return Ok(Vec::new());
    }
    read(file, text, |table| {
        let Some((matrix, _)) = table.entries().find(|(_, key)| *key == "matrix") else {
            return Ok(Vec::new());
        };
        let matrix = matrix.as_table("[matrix]".to_owned())?;
        matrix.entries().map(|(rows, _)| rows.items()?.iter().map(read_row).collect()).collect()
    })
}

fn read_row(value: &Value<'_>) -> Result<MatrixRow, Diagnostic> {
    let table = value.as_table("a row of the matrix".to_owned())?;
    let mut fills = Vec::new();
    for (value, key) in table.entries().filter(|(_, key)| *key != NAME) {
        let (written, inside) = written(&value)?;
        fills.push((key.to_owned(), written, inside));
    }
    Ok(MatrixRow { name: table.need::<String>(NAME)?, fills })
}

/// A value as it is written in a file, and within a longer text.
fn written(value: &Value<'_>) -> Result<(String, Option<String>), Diagnostic> {
    if value.is_text() {
        let text = value.as_text()?;
        return Ok((quote(text), Some(text.to_owned())));
    }
    if value.is_switch() {
        return Ok((bool::from_value(value)?.to_string(), None));
    }
    if value.is_list() {
        let items = value.items()?;
        let items = items.iter().map(|item| Ok(written(item)?.0)).collect::<Result<Vec<_>, Diagnostic>>()?;
        return Ok((format!("[{}]", items.join(", ")), None));
    }
    let number = value.as_integer(i64::MIN, i64::MAX)?.to_string();
    Ok((number.clone(), Some(number)))
}

#[cfg(test)]
mod tests {
    use super::read_cases;

    const RULE: &str = "rules = [\"group.admins.max\"]\nsummary = \"It is {{word}}.\"\n";

    #[test]
    fn a_file_is_a_case_for_each_combination() {
        let text = format!(
            "{RULE}matrix.a = [{{ is = \"one\", word = \"high\", level = 1 }}, {{ is = \"two\", word = \"low\", level = 0 }}]\n\
             matrix.b = [{{ is = \"x\", who = \"amy\" }}, {{ is = \"y\", who = \"bob\" }}]\n\
             steps = [{{ client = \"{{{{who}}}}\", do = \"sendGroupMessage\", group = \"g\", with = {{ type = \"{{{{level}}}}\" }} }}]\n"
        );
        let cases = read_cases("group/it.toml", &text).unwrap_or_else(|fault| panic!("{fault}"));
        let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names, ["it-one-x", "it-one-y", "it-two-x", "it-two-y"]);
        assert_eq!(cases[2].summary, "It is low.");
        assert!(cases.iter().all(|case| case.file == "group/it.toml"));
    }

    #[test]
    fn a_place_that_nothing_fills_is_refused() {
        let text = format!("{RULE}matrix.a = [{{ is = \"one\" }}]\nsteps = [{{ at = \"1s\" }}]\n");
        let fault = read_cases("group/it.toml", &text).expect_err("nobody says the word").to_string();
        assert!(fault.contains("`{{word}}` is no text or number of the matrix"), "{fault}");
    }
}
