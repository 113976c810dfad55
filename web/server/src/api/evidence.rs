//! Evidence of one request, for the firm's programs: what was done, signed (docs/evidence.md).

use super::key::{Caller, Right};
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warmline_coordination::erasure::Person;
use warmline_coordination::ids::ReservationId;

/// Where bundles come from.
pub trait Evidence: Send + Sync {
    /// The signed bundle about a request of a firm, as JSON.
    fn bundle(
        &self,
        firm: String,
        reservation: ReservationId,
    ) -> BoxFuture<'_, Result<Bytes, EvidenceRefused>>;

    /// The signed figures of a firm's campaign, by its name or id, of the thirty days up to one (in days since the epoch; none: today).
    fn campaign(
        &self,
        firm: String,
        campaign: String,
        until: Option<u64>,
    ) -> BoxFuture<'_, Result<Bytes, EvidenceRefused>>;

    /// A copy of all that the journal has of somebody, as JSON.
    fn person(&self, firm: String, person: Person) -> BoxFuture<'_, Result<Bytes, EvidenceRefused>>;

    /// What is found when a bundle is recomputed.
    fn verify(&self, bundle: Bytes) -> BoxFuture<'_, Result<Verdict, EvidenceRefused>>;
}

/// What was found of a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Verdict {
    /// All of it.
    pub holds: bool,
    /// Thing by thing, in the order in which they were looked at.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    /// `format`, `signature`, `key`, `chain`, `head`, `rows`, `timeline`.
    pub check: &'static str,
    /// Whether it holds.
    pub holds: bool,
}

/// A day as it is written, `2026-11-30`, in days since the epoch.
pub fn day(text: &str) -> Option<u64> {
    let date: jiff::civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    u64::try_from(midnight).ok().map(|secs| secs / 86_400)
}

/// Why there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EvidenceRefused {
    /// The firm has no such request.
    Unknown,
    /// The firm has no such campaign.
    UnknownCampaign,
    /// So much lies between its first row and its last that no bundle is made of it.
    TooLong,
    /// The journal is not what was written.
    Damaged,
    /// Another one is being gathered.
    Busy,
    /// The journal cannot be read now.
    Unavailable,
}

impl EvidenceRefused {
    /// In the stable words of the interfaces.
    pub fn code(self) -> &'static str {
        match self {
            EvidenceRefused::Unknown => "unknown_reservation",
            EvidenceRefused::UnknownCampaign => "unknown_campaign",
            EvidenceRefused::TooLong => "too_long",
            EvidenceRefused::Damaged => "journal_damaged",
            EvidenceRefused::Busy => "busy",
            EvidenceRefused::Unavailable => "store_unavailable",
        }
    }
}

impl From<EvidenceRefused> for Refusal {
    fn from(why: EvidenceRefused) -> Self {
        let code = why.code();
        match why {
            EvidenceRefused::Unknown => {
                Refusal::new(StatusCode::NOT_FOUND, code, "The firm has no such request.")
            }
            EvidenceRefused::UnknownCampaign => {
                Refusal::new(StatusCode::NOT_FOUND, code, "The firm has no such campaign.")
            }
            EvidenceRefused::TooLong => {
                Refusal::rule(code, "The journal has more rows about it than one answer may have.")
            }
            EvidenceRefused::Damaged => {
                let detail = "The journal was changed here: there is no evidence of this request any more.";
                Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, code, detail)
            }
            EvidenceRefused::Busy => {
                Refusal::unavailable(code, "Another bundle is being gathered: try again.")
            }
            EvidenceRefused::Unavailable => Refusal::unavailable(code, "The journal cannot be read now."),
        }
    }
}

/// `GET /v1/evidence/{reservation}`
pub(crate) async fn one(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(reservation): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Evidence)?;
    let reservation = reservation.parse().map_err(|_| EvidenceRefused::Unknown)?;
    let bundle = state.evidence.bundle(caller.firm, reservation).await?;
    Ok(signed(bundle))
}

/// `GET /v1/evidence/campaigns/{name}?until=`
pub(crate) async fn campaign(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    caller.may(Right::Evidence)?;
    let invalid = || Refusal::rule("until_invalid", "`until` is a day, such as 2026-11-30.");
    let until = asked.until.map(|text| day(&text).ok_or_else(invalid)).transpose()?;
    let summary = state.evidence.campaign(caller.firm, name, until).await?;
    Ok(signed(summary))
}

/// What may be asked of a campaign.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    until: Option<String>,
}

/// Nobody keeps a copy of it on the way.
pub(super) fn signed(text: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, text).into_response()
}
