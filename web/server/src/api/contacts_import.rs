//! A list of contacts, CSV, of a program or of somebody who supervises the whole firm: each line is a contact, or refused by its code; one
//! bad line spoils no other.

use super::campaigns_import::{line_of, table};
use super::key::{Caller, Right};
use crate::body::{is_kind, json_answer, read_bytes};
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use warmline_coordination::contact_change::{ContactChange, NumbersChange};
use warmline_coordination::request::{self, Asker, ContactVerb, ImportedContact, Reply};

/// A list, in bytes.
const IMPORT: usize = 4 * 1024 * 1024;
/// The firm's own id of a contact, in bytes.
const CUSTOMER: usize = 200;

/// Lines with what became of them.
pub(crate) type Lines = Vec<(usize, Result<ImportedContact, &'static str>)>;

/// `POST /v1/contacts/import`
pub(crate) async fn import(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    [Right::Read, Right::People, Right::Contacts].into_iter().try_for_each(|right| caller.may(right))?;
    let lines = lines(&state, request).await?;
    let rates = |(_, line): &(usize, Result<ImportedContact, &str>)| {
        line.as_ref().is_ok_and(|contact| contact.change.priority.is_some())
    };
    if lines.iter().any(rates) {
        caller.may(Right::Calls)?;
    }
    let by = Asker::Program { firm: caller.firm, key: caller.name };
    match state.ask(request::Request::Contacts { by, verb: ContactVerb::Import(lines) }).await? {
        Reply::Imported(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// The lines of a request.
pub(crate) async fn lines(state: &WebState, request: Request) -> Result<Lines, Refusal> {
    let (parts, body) = request.into_parts();
    if !is_kind(&parts.headers, "text/csv") {
        let detail = "Send a CSV file as text/csv.";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    let within = state.settings().limits.body_within;
    contacts_of_csv(&read_bytes(body, IMPORT, within).await?)
}

/// The contacts of a CSV file in UTF-8 with a header: a column `numbers` (several with semicolons between them), and where there are
/// `name`, `company`, `email`, `language`, `notes`, `priority`, `customer_id`; every other one is an attribute. What is empty stays as it is.
fn contacts_of_csv(bytes: &[u8]) -> Result<Lines, Refusal> {
    let (names, mut reader) = table(bytes, &["numbers"])?;
    let mut lines = Lines::new();
    for row in reader.records() {
        let line = line_of(bytes, &row);
        let Ok(row) = row else {
            lines.push((line, Err("line_invalid")));
            continue;
        };
        let cells = names.iter().cloned().zip(row.iter().map(|cell| cell.trim().to_owned()));
        let cells: BTreeMap<String, String> = cells.filter(|(_, cell)| !cell.is_empty()).collect();
        if cells.get("numbers").is_some_and(|cell| cell.contains(['\n', '\r'])) {
            // Between two quotes that belong to different lines whole lines are hidden.
            let detail = format!("Line {line}: a number goes over its line's end.");
            return Err(Refusal::rule("csv_invalid", detail));
        }
        lines.push((line, contact_of(cells)));
    }
    Ok(lines)
}

fn contact_of(mut cells: BTreeMap<String, String>) -> Result<ImportedContact, &'static str> {
    let mut take = |name: &str| cells.remove(name);
    let customer = take("customer_id");
    if customer.as_ref().is_some_and(|id| id.len() > CUSTOMER || id.contains(char::is_control)) {
        return Err("customer_invalid");
    }
    let numbers = take("numbers").unwrap_or_default();
    let numbers = numbers.split(';').map(str::trim).filter(|number| !number.is_empty());
    let priority = take("priority").map(|text| text.parse().map_err(|_| "priority_invalid")).transpose()?;
    Ok(ImportedContact {
        customer,
        change: ContactChange {
            name: take("name"),
            company: take("company"),
            language: take("language"),
            email: take("email"),
            notes: take("notes"),
            priority,
            numbers: NumbersChange { add: numbers.map(str::to_owned).collect(), remove: Vec::new() },
            attributes: cells.into_iter().map(|(name, value)| (name, Some(value))).collect(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_is_read_by_its_header_and_bad_lines_are_told() {
        let text = "name,numbers,customer_id,priority,plan\nVera,0151 1; +49302,c-1,7,gold\nMax,0151 2,,x,\n,,c-3,,\n";
        let lines = contacts_of_csv(text.as_bytes()).unwrap();
        let told: Vec<_> = lines.iter().map(|(line, read)| (*line, read.as_ref().err().copied())).collect();
        assert_eq!(told, [(2, None), (3, Some("priority_invalid")), (4, None)]);
        let vera = lines[0].1.as_ref().unwrap();
        assert_eq!(vera.customer.as_deref(), Some("c-1"));
        assert_eq!(vera.change.numbers.add, ["0151 1", "+49302"]);
        assert_eq!(
            (vera.change.priority, vera.change.attributes["plan"].as_deref()),
            (Some(7), Some("gold"))
        );
        let third = lines[2].1.as_ref().unwrap();
        assert_eq!(third.change, ContactChange::default(), "what is empty stays as it is");
        assert_eq!(contacts_of_csv(b"name\nVera\n").unwrap_err().code, "csv_invalid");
        let hidden = "name,numbers\nA,\"0151 1\nB,0151 2\nC,0151 3\"\n";
        assert_eq!(contacts_of_csv(hidden.as_bytes()).unwrap_err().code, "csv_invalid");
    }
}
