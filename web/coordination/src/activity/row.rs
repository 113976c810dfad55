//! What is kept of a visitor while he is there.

use super::arrival::{Known, LAST_VISITS, PageSeen, Who};
use super::windows::Ring;
use crate::text::clean;
use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;
use warmline_time::Time;

/// Bytes of an address, a title and a referrer that are kept.
const URL: usize = 240;
const TITLE: usize = 120;
const REFERRER: usize = 120;
const LANGUAGE: usize = 15;
const HOUR: u64 = 3_600;

/// A criterion that has matched in this visit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// The criterion's number.
    pub id: u32,
    /// It may match again: he is on another page since.
    pub again: bool,
}

/// See above.
#[derive(Debug)]
pub(super) struct Row {
    pub who: Who,
    pub firm: u32,
    /// The site's number.
    pub site: u32,
    pub known: Known,
    pub arrived: Time,
    /// The page was entered.
    pub since: Time,
    /// The last arrival.
    pub last: Time,
    /// The last event.
    pub last_event: Time,
    /// Up to when criteria that come true by elapsed time were looked at, and when the next one is due.
    pub looked: Time,
    pub due: Option<Time>,
    /// His page has gone, and no other was entered: since when.
    pub left: Option<Time>,
    pub idle_since: Option<Time>,
    pub cart: u64,
    pub items: u32,
    pub pages: u32,
    pub errors: u32,
    pub dwell: u32,
    pub scroll: u8,
    language: [u8; LANGUAGE],
    language_len: u8,
    pub address: Option<IpAddr>,
    /// URL, title and referrer in one.
    texts: Box<str>,
    url: u8,
    title: u8,
    pub ring: Ring,
    pub told: Vec<Told>,
}

/// At most so many bytes of a text, whole letters.
pub(super) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Without control characters and what would turn the direction of a text.
fn fit(text: &str) -> Cow<'_, str> {
    let plain = text.bytes().all(|byte| (b' '..0x7f).contains(&byte));
    if plain { text.into() } else { clean(text, text.len()).into() }
}

/// Without fragment, and without its query where it is too long with it.
fn kept_url(url: &str) -> &str {
    let url = url.split('#').next().unwrap_or(url);
    if url.len() <= URL { url } else { cut(url.split('?').next().unwrap_or(url), URL) }
}

/// `/path` of an address, without query and fragment.
pub(super) fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

impl Row {
    pub fn new(firm: u32, site: u32, who: Who, known: Known, at: Time, now: Time) -> Self {
        Row {
            who,
            firm,
            site,
            known: Known { priority: known.priority.min(7), ..known },
            arrived: at,
            since: at,
            last: now,
            last_event: at,
            looked: at - Duration::from_micros(1),
            due: None,
            left: None,
            idle_since: None,
            cart: 0,
            items: 0,
            pages: 0,
            errors: 0,
            dwell: 0,
            scroll: 0,
            language: [0; LANGUAGE],
            language_len: 0,
            address: None,
            texts: Box::default(),
            url: 0,
            title: 0,
            ring: Ring::default(),
            told: Vec::new(),
        }
    }

    pub fn is_guest(&self) -> bool {
        matches!(self.who, Who::Guest(_))
    }

    /// Counts this visit among those of his identity, unless it goes on from one within `apart` hours. Says whether it is a new one.
    pub fn begin(&mut self, apart: u32) -> bool {
        let known = &mut self.known;
        let hour = u32::try_from(self.arrived.as_secs() / HOUR).unwrap_or(u32::MAX);
        let last = known.last_visits[0];
        if known.visits > 0 && last > 0 && hour.saturating_sub(last) < apart {
            return false;
        }
        known.visits = known.visits.saturating_add(1);
        known.last_visits.copy_within(..LAST_VISITS - 1, 1);
        known.last_visits[0] = hour;
        true
    }

    /// Visits within so many days, this one too.
    pub fn visits_within(&self, now: Time, days: u32) -> usize {
        let hour = u32::try_from(now.as_secs() / HOUR).unwrap_or(u32::MAX);
        let from = hour.saturating_sub(days.saturating_mul(24)).max(1);
        self.known.last_visits.iter().filter(|&&visit| visit >= from).count()
    }

    /// Since the visit before this one; none: there was none, or it is not known.
    pub fn days_since_last(&self) -> Option<u32> {
        let [this, before, ..] = self.known.last_visits;
        (before > 0).then(|| this.saturating_sub(before) / 24)
    }

