//! A campaign's jobs as programs write them, JSON or CSV: each line is a job, or refused by its code; one bad line spoils no other.

use crate::problem::Refusal;
use crate::text::page_attributes;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use warmline_coordination::campaign::Imported;
use warmline_coordination::hours::instant;

/// The priority of a job that says none.
const PRIORITY: u8 = 4;

/// Lines with what became of them.
pub(crate) type Lines = Vec<(usize, Result<Imported, &'static str>)>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Job {
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    attributes: Option<Value>,
    due: Option<String>,
    priority: Option<u8>,
    #[serde(default)]
    consent: String,
}

/// The jobs of a JSON array; lines are its elements, from 1.
pub(super) fn jobs_of_json(rows: Vec<Value>) -> Lines {
    rows.into_iter().enumerate().map(|(index, row)| (index + 1, job_of_json(row))).collect()
}

fn job_of_json(row: Value) -> Result<Imported, &'static str> {
    let job: Job = serde_json::from_value(row).map_err(|_| "job_invalid")?;
    let attributes = job.attributes.map(page_attributes).transpose().map_err(|refusal| refusal.code)?;
    Ok(Imported {
        number: job.number,
        name: job.name,
        attributes: attributes.unwrap_or_default(),
        due: due(job.due.as_deref())?,
        priority: job.priority.unwrap_or(PRIORITY),
        consent: job.consent,
    })
}

/// The jobs of a CSV file in UTF-8 with a header (RFC 4180), with commas or semicolons: columns `number`, `consent`, and where there are
/// `name`, `due`, `priority`; every other one is an attribute. Lines as an editor counts them.
pub(super) fn jobs_of_csv(bytes: &[u8]) -> Result<Lines, Refusal> {
    let (names, mut reader) = table(bytes, &["number", "consent"])?;
    let mut lines = Vec::new();
    for row in reader.records() {
        let line = line_of(bytes, &row);
        match row {
            Ok(row) => {
                let cells = names.iter().cloned().zip(row.iter().map(|cell| cell.trim().to_owned()));
                lines.push((line, job_of_cells(cells.filter(|(_, cell)| !cell.is_empty()).collect())));
            }
            Err(_) => lines.push((line, Err("line_invalid"))),
        }
    }
    Ok(lines)
}

/// A table in UTF-8 with a header, with commas or semicolons: the names of its columns, among them the `wanted` ones, and its rows.
pub(super) fn table<'a>(
    bytes: &'a [u8],
    wanted: &[&str],
) -> Result<(Vec<String>, csv::Reader<&'a [u8]>), Refusal> {
    let bytes = unmarked(bytes);
    if bytes.iter().filter(|&&byte| byte == b'"').count() % 2 == 1 {
        // All that follows it would be one cell.
        return Err(Refusal::rule("csv_invalid", "A quotation mark is opened and never closed."));
    }
    let head = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let semicolons = head.contains(&b';') && !head.contains(&b',');
    let delimiter = if semicolons { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes);
    let header = |_| Refusal::rule("csv_invalid", "The first line is no header in UTF-8.");
    let names = reader.headers().map_err(header)?;
    let names: Vec<String> = names.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    let missing = wanted.iter().find(|name| !names.iter().any(|other| other == *name));
    match missing {
        Some(name) => Err(Refusal::rule("csv_invalid", format!("The header names no column `{name}`."))),
        None => Ok((names, reader)),
    }
}

/// Without the mark that some programs begin a file in UTF-8 with.
fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// Where a row of a file begins, as an editor counts it.
pub(super) fn line_of(bytes: &[u8], row: &Result<csv::StringRecord, csv::Error>) -> usize {
    let position = match row {
        Ok(row) => row.position(),
        Err(error) => error.position(),
    };
    let Some(position) = position else { return 0 };
    // The reader leaves the second half of a line's end, and empty lines, to the row behind.
    let rest = unmarked(bytes).get(position.byte() as usize..).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| b"\r\n".contains(byte)).filter(|byte| **byte == b'\n').count();
    position.line() as usize + ends
}

fn job_of_cells(mut cells: BTreeMap<String, String>) -> Result<Imported, &'static str> {
    let mut take = |name: &str| cells.remove(name);
    let (number, name, consent) = (take("number"), take("name"), take("consent"));
    let (at, priority) = (take("due"), take("priority"));
    let attributes: Map<String, Value> =
        cells.into_iter().map(|(name, cell)| (name, Value::String(cell))).collect();
    let priority = priority.map(|text| text.parse().map_err(|_| "priority_invalid")).transpose()?;
    Ok(Imported {
        number: number.unwrap_or_default(),
        name: name.unwrap_or_default(),
        attributes: page_attributes(Value::Object(attributes)).map_err(|refusal| refusal.code)?,
        due: due(at.as_deref())?,
        priority: priority.unwrap_or(PRIORITY),
        consent: consent.unwrap_or_default(),
    })
}

fn due(text: Option<&str>) -> Result<Option<u64>, &'static str> {
    text.map(|text| instant(text).map(|at| at.as_micros()).ok_or("due_invalid")).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_csv_is_read_by_its_header_and_bad_lines_are_told() {
        let text = "number;name;consent;priority;plan\n0151 2345;\"Vera\nKnown\";form 7;7;gold\n0152;;form;x;\n0153;A;form;;\n";
        let lines = jobs_of_csv(text.as_bytes()).unwrap();
        let told: Vec<_> = lines.iter().map(|(line, job)| (*line, job.as_ref().err().copied())).collect();
        assert_eq!(told, [(2, None), (4, Some("priority_invalid")), (5, None)]);
        let windows = format!("\u{feff}{}", text.replace(";plan\n", ";plan\n\n").replace('\n', "\r\n"));
        let numbered: Vec<_> = jobs_of_csv(windows.as_bytes()).unwrap().iter().map(|row| row.0).collect();
        assert_eq!(numbered, [3, 5, 6], "as another system ends its lines, and with an empty one");
        let first = lines[0].1.as_ref().unwrap();
        assert_eq!(
            (first.number.as_str(), first.priority, first.attributes["plan"].as_str()),
            ("0151 2345", 7, "gold")
        );
        assert_eq!(lines[2].1.as_ref().unwrap().priority, PRIORITY);
        assert_eq!(jobs_of_csv(b"name,number\n").unwrap_err().code, "csv_invalid");
        assert_eq!(jobs_of_csv(b"\xff,\n").unwrap_err().code, "csv_invalid");
    }

    #[test]
    fn json_lines_are_elements() {
        let rows = vec![
            json!({ "number": "0151", "consent": "form", "due": "2026-12-01T09:00:00Z", "attributes": { "plan": "gold" } }),
            json!({ "number": 5 }),
            json!({ "number": "1", "due": "soon" }),
        ];
        let lines = jobs_of_json(rows);
        assert!(lines[0].1.as_ref().unwrap().due.is_some());
        assert_eq!(
            (lines[1].1.clone().unwrap_err(), lines[2].1.clone().unwrap_err()),
            ("job_invalid", "due_invalid")
        );
    }
}
