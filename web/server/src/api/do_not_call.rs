//! A firm's list of those whom it never calls, for its programs: one number at a time, or many.

use super::campaigns_import::{line_of, table};
use super::key::{Caller, Right};
use crate::body::{is_kind, json_answer, read_bytes, read_json};
use crate::problem::Refusal;
use crate::state::WebState;
use crate::text;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use warmline_coordination::request::{ListVerb, Reply, Request};

/// An import, in bytes.
const IMPORT: usize = 4 * 1024 * 1024;
/// A number as it is written, in bytes.
const LONGEST: usize = 40;

/// A number that goes over its line's end.
const BROKEN: &str = "line_broken";

/// Lines with their numbers, or why they have none.
pub(crate) type Lines = Vec<(usize, Result<String, &'static str>)>;

/// `GET /v1/do-not-call/{number}`
pub(crate) async fn ask(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    list(&state, caller, number, ListVerb::Ask).await
}

/// `PUT /v1/do-not-call/{number}`
pub(crate) async fn add(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    may_change(&caller)?;
    list(&state, caller, number, ListVerb::Add).await
}

/// `DELETE /v1/do-not-call/{number}`
pub(crate) async fn remove(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    may_change(&caller)?;
    list(&state, caller, number, ListVerb::Remove).await
}

/// What is imported.
#[derive(Deserialize)]
pub(crate) struct Kind {
    /// A register of people who want no advertising calls: nobody on it has said so to the firm.
    #[serde(default)]
    pub registry: bool,
}

/// `POST /v1/do-not-call?registry=`
pub(crate) async fn import(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Query(Kind { registry }): Query<Kind>,
    request: axum::extract::Request,
) -> Result<Response, Refusal> {
    caller.may(Right::DoNotCall)?;
    let numbers = numbers(&state, request).await?;
    let (firm, by) = (caller.firm, caller.name);
    match state.ask(Request::ListNumbers { firm, by, numbers, registry }).await? {
        Reply::Imported(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// The numbers of an import.
pub(crate) async fn numbers(state: &WebState, request: axum::extract::Request) -> Result<Lines, Refusal> {
    let (parts, body) = request.into_parts();
    let within = state.settings().limits.body_within;
    if is_kind(&parts.headers, "text/csv") {
        return numbers_of_csv(&read_bytes(body, IMPORT, within).await?);
    }
    Ok(numbers_of_json(read_json(&parts.headers, body, IMPORT, within).await?))
}

/// Whoever acts for visitors says for each of them that he is called no more.
fn may_change(caller: &Caller) -> Result<(), Refusal> {
    if caller.has(Right::Visitors) { Ok(()) } else { caller.may(Right::DoNotCall) }
}

/// The numbers of a JSON array, each a text or an object with `number`; lines are its elements, from 1.
fn numbers_of_json(rows: Vec<Value>) -> Lines {
    let number = |row: &Value| row.as_str().or_else(|| row["number"].as_str()).map(str::to_owned);
    let line = |(index, row): (usize, Value)| (index + 1, number(&row).ok_or("number_missing").and_then(fit));
    rows.into_iter().enumerate().map(line).collect()
}

/// The numbers of a CSV file in UTF-8 with a header that has a column `number`.
fn numbers_of_csv(bytes: &[u8]) -> Result<Lines, Refusal> {
    let (names, mut reader) = table(bytes, &["number"])?;
    let column = names.iter().position(|name| name == "number").unwrap_or(0);
    let number = |row: csv::StringRecord| {
        let cell = row.get(column).map(str::trim).filter(|cell| !cell.is_empty());
        if cell.is_some_and(|cell| cell.contains(['\n', '\r'])) {
            return Err(BROKEN);
        }
        cell.map(str::to_owned).ok_or("number_missing").and_then(fit)
    };
    let lines: Lines = reader
        .records()
        .map(|row| (line_of(bytes, &row), row.map_err(|_| "line_invalid").and_then(number)))
        .collect();
    match lines.iter().find(|(_, number)| *number == Err(BROKEN)) {
        // Between two quotes that belong to different lines whole lines are hidden.
        Some((line, _)) => {
            Err(Refusal::rule("csv_invalid", format!("Line {line}: a number goes over its line's end.")))
        }
        None => Ok(lines),
    }
}

fn fit(number: String) -> Result<String, &'static str> {
    if number.len() <= LONGEST { Ok(number) } else { Err("number_invalid") }
}

async fn list(state: &WebState, caller: Caller, number: String, verb: ListVerb) -> Result<Response, Refusal> {
    about(state, (caller.firm, caller.name), number, verb).await
}

/// A number is asked about, listed or taken off by somebody of a firm.
pub(crate) async fn about(
    state: &WebState,
    (firm, by): (String, String),
    number: String,
    verb: ListVerb,
) -> Result<Response, Refusal> {
    text::filled_line("number", &number, 40)?;
    match state.ask(Request::DoNotCall { firm, by, number, verb }).await? {
        Reply::Listed { number, by } => {
            Ok(json_answer(StatusCode::OK, &json!({ "number": number, "by": by })))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_by_line_and_what_is_none_is_told() {
        let text = "name;number\nVera;0151 2345\nNobody;\n";
        let told = numbers_of_csv(text.as_bytes()).unwrap();
        let rows = [(2, Ok("0151 2345".to_owned())), (3, Err("number_missing"))];
        assert_eq!(told, rows);
        assert_eq!(numbers_of_csv(b"+49301\n").unwrap_err().code, "csv_invalid");
        let more = "Vera;0151 3\n".repeat(9);
        for quoted in [
            format!("name;number\nVera;\"0151 2\n{more}"),
            format!("name;number\n\"Vera;0151 2\n{more}"),
            format!("name;number\nVera;\"0151 2\n{more}Vera;0151 4\"\n"),
        ] {
            let refused = numbers_of_csv(quoted.as_bytes()).unwrap_err();
            assert_eq!(refused.code, "csv_invalid", "a stray quote hides no line: {quoted}");
        }
        let rows = vec![json!("1"), json!({ "number": "2" }), json!(3), json!("4".repeat(41))];
        let told: Vec<_> = numbers_of_json(rows).into_iter().map(|(line, read)| (line, read.err())).collect();
        assert_eq!(told, [(1, None), (2, None), (3, Some("number_missing")), (4, Some("number_invalid"))]);
    }
}
