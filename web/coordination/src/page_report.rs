//! From which pages people came, and how long they waited for an agent, by day (N 0033, 0059): counted from the journal's rows, so that a
//! restart counts the same.

use crate::fact::{CallRecorded, ReservationOpened};
use crate::ids::ReservationId;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;
use warmline_time::Time;

/// Days that are kept.
const DAYS: u64 = 90;
/// Pages of a day that are told apart; what is more is one row.
const PAGES: usize = 200;
/// Pages that a report shows.
const SHOWN: usize = 50;
/// Requests whose call is still counted for their page.
const FOLLOWED: usize = 50_000;
/// Of a page's address and title, in bytes.
const WORDS: usize = 200;
/// Waits are told as at most so many seconds.
const STEPS: [u64; 21] =
    [1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1_200, 1_800];

/// Where somebody came from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Source {
    /// A page, by its address without what stands behind `?`.
    Page(String),
    /// One of so many that they are not told apart.
    Others,
    /// He called without one.
    Nowhere,
}

/// What was counted of a page on a day.
#[derive(Clone, Debug, Default)]
struct Counted {
    requests: u64,
    answered: u64,
    lost: u64,
    /// By the first step that is not shorter; the last ones are longer than all.
    waits: [u32; STEPS.len() + 1],
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct PageReport {
    rows: BTreeMap<(u64, Source), Counted>,
    /// The title that a page had last.
    titles: HashMap<String, String>,
    of: HashMap<ReservationId, Source>,
    order: VecDeque<ReservationId>,
}

impl PageReport {
    /// A visitor asks for somebody.
    pub fn opened(&mut self, at: Time, opened: &ReservationOpened) {
        let page = address(&opened.page.url).map_or(Source::Nowhere, Source::Page);
        let from = self.row(at, page);
        if let Source::Page(page) = &from {
            self.titles.insert(page.clone(), head(&opened.page.title).to_owned());
        }
        self.counted(at, &from).requests += 1;
        self.of.insert(opened.reservation, from);
        self.order.push_back(opened.reservation);
        if self.order.len() > FOLLOWED
            && let Some(oldest) = self.order.pop_front()
        {
            self.of.remove(&oldest);
        }
    }

    /// A call or a chat is over.
    pub fn recorded(&mut self, at: Time, record: &CallRecorded) {
        let came = record.dialled.is_none();
        if !came && record.answered.is_none() {
            // Whom we have called in vain has not waited for anybody.
            return;
        }
        let from = record.reservation.and_then(|id| self.of.get(&id)).cloned();
        let from = self.row(at, from.unwrap_or(Source::Nowhere));
        let row = self.counted(at, &from);
        let Some(answered) = record.answered else { return row.lost += 1 };
        row.answered += 1;
        if came {
            let waited = answered.saturating_sub(record.asked.unwrap_or(record.started));
            let waited = Duration::from_micros(waited);
            let step = STEPS.iter().position(|step| waited <= Duration::from_secs(*step));
            row.waits[step.unwrap_or(STEPS.len())] += 1;
        }
    }

    /// Where it is counted on this day.
    fn row(&mut self, at: Time, from: Source) -> Source {
        let today = day(at);
        self.forget_before(today.saturating_sub(DAYS - 1));
        let known = !matches!(from, Source::Page(_)) || self.rows.contains_key(&(today, from.clone()));
        if known || self.rows.range((today, Source::Page(String::new()))..).count() < PAGES {
            from
        } else {
            Source::Others
        }
    }

    /// Days before this one, once a day.
    fn forget_before(&mut self, first: u64) {
        if self.rows.first_key_value().is_none_or(|((day, _), _)| *day >= first) {
            return;
        }
        self.rows = self.rows.split_off(&(first, Source::Page(String::new())));
        let kept: HashSet<&str> = self.rows.keys().filter_map(|(_, source)| source.page()).collect();
        self.titles.retain(|page, _| kept.contains(page.as_str()));
    }

    fn counted(&mut self, at: Time, from: &Source) -> &mut Counted {
        self.rows.entry((day(at), from.clone())).or_default()
    }

    /// From the first to the last of these days (since the epoch).
    pub fn view(&self, (from, to): (u64, u64)) -> PageReportView {
        let mut by_page: BTreeMap<&Source, Counted> = BTreeMap::new();
        let mut by_day: BTreeMap<u64, Counted> = BTreeMap::new();
        for ((day, page), row) in self.rows.iter().filter(|((day, _), _)| (from..=to).contains(day)) {
            by_page.entry(page).or_default().add(row);
            by_day.entry(*day).or_default().add(row);
        }
        let mut pages: Vec<(&Source, Counted)> = by_page.into_iter().collect();
        // Plain calls have no request: what there was to do says which comes first.
        pages
            .sort_by_key(|(page, row)| (std::cmp::Reverse(row.requests.max(row.answered + row.lost)), *page));
        let mut others = Counted::default();
        let mut shown = Vec::new();
        for (page, row) in pages {
            let name = match page {
                Source::Page(page) if shown.len() < SHOWN => Some(page),
                Source::Nowhere => None,
                _ => {
                    others.add(&row);
                    continue;
                }
            };
            let title = name.and_then(|page| self.titles.get(page)).cloned().unwrap_or_default();
            shown.push(PageRow { page: name.cloned(), title, others: false, figures: row.figures() });
        }
        if others.requests + others.answered + others.lost > 0 {
            let figures = others.figures();
            shown.push(PageRow { page: None, title: String::new(), others: true, figures });
        }
        let days = by_day.into_iter().map(|(day, row)| PageDay {
            date: Time::from_micros(day * 86_400_000_000).rfc3339().chars().take(10).collect(),
            figures: row.figures(),
        });
        PageReportView { pages: shown, days: days.collect() }
    }
}

impl Source {
    fn page(&self) -> Option<&str> {
        match self {
            Source::Page(page) => Some(page),
            Source::Others | Source::Nowhere => None,
        }
    }
}

impl Counted {
    fn add(&mut self, other: &Counted) {
        self.requests += other.requests;
        self.answered += other.answered;
        self.lost += other.lost;
        self.waits.iter_mut().zip(other.waits).for_each(|(sum, more)| *sum += more);
    }

