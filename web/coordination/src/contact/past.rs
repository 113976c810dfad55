//! Earlier contacts with a customer, each in what is shown of it: the journal has the rest.

use crate::cti::{Cause, Verdict};
use crate::fact::CallRecorded;
use crate::ids::{CallId, ReservationId};

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Past {
    /// Where: a number of the firm's places.
    pub place: Option<u16>,
    pub call: CallId,
    pub reservation: Option<ReservationId>,
    pub channel: Box<str>,
    pub page_title: Box<str>,
    pub agent: Option<Box<str>>,
    pub code: Option<Box<str>>,
    /// Microseconds since the epoch.
    pub started: u64,
    pub answered: Option<u64>,
    pub ended: u64,
    /// Until when it lasted at least.
    pub until: u64,
    pub cause: Cause,
    /// What the dialled line turned out to be.
    pub verdict: Option<Verdict>,
}

impl Past {
    pub fn of(record: &CallRecorded, place: Option<u16>) -> Self {
        Past {
            place,
            call: record.call,
            reservation: record.reservation,
            channel: record.channel.as_str().into(),
            page_title: record.page_title.as_str().into(),
            agent: record.agent.as_deref().map(Into::into),
            code: record.code.as_deref().map(Into::into),
            started: record.started,
            answered: record.answered,
            ended: record.ended,
            until: record.surely_until(),
            cause: record.cause,
            verdict: record.progress.as_ref().map(|progress| progress.verdict),
        }
    }
}
