//! What expressions are answered: a visitor, at a moment, and what has just happened.

use super::arrival::{Kind, Said, What, Who};
use super::expression::{Answer, Leaf, Scene};
use super::row::{Row, cut};
use super::windows::{Pattern, Sought};
use warmline_time::Time;

/// Bytes of a custom text that are looked at.
const TEXT: usize = 100;

/// What has just happened, as expressions see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Happened<'a> {
    /// None: time has elapsed.
    kind: Option<Kind>,
    value: f64,
    text: &'a str,
    name: &'a str,
    field: &'a str,
}

fn currency(cents: u64) -> f64 {
    cents as f64 / 100.0
}

impl<'a> Happened<'a> {
    pub const TIMEOUT: Happened<'static> = Happened { kind: None, value: 0.0, text: "", name: "", field: "" };
    pub const ARRIVAL: Happened<'static> = Happened { kind: Some(Kind::Arrival), ..Happened::TIMEOUT };

    pub fn of(what: &What<'a>) -> Self {
        let plain = Happened { kind: Some(what.kind()), ..Happened::TIMEOUT };
        match *what {
            What::Dwell { secs } | What::Idle { secs } => Happened { value: f64::from(secs), ..plain },
            What::Scroll { percent } => Happened { value: f64::from(percent.min(100)), ..plain },
            What::Error { field } => Happened { field, ..plain },
            What::Cart { cents, .. } | What::Purchase { cents } => {
                Happened { value: currency(cents), ..plain }
            }
            What::Custom { name, value } => {
                let (value, text) = match value {
                    Said::Number(number) if !number.is_nan() => (number, ""),
                    Said::Text(text) => (0.0, cut(text, TEXT)),
                    Said::Number(_) | Said::Nothing => (0.0, ""),
                };
                Happened { name, value, text, ..plain }
            }
            What::View { .. } | What::Active | What::Leave => plain,
        }
    }
}

/// See above.
pub(super) struct Now<'a> {
    pub at: Time,
    pub row: &'a Row,
    pub happened: Happened<'a>,
    /// Of the rule that asks, by leaf.
    pub patterns: &'a [Option<Pattern>],
}

impl Scene for Now<'_> {
    fn answer(&self, leaf: &Leaf, nth: usize) -> Answer<'_> {
        let (row, at) = (self.row, self.at);
        let since = |then: Time| at.since(then).as_secs() as i64;
        match leaf {
            Leaf::Visits => Answer::Whole(row.known.visits.into()),
            Leaf::Purchases => Answer::Whole(row.known.purchases.into()),
            Leaf::Spent => Answer::Number(currency(row.known.spent)),
            Leaf::Priority => Answer::Whole(row.known.priority.into()),
            Leaf::Known => Answer::Yes(matches!(row.who, Who::Visitor(_))),
            Leaf::DaysSinceLast => Answer::Whole(row.days_since_last().map_or(-1, i64::from)),
            Leaf::Language => Answer::Text(row.language()),
            Leaf::Pages => Answer::Whole(row.pages.into()),
            Leaf::Secs => Answer::Whole(since(row.arrived)),
            Leaf::PageSecs => Answer::Whole(since(row.since)),
            Leaf::Dwell => Answer::Whole(row.dwell.into()),
            Leaf::Idle => Answer::Whole(row.idle_since.map_or(0, since)),
            Leaf::Cart => Answer::Number(currency(row.cart)),
            Leaf::Items => Answer::Whole(row.items.into()),
            Leaf::Errors => Answer::Whole(row.errors.into()),
            Leaf::Scroll => Answer::Whole(row.scroll.into()),
            Leaf::Referrer => Answer::Text(row.referrer()),
            Leaf::Url => Answer::Text(row.url()),
            Leaf::Path => Answer::Text(row.path()),
            Leaf::Title => Answer::Text(row.title()),
            Leaf::EventKind => Answer::Text(self.happened.kind.map_or("timeout", Kind::word)),
            Leaf::EventValue => Answer::Number(self.happened.value),
            Leaf::EventText => Answer::Text(self.happened.text),
            Leaf::EventName => Answer::Text(self.happened.name),
            Leaf::EventField => Answer::Text(self.happened.field),
            Leaf::VisitsWithin(days) => Answer::Whole(row.visits_within(at, *days) as i64),
            Leaf::Count(kind, secs) => Answer::Whole(row.ring.count(at, *kind, *secs) as i64),
            Leaf::Seen(sought, secs) => {
                let kind = if matches!(sought, Sought::Page(_)) { Kind::View } else { Kind::Custom };
                let pattern = self.patterns.get(nth).copied().flatten();
                let count = pattern.map_or(0, |pattern| row.ring.of(at, kind, pattern, *secs));
                Answer::Whole(count as i64)
            }
        }
    }
}
