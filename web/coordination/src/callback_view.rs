//! What programs, pages and desktops see of call-me jobs: serialised as they are.

use crate::asking::{AskedView, Said};
use crate::ids::ReservationId;
use crate::program::CustomerView;
use crate::request::Page;
use serde::Serialize;

/// When a site's visitors can be called.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SlotsView {
    /// IANA time zone of the business hours.
    pub zone: String,
    /// How long a slot is, in minutes.
    pub slot_minutes: u32,
    /// Whoever is to be called may be called now, by his clock; where that is not known, or nobody's clock counts then, too.
    pub now: bool,
    /// Some that would be free are left out, since he may not be called then.
    pub narrowed: bool,
    /// RFC 3339: the beginnings of those that are free, ascending.
    pub slots: Vec<String>,
}

/// A call-me job, for programs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CallbackView {
    /// Its reservation's id.
    pub id: ReservationId,
    /// `scheduled`, `listed`, `dialing`, `dead`, `done`.
    pub state: &'static str,
    /// The site's name.
    pub site: String,
    /// The queue's name.
    pub queue: String,
    /// The page it was asked from.
    pub page: Page,
    /// What he has chosen of what the site asks.
    #[serde(flatten)]
    pub said: Said,
    /// E.164, and what the customer calls himself; for keys that may see people.
    pub customer: Option<CustomerView>,
    /// RFC 3339.
    pub asked_at: String,
    /// RFC 3339: when the visitor wants to be called.
    pub wanted: Option<String>,
    /// RFC 3339: not before.
    pub due: Option<String>,
    /// RFC 3339: when it is given up.
    pub expires_at: Option<String>,
    /// Its diallings, the latest last.
    pub attempts: Vec<AttemptView>,
    /// Why it is over.
    pub outcome: Option<String>,
    /// RFC 3339.
    pub ended_at: Option<String>,
}

/// One dialling.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AttemptView {
    /// RFC 3339.
    pub time: String,
    /// How it ended; null: that is not known yet.
    pub outcome: Option<String>,
}

/// A call-me request that an agent is claimed for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct JobCard {
    /// As people write it.
    pub number: String,
    /// How often it was dialled.
    pub attempts: u32,
    /// How the last attempt ended.
    pub last: Option<String>,
    /// RFC 3339: when the visitor wants to be called.
    pub wanted: Option<String>,
    /// RFC 3339: in preview the agent starts the call or leaves it, until then.
    pub preview_until: Option<String>,
}

/// A call-me request whose time has not come, for desktops.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ScheduledView {
    /// Its reservation's id.
    pub id: ReservationId,
    /// Name, or empty.
    pub name: String,
    /// RFC 3339: not before; where there were attempts, it is the next one.
    pub due: String,
    /// 0–7, once it is due.
    pub priority: u8,
    /// The page, without what it says.
    pub page: Page,
    /// What it is about, and how often it was tried.
    pub asked: Option<Box<AskedView>>,
    /// In whose name it is asked for, where the firm has several clients.
    pub client: Option<String>,
}