    /// A page was entered. Says whether it has another path than the last.
    pub fn enter(&mut self, at: Time, page: PageSeen<'_>) -> bool {
        let url = fit(page.url);
        let url = kept_url(&url);
        let (title, referrer) = (fit(page.title), fit(page.referrer.unwrap_or_default()));
        let title = cut(&title, TITLE);
        let referrer = if self.pages == 0 { cut(&referrer, REFERRER) } else { self.referrer() };
        let another = path_of(url) != self.path() || self.pages == 0;
        let mut texts = String::with_capacity(url.len() + title.len() + referrer.len());
        texts.extend([url, title, referrer]);
        (self.url, self.title) = (url.len() as u8, title.len() as u8);
        self.texts = texts.into_boxed_str();
        self.pages = self.pages.saturating_add(1);
        self.since = at;
        self.looked = at - Duration::from_micros(1);
        (self.dwell, self.scroll, self.idle_since) = (0, 0, None);
        another
    }

    pub fn url(&self) -> &str {
        &self.texts[..usize::from(self.url)]
    }

    pub fn title(&self) -> &str {
        let from = usize::from(self.url);
        &self.texts[from..from + usize::from(self.title)]
    }

    pub fn referrer(&self) -> &str {
        &self.texts[usize::from(self.url) + usize::from(self.title)..]
    }

    /// Of the page he is on; empty where none is known.
    pub fn path(&self) -> &str {
        if self.pages == 0 { "" } else { path_of(self.url()) }
    }

    pub fn language(&self) -> &str {
        std::str::from_utf8(&self.language[..usize::from(self.language_len)]).unwrap_or_default()
    }

    pub fn set_language(&mut self, language: &str) {
        let plain = language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let language = if plain { cut(language, LANGUAGE) } else { "" };
        self.language[..language.len()].copy_from_slice(language.as_bytes());
        self.language_len = language.len() as u8;
    }

    /// When he is gone, if nothing is heard of him.
    pub fn expires(&self, session: Duration, after_leave: Duration) -> Time {
        let silent = self.last + session;
        self.left.map_or(silent, |left| silent.min(left + after_leave))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(known: Known, hour: u64) -> Row {
        let at = Time::from_micros(hour * HOUR * 1_000_000);
        Row::new(0, 0, Who::Visit(1), known, at, at)
    }

    #[test]
    fn visits_are_counted_once_an_hour_and_the_last_eight_remembered() {
        let mut known = Known::default();
        for (hour, new) in [(1_000, true), (1_000, false), (1_010, true), (1_200, true)] {
            let mut row = row(known, hour);
            assert_eq!(row.begin(1), new, "hour {hour}");
            known = row.known;
        }
        assert_eq!((known.visits, &known.last_visits[..4]), (3, &[1_200, 1_010, 1_000, 0][..]));
        let row = row(known, 1_200);
        let within = |days| row.visits_within(row.arrived, days);
        assert_eq!((within(1), within(8), within(9), row.days_since_last()), (1, 2, 3, Some(7)));
    }

    #[test]
    fn a_row_stays_small() {
        assert!(size_of::<Option<Row>>() <= 320, "{}", size_of::<Option<Row>>());
    }

    #[test]
    fn texts_are_bounded_and_whole() {
        let mut row = row(Known::default(), 1);
        let url = format!("https://shop.test/ä/{}?q={}#top", "é".repeat(40), "x".repeat(300));
        let page = PageSeen {
            url: &url,
            title: &format!("\u{202e}{}", "ü".repeat(100)),
            referrer: Some("https://search.test/"),
        };
        assert!(row.enter(row.arrived, page));
        assert_eq!(row.path(), format!("/ä/{}", "é".repeat(40)));
        assert_eq!((row.title(), row.referrer()), ("ü".repeat(60).as_str(), "https://search.test/"));
        let other = PageSeen { url: "https://shop.test/ä?a=1#x", title: "", referrer: Some("none") };
        assert!(row.enter(row.arrived, other));
        assert_eq!((row.url(), row.referrer()), ("https://shop.test/ä?a=1", "https://search.test/"));
        assert!(!row.enter(row.arrived, PageSeen { url: "https://shop.test/ä?b", ..other }));
        row.set_language("zh-Hant-TW-x-private");
        assert_eq!(row.language(), "zh-Hant-TW-x-pr");
        row.set_language("dé");
        assert_eq!(row.language(), "");
    }
}