    fn figures(&self) -> PageFigures {
        PageFigures {
            requests: self.requests,
            answered: self.answered,
            lost: self.lost,
            p50_secs: self.within(50),
            p90_secs: self.within(90),
        }
    }

    /// So many of a hundred waited no longer; none: nobody did.
    fn within(&self, percent: u64) -> Option<u64> {
        let all: u64 = self.waits.iter().map(|count| u64::from(*count)).sum();
        let wanted = (all * percent).div_ceil(100).max(1);
        let mut sum = 0;
        let step = self.waits.iter().position(|count| {
            sum += u64::from(*count);
            sum >= wanted
        })?;
        Some(STEPS.get(step).or(STEPS.last()).copied().unwrap_or_default())
    }
}

fn day(at: Time) -> u64 {
    at.as_secs() / 86_400
}

/// A page's address without its scheme and what may be a customer's own: `shop.test/printers/42`. None: there is none.
fn address(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    (!url.is_empty()).then(|| head(url).to_owned())
}

fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(WORDS)]
}

/// From where a firm's customers came, and how long they waited.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PageReportView {
    /// The page from which most came first; the others, as one, are the last.
    pub pages: Vec<PageRow>,
    /// By day, in UTC; days without anybody are left out.
    pub days: Vec<PageDay>,
}

/// See [`PageReportView::pages`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PageRow {
    /// `shop.test/printers/42`; none: calls without a page, or the others.
    pub page: Option<String>,
    /// The title that it had last.
    pub title: String,
    /// All pages that are not shown by themselves.
    pub others: bool,
    /// How many, and how long.
    #[serde(flatten)]
    pub figures: PageFigures,
}

/// See [`PageReportView::days`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PageDay {
    /// `2026-11-30`.
    pub date: String,
    /// How many, and how long.
    #[serde(flatten)]
    pub figures: PageFigures,
}

/// What was counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct PageFigures {
    /// Requests from pages, whatever the channel.
    pub requests: u64,
    /// Calls and chats in which somebody spoke with an agent.
    pub answered: u64,
    /// Those who came and left without.
    pub lost: u64,
    /// How long half and nine of ten waited at most, of those who came themselves and were answered, in seconds, rounded up to a step.
    pub p50_secs: Option<u64>,
    /// See `p50_secs`.
    pub p90_secs: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waited(secs: &[u64]) -> Counted {
        let mut row = Counted::default();
        for secs in secs {
            let step = STEPS.iter().position(|step| secs <= step).unwrap_or(STEPS.len());
            row.waits[step] += 1;
        }
        row
    }

    #[test]
    fn half_and_nine_of_ten_waited_no_longer() {
        let row = waited(&[1, 1, 1, 1, 1, 4, 4, 4, 50, 5_000]);
        assert_eq!((row.within(50), row.within(90)), (Some(1), Some(60)));
        assert_eq!(waited(&[5_000]).within(50), Some(1_800), "longer than all steps is told as the longest");
        assert_eq!(waited(&[]).within(50), None);
    }

    #[test]
    fn an_address_says_no_more_than_where() {
        assert_eq!(address("https://shop.test/p/1?email=jane#top").as_deref(), Some("shop.test/p/1"));
        assert_eq!(address(""), None);
        assert_eq!(address(&format!("https://{}ä", "a".repeat(199))).map(|text| text.len()), Some(199));
    }

    #[test]
    fn of_many_pages_in_a_day_the_first_are_told_apart_and_old_days_go() {
        let mut report = PageReport::default();
        let at = |day: u64| Time::from_micros((20_000 + day) * 86_400_000_000);
        for n in 0..PAGES + 10 {
            let from = report.row(at(0), Source::Page(format!("shop.test/{n}")));
            report.counted(at(0), &from).requests += 1;
        }
        let view = report.view((0, u64::MAX));
        assert_eq!(view.pages.len(), SHOWN + 1);
        let others = view.pages.last().unwrap();
        assert_eq!((others.others, others.figures.requests), (true, (PAGES + 10 - SHOWN) as u64));
        assert_eq!(view.days[0].figures.requests, (PAGES + 10) as u64);
        report.titles.insert("shop.test/1".into(), "One".into());
        report.row(at(DAYS - 1), Source::Nowhere);
        assert_eq!((report.rows.len(), report.titles.len()), (PAGES + 1, 1));
        report.row(at(DAYS), Source::Nowhere);
        assert_eq!((report.view((0, u64::MAX)).pages, report.titles.len()), (Vec::new(), 0));
    }
}
