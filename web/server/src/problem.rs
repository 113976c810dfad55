//! Refusals: `application/problem+json` (RFC 9457) with a stable `code`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::borrow::Cow;
use warmline_coordination::request::Problem;
use warmline_time::Time;

/// Why a request is refused.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    /// Stable, snake_case.
    pub code: &'static str,
    /// One sentence for the person who reads it.
    pub detail: Cow<'static, str>,
    pub retry_after_secs: Option<u32>,
    /// RFC 9457 §3.2: since when it is so.
    pub since: Option<Time>,
    /// What has to be worked on first, and its bits.
    pub challenge: Option<(String, u32)>,
}

impl Refusal {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Refusal { status, code, detail: detail.into(), retry_after_secs: None, since: None, challenge: None }
    }

    /// 422: understood, but it breaks a rule.
    pub fn rule(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    pub fn forbidden(code: &'static str, detail: &'static str) -> Self {
        Refusal::new(StatusCode::FORBIDDEN, code, detail)
    }

    pub fn not_found() -> Self {
        Refusal::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address.")
    }

    pub fn too_many(retry_after_secs: u32) -> Self {
        let detail = format!("Too many requests; try again in {retry_after_secs} s.");
        Refusal {
            retry_after_secs: Some(retry_after_secs),
            ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many", detail)
        }
    }

    pub fn unavailable(code: &'static str, detail: &'static str) -> Self {
        Refusal { retry_after_secs: Some(1), ..Refusal::new(StatusCode::SERVICE_UNAVAILABLE, code, detail) }
    }

    /// The guilty party is us.
    pub fn internal(code: &'static str) -> Self {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, code, "The switch made a mistake.")
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let always = match status {
            StatusCode::TOO_MANY_REQUESTS => Some(10),
            StatusCode::SERVICE_UNAVAILABLE => Some(1),
            _ => None,
        };
        Refusal {
            status,
            code: problem.code,
            detail: problem.detail.into(),
            retry_after_secs: problem.retry_after_secs.or(always),
            since: None,
            challenge: None,
        }
    }
}

impl Refusal {
    /// As it is told.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "type": "about:blank",
            "status": self.status.as_u16(),
            "code": self.code,
            "title": self.status.canonical_reason().unwrap_or("Refused"),
            "detail": self.detail,
        });
        if let Some(since) = self.since {
            body["since"] = json!(since.rfc3339());
        }
        if let Some((challenge, bits)) = &self.challenge {
            body["challenge"] = json!(challenge);
            body["bits"] = json!(bits);
        }
        body
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        metrics::counter!("warmline_web_refusals_total", "code" => self.code).increment(1);
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let mut response = (self.status, headers, self.body().to_string()).into_response();
        if let Some(secs) = self.retry_after_secs {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        if matches!(self.code, "key_missing" | "wrong_key") {
            // RFC 6750 §3.
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
