//! Customers from a CSV file: read at start and by `check`; a row that cannot be read is named.

use super::check::is_e164;
use serde::Deserialize;
use std::path::Path;
use warmline_coordination::settings::ContactSettings;

/// Wrong rows that are named; the rest are counted.
const NAMED: usize = 5;
/// Rows at most.
const MOST: usize = 1_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    numbers: String,
    #[serde(default)]
    notes: String,
    #[serde(default)]
    priority: Option<u8>,
    #[serde(default)]
    customer_id: Option<String>,
}

/// The contacts of a file, or what is wrong with it, a sentence each.
pub(super) fn read(file: &Path, default_priority: u8) -> Result<Vec<ContactSettings>, Vec<String>> {
    let named = |text: String| vec![format!("{}: {text}", file.display())];
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(file)
        .map_err(|error| named(format!("cannot be read: {error}")))?;
    let mut contacts = Vec::new();
    let mut errors = Vec::new();
    let mut wrong = 0;
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        if index == MOST {
            return Err(named(format!("has more than {MOST} rows")));
        }
        match row.map_err(|error| reason(&error)).and_then(|row| contact(row, default_priority)) {
            Ok(contact) => contacts.push(contact),
            Err(what) => {
                wrong += 1;
                if wrong <= NAMED {
                    // The header is line 1.
                    errors.push(format!("{}, row {}: {what}", file.display(), index + 2));
                }
            }
        }
    }
    if wrong > NAMED {
        errors.push(format!("{}: {} more rows are wrong", file.display(), wrong - NAMED));
    }
    if errors.is_empty() { Ok(contacts) } else { Err(errors) }
}

fn contact(row: Row, default_priority: u8) -> Result<ContactSettings, String> {
    if row.name.is_empty() {
        return Err("`name` is empty".into());
    }
    let numbers: Vec<String> =
        row.numbers.split([' ', ';']).filter(|text| !text.is_empty()).map(str::to_owned).collect();
    // The row is named, the number is not: these messages end in logs.
    if numbers.iter().any(|number| !number.strip_prefix('+').is_some_and(is_e164)) {
        return Err("a number is not written +49…".into());
    }
    let priority = row.priority.unwrap_or(default_priority);
    if priority > 7 {
        return Err("priority is 0 to 7".into());
    }
    let customer = row.customer_id.filter(|id| !id.is_empty());
    Ok(ContactSettings { name: row.name, numbers, notes: row.notes, priority, customer })
}

/// Without the line's own text, which is a person's.
fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8".into(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} fields, the header {expected_len}")
        }
        csv::ErrorKind::Deserialize { err, .. } => match err.kind() {
            csv::DeserializeErrorKind::ParseInt(_) => "priority is 0 to 7".into(),
            csv::DeserializeErrorKind::Message(text) => text.clone(),
            _ => "is not a contact".into(),
        },
        _ => "cannot be read".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &[u8]) -> std::path::PathBuf {
        let name = format!("warmline-contacts-{}-{:x}.csv", std::process::id(), text.as_ptr() as usize);
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    fn read_text(text: &str) -> Result<Vec<ContactSettings>, Vec<String>> {
        let path = file(text.as_bytes());
        let found = read(&path, 4);
        std::fs::remove_file(path).expect("there");
        found
    }

    #[test]
    fn columns_in_any_order_and_mostly_optional() {
        let text = "priority,name,numbers,notes,customer_id\n7,\"Dove, Jane\",+4915112345678; +4930901820,\"Bought \"\"42\"\"\nin May\",c-1\n,Max,,,\n";
        let contacts = read_text(text).expect("good");
        assert_eq!(contacts[0].name, "Dove, Jane");
        assert_eq!(contacts[0].numbers, ["+4915112345678", "+4930901820"]);
        assert_eq!((contacts[0].notes.as_str(), contacts[0].priority), ("Bought \"42\"\nin May", 7));
        assert_eq!((contacts[0].customer.as_deref(), contacts[1].customer.as_deref()), (Some("c-1"), None));
        assert_eq!((contacts[1].name.as_str(), contacts[1].priority), ("Max", 4));
        assert_eq!(read_text("name\nEva\n").expect("good").len(), 1);
    }

    #[test]
    fn wrong_rows_are_named_without_anybodys_number() {
        let errors = read_text("name,numbers,priority\nJane,0171 2345,4\nMax,,9\n,,1\nEva,,x\n").unwrap_err();
        assert_eq!(errors.len(), 4, "{errors:?}");
        assert!(errors[0].ends_with("row 2: a number is not written +49…"), "{errors:?}");
        assert!(errors[1].ends_with("row 3: priority is 0 to 7"), "{errors:?}");
        assert!(errors[2].ends_with("row 4: `name` is empty"), "{errors:?}");
        assert!(errors[3].ends_with("row 5: priority is 0 to 7"), "{errors:?}");
        assert!(!errors.concat().contains("0171"), "{errors:?}");
        let many: String = (0..9).map(|_| "x,1\n").collect();
        assert!(
            read_text(&format!("name,numbers\n{many}")).unwrap_err()[5].ends_with("4 more rows are wrong")
        );
    }

    #[test]
    fn a_file_that_is_no_such_table_is_refused() {
        assert!(read(Path::new("/nowhere/contacts.csv"), 4).unwrap_err()[0].contains("cannot be read"));
        assert!(read_text("nme\nx\n").unwrap_err()[0].contains("unknown field `nme`"));
        let path = file(b"name\n\xff\xfe\n");
        assert!(read(&path, 4).unwrap_err()[0].ends_with("row 2: is not UTF-8"));
        std::fs::remove_file(path).expect("there");
    }
}
