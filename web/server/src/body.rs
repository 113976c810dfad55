//! JSON bodies, bounded in size and time.

use crate::problem::Refusal;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// Bodies of the visitors' plane, in bytes.
pub(crate) const VISITOR_BODY: usize = 512 * 1024;
/// Bodies of the agents' plane, in bytes: notes of 4,000 characters, and what they were before, fit in any language.
pub(crate) const AGENT_BODY: usize = 48 * 1024;

/// Reads a JSON body of at most `most` bytes.
pub(crate) async fn read_json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    within: Duration,
) -> Result<T, Refusal> {
    if !is_kind(headers, "application/json") {
        let detail = "The body must be application/json.";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    parse(&read_bytes(body, most, within).await?)
}

/// What a JSON body says; it may borrow from it.
pub(crate) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        let what = if error.is_data() { "not what is expected here" } else { "not valid JSON" };
        let detail =
            format!("The body is {what} (line {}, column {}: {error}).", error.line(), error.column());
        Refusal::new(StatusCode::BAD_REQUEST, "invalid_json", detail)
    })
}

/// Reads a body of at most `most` bytes.
pub(crate) async fn read_bytes(body: Body, most: usize, within: Duration) -> Result<Vec<u8>, Refusal> {
    let read = tokio::time::timeout(within, collect(body, most)).await;
    read.unwrap_or_else(|_| {
        Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", "The body took too long to arrive."))
    })
}

/// Whether the body is said to be of this kind.
pub(crate) fn is_kind(headers: &HeaderMap, kind: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    value.split(';').next().is_some_and(|said| said.trim().eq_ignore_ascii_case(kind))
}

async fn collect(body: Body, most: usize) -> Result<Vec<u8>, Refusal> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| {
            Refusal::new(StatusCode::BAD_REQUEST, "body_incomplete", "The body did not arrive whole.")
        })?;
        length += chunk.len();
        if length <= most {
            bytes.extend_from_slice(&chunk);
        } else if length > 4 * most {
            break; // Up to here it is swallowed: a browser that is cut off while it sends does not show the answer.
        }
    }
    if length <= most {
        return Ok(bytes);
    }
    let detail = format!("The body has at most {most} bytes.");
    Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail))
}

/// A JSON answer that nobody keeps.
pub(crate) fn json_answer(status: StatusCode, value: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, value.to_string()).into_response()
}
