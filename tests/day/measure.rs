//! What a day was like, seen from outside: how it ended for each who came, and what pages were told against how long it took.

use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use warmline_coordination::campaign::CampaignView;
use warmline_coordination::figures::{FirmFigures, QueueTotals};
use warmline_coordination::ids::ReservationId;
use warmline_time::Time;

/// In which words a request may end.
const ENDS: [&str; 17] = [
    "normal",
    "canceled",
    "expired",
    "busy",
    "no_answer",
    "machine",
    "unreachable",
    "not_found",
    "declined",
    "not_allowed",
    "callback",
    "abandoned",
    "called",
    "met",
    "congestion",
    "fax",
    "stopped",
];

/// A wait that ended, of somebody with a page.
#[derive(Clone, Copy, Debug)]
pub struct Waited {
    pub p50: Duration,
    pub p90: Duration,
    pub took: Duration,
}

/// The counters of the firm's queues at a full hour.
#[derive(Clone, Copy, Default, Debug)]
pub struct Hour {
    pub waits: u64,
    pub under: u64,
}

/// What agents saw of those who dialled the number of a page.
#[derive(Clone, Copy, Default, Debug)]
pub struct Screens {
    /// Who dialled when the number's time was over.
    pub late: u64,
    /// Who was asked for a PIN.
    pub asked: u64,
    /// His own page, none, another's.
    pub own: u64,
    pub none: u64,
    pub wrong: u64,
    /// Of those who were late and spoke with somebody: all, and whose own page was there.
    pub late_spoke: u64,
    pub late_own: u64,
}

impl Screens {
    /// The part of the late callers who spoke with somebody who had their page.
    pub fn recovered(&self) -> f64 {
        self.late_own as f64 / self.late_spoke.max(1) as f64
    }
}

/// What a page showed last.
struct Page {
    live: bool,
    p50: u64,
    p90: u64,
    /// What it was told when its wait began.
    told: Option<(Time, u64, u64)>,
}

#[derive(Default)]
pub struct Measure {
    /// How many came, by the way they chose.
    pub came: BTreeMap<&'static str, u64>,
    /// How it ended for those with a page.
    pub ended: BTreeMap<String, u64>,
    /// Requests that were refused, by the code.
    pub refused: BTreeMap<&'static str, u64>,
    /// Calls that came without a page.
    pub plain: u64,
    /// How diallings ended.
    pub dialled: BTreeMap<&'static str, u64>,
    pub screens: Screens,
    pub waits: Vec<Waited>,
    pub hours: Vec<Hour>,
    /// The firm's own, when the doors were closed.
    pub figures: Option<FirmFigures>,
    pub too_long: u64,
    /// How often a wait rose, by its cause.
    pub rises: BTreeMap<String, u64>,
    /// Who was called by a campaign and has said hello.
    pub greeted: u64,
    /// Of these, who heard nobody two seconds later.
    pub left_alone: u64,
    /// The largest part of them at an hour's end, of a hundred and more; and the firm's own counts.
    pub worst: f64,
    pub campaign: Option<CampaignView>,
    /// What must not be.
    pub wrong: Vec<String>,
    pub steps: u64,
    pages: BTreeMap<ReservationId, Page>,
}

impl Measure {
    /// A page shows something new.
    pub fn page(&mut self, now: Time, id: ReservationId, view: &Value) {
        let state = view["state"].as_str().unwrap_or_default();
        let known = self.pages.entry(id);
        let page = known.or_insert(Page { live: true, p50: u64::MAX, p90: u64::MAX, told: None });
        if state == "ended" {
            if std::mem::replace(&mut page.live, false) {
                let reason = view["reason"].as_str().unwrap_or("?").to_owned();
                if !ENDS.contains(&reason.as_str()) {
                    self.wrong.push(format!("a request ended as {reason}"));
                }
                *self.ended.entry(reason).or_default() += 1;
            }
            return;
        }
        // Its job may be dialled once more.
        page.live = true;
        let served = !view["agent"].is_null() || state == "talking";
        let secs = |key: &str| view["wait"][key].as_u64();
        if let (true, Some((since, p50, p90))) = (served, page.told)
            && (state == "talking" || view["mode"] == "callme")
        {
            let (p50, p90) = (Duration::from_secs(p50), Duration::from_secs(p90));
            self.waits.push(Waited { p50, p90, took: now.since(since) });
            page.told = None;
        }
        let (Some(p50), Some(p90)) = (secs("p50_secs"), secs("p90_secs")) else {
            (page.p50, page.p90) = (u64::MAX, u64::MAX);
            return;
        };
        if served {
            (page.p50, page.p90) = (u64::MAX, u64::MAX);
            return;
        }
        if state == "waiting" && !view["position"].is_null() && page.told.is_none() {
            page.told = Some((now, p50, p90));
            self.too_long += u64::from(view["too_long"] == true);
        }
        if p50 > page.p50 || p90 > page.p90 {
            match view["wait"]["cause"].as_str() {
                Some(cause) => *self.rises.entry(cause.to_owned()).or_default() += 1,
                None => self.wrong.push(format!("a wait rose without a cause: {} to {p50}", page.p50)),
            }
        }
        (page.p50, page.p90) = (p50, p90);
    }

    /// An hour is over.
    pub fn hour(&mut self, figures: FirmFigures) {
        let sum = |of: fn(&QueueTotals) -> u64| figures.queues.iter().map(of).sum();
        self.hours.push(Hour { waits: sum(|row| row.waits), under: sum(|row| row.waits_under_p90) });
        self.figures = Some(figures);
    }

    /// All requests are over.
    pub fn close(&mut self) {
        let open = self.pages.values().filter(|page| page.live).count();
        if open > 0 {
            self.wrong.push(format!("{open} requests have not ended"));
        }
    }

    /// Waits of an hour or more that are enough to say something, and how many were under their P90.
    pub fn windows(&self, least: u64) -> Vec<(u64, u64)> {
        let mut windows = Vec::new();
        let mut before = Hour::default();
        for hour in &self.hours {
            let waits = hour.waits - before.waits;
            if waits >= least {
                windows.push((waits, hour.under - before.under));
                before = *hour;
            }
        }
        windows
    }

    /// Part of all waits that ended under the P90 told; none: nobody waited.
    pub fn under_p90(&self) -> Option<f64> {
        let all = self.hours.last().filter(|hour| hour.waits > 0)?;
        Some(all.under as f64 / all.waits as f64)
    }
}
