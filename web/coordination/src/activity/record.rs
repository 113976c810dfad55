//! Recorded traffic: what a dry run is made over. No address, no identity: a number stands for a visitor.
//!
//! Addresses of pages are kept without their query, and no text that a shop's script has said: either may name people. So
//! `event.text`, and what looks at a query, never holds in a dry run over a recording.

use super::arrival::{Arrival, Event, Known, PageSeen, Said, What, Who};
use super::row::{cut, path_of};
use crate::ids::VisitorId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::Arc;
use warmline_time::Time;

/// Bytes of a text that are kept.
const TEXT: usize = 240;
/// What a row of the recorder costs besides its text.
const ROW: usize = 40;

/// An arrival of a recording.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ArrivalOwned {
    /// The site's place.
    #[serde(rename = "s")]
    pub site: u32,
    /// The same for the same visitor within one recording, and telling nothing of him.
    #[serde(rename = "v")]
    pub visitor: u64,
    /// What he lets us keep.
    #[serde(rename = "w")]
    pub kept: Kept,
    /// What his identity said.
    #[serde(rename = "k", default, skip_serializing_if = "is_nothing")]
    pub known: Known,
    /// BCP 47.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Box<str>>,
    /// URL and title of the page he was on, where no event tells.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub page: Option<(Box<str>, Box<str>)>,
    /// What happened.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventOwned>,
}

/// See [`ArrivalOwned::kept`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Kept {
    /// An identity.
    #[serde(rename = "i")]
    Identity,
    /// For this browser session only.
    #[serde(rename = "v")]
    Visit,
    /// Nothing.
    #[serde(rename = "n")]
    Nothing,
}

/// An event of a recording.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EventOwned {
    /// Milliseconds before the arrival.
    #[serde(rename = "a", default, skip_serializing_if = "is_now")]
    pub ago: u32,
    /// What.
    #[serde(rename = "w")]
    pub what: WhatOwned,
}

/// See [`What`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum WhatOwned {
    View { url: Box<str>, title: Box<str> },
    Dwell { secs: u32 },
    Scroll { percent: u8 },
    Idle { secs: u32 },
    Active,
    Error { field: Box<str> },
    Cart { cents: u64, items: u32 },
    Purchase { cents: u64 },
    Custom { name: Box<str>, number: Option<f64> },
    Leave,
}

fn is_nothing(known: &Known) -> bool {
    *known == Known::default()
}

fn is_now(ago: &u32) -> bool {
    *ago == 0
}

/// Address without query and fragment.
fn bare(url: &str) -> Box<str> {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let bare = cut(&url[..end], TEXT);
    // Credentials, too, would name somebody.
    match bare.split_once("://") {
        Some((scheme, rest)) if rest.split('/').next().is_some_and(|host| host.contains('@')) => {
            format!("{scheme}://-{}", path_of(bare)).into()
        }
        _ => bare.into(),
    }
}

fn owned(now: Time, event: &Event<'_>) -> EventOwned {
    let text = |text: &str| cut(text, TEXT).into();
    let what = match event.what {
        What::View { url, title } => WhatOwned::View { url: bare(url), title: text(title) },
        What::Dwell { secs } => WhatOwned::Dwell { secs },
        What::Scroll { percent } => WhatOwned::Scroll { percent },
        What::Idle { secs } => WhatOwned::Idle { secs },
        What::Active => WhatOwned::Active,
        What::Error { field } => WhatOwned::Error { field: text(field) },
        What::Cart { cents, items } => WhatOwned::Cart { cents, items },
        What::Purchase { cents } => WhatOwned::Purchase { cents },
        What::Custom { name, value } => {
            let number = match value {
                Said::Number(number) if number.is_finite() => Some(number),
                _ => None,
            };
            WhatOwned::Custom { name: text(name), number }
        }
        What::Leave => WhatOwned::Leave,
    };
    let ago = u32::try_from(now.since(event.at).as_millis()).unwrap_or(u32::MAX);
    EventOwned { ago, what }
}

impl EventOwned {
    fn borrowed(&self, now: Time) -> Event<'_> {
        let what = match &self.what {
            WhatOwned::View { url, title } => What::View { url, title },
            WhatOwned::Dwell { secs } => What::Dwell { secs: *secs },
            WhatOwned::Scroll { percent } => What::Scroll { percent: *percent },
            WhatOwned::Idle { secs } => What::Idle { secs: *secs },
            WhatOwned::Active => What::Active,
            WhatOwned::Error { field } => What::Error { field },
            WhatOwned::Cart { cents, items } => What::Cart { cents: *cents, items: *items },
            WhatOwned::Purchase { cents } => What::Purchase { cents: *cents },
            WhatOwned::Custom { name, number } => {
                What::Custom { name, value: number.map_or(Said::Nothing, Said::Number) }
            }
            WhatOwned::Leave => What::Leave,
        };
        Event { at: now - std::time::Duration::from_millis(self.ago.into()), what }
    }
}

/// Another for each recording, so that its numbers mean nothing elsewhere.
pub type RecordingKey = [u8; 16];

/// What stands for somebody under a key.
fn number(who: Who, key: &RecordingKey) -> (Kept, u64) {
    let (kept, bits) = match who {
        Who::Visitor(id) => (Kept::Identity, id.to_string()),
        Who::Visit(number) => (Kept::Visit, number.to_string()),
        Who::Guest(number) => (Kept::Nothing, number.to_string()),
    };
    let digest = Sha256::new().chain_update(key).chain_update([kept as u8]).chain_update(bits).finalize();
    (kept, digest.iter().take(8).fold(0, |bits, &byte| bits << 8 | u64::from(byte)))
}

impl ArrivalOwned {
    fn of(now: Time, arrival: &Arrival<'_>, key: &RecordingKey) -> Self {
        let (kept, visitor) = number(arrival.who, key);
        let page = arrival.page.map(|page| (bare(page.url), cut(page.title, TEXT).into()));
        ArrivalOwned {
            site: arrival.site,
            visitor,
            kept,
            known: arrival.known,
            language: arrival.language.map(|language| cut(language, TEXT).into()),
            page,
            events: arrival.events.iter().take(super::MOST_EVENTS).map(|event| owned(now, event)).collect(),
        }
    }

    pub(super) fn who(&self) -> Who {
        match self.kept {
            Kept::Identity => Who::Visitor(VisitorId::mint(Time::ZERO, self.visitor.into())),
            Kept::Visit => Who::Visit(self.visitor),
            Kept::Nothing => Who::Guest(self.visitor),
        }
    }

    pub(super) fn borrowed_events(&self, now: Time) -> Vec<Event<'_>> {
        self.events.iter().map(|event| event.borrowed(now)).collect()
    }

    pub(super) fn borrowed<'a>(&'a self, events: &'a [Event<'a>]) -> Arrival<'a> {
        let page = self.page.as_ref().map(|(url, title)| PageSeen { url, title, referrer: None });
        Arrival {
            site: self.site,
            who: self.who(),
            known: self.known,
            language: self.language.as_deref(),
            address: None,
            page,
            events,
        }
    }

    /// One line of a recording, without its end.
    pub fn line(&self, at: Time) -> String {
        serde_json::to_string(&(at.as_micros(), self)).unwrap_or_default()
    }

    /// Reads a line of a recording.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn read(line: &str) -> Result<(Time, Self), String> {
        let (at, arrival): (u64, Self) = serde_json::from_str(line).map_err(|error| error.to_string())?;
        Ok((Time::from_micros(at), arrival))
    }
}

/// A line of a recording, and of whom it is: made apart from the recorder, which many share.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    visitor: u64,
    text: Arc<str>,
}

impl Line {
    /// What is kept of an arrival.
    pub fn of(now: Time, arrival: &Arrival<'_>, key: &RecordingKey) -> Self {
        let arrival = ArrivalOwned::of(now, arrival, key);
        Line { visitor: arrival.visitor, text: arrival.line(now).into() }
    }
}

/// Keeps the latest arrivals, in so many bytes.
#[derive(Debug)]
pub struct Recorder {
    bytes: usize,
    used: usize,
    lines: VecDeque<Line>,
}

impl Recorder {
    /// `bytes`: how much is kept, the latest.
    pub fn new(bytes: usize) -> Self {
        Recorder { bytes, used: 0, lines: VecDeque::new() }
    }

    /// Keeps a line, in place of the oldest where there is no room.
    pub fn keep(&mut self, line: Line) {
        self.used += line.text.len() + ROW;
        self.lines.push_back(line);
        while self.used > self.bytes
            && let Some(oldest) = self.lines.pop_front()
        {
            self.used -= oldest.text.len() + ROW;
        }
    }

    /// Consent was withdrawn, or he is erased: says how many of his lines there were. Looks at all of them.
    pub fn forget(&mut self, who: Who, key: &RecordingKey) -> usize {
        let (before, (_, number)) = (self.lines.len(), number(who, key));
        self.lines.retain(|line| line.visitor != number);
        self.used = self.lines.iter().map(|line| line.text.len() + ROW).sum();
        before - self.lines.len()
    }

    /// Lines that are kept, the earliest first: see [`ArrivalOwned::read`].
    pub fn lines(&self) -> impl ExactSizeIterator<Item = Arc<str>> + '_ {
        self.lines.iter().map(|line| Arc::clone(&line.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_names_nobody_and_keeps_to_its_size() {
        let (mut recorder, key) = (Recorder::new(2_000), [7; 16]);
        let id = VisitorId::mint(Time::ZERO, 99);
        let who = Who::Visitor(id);
        for n in 0..100u64 {
            let now = Time::from_micros(n * 1_000_000 + 500_000);
            let value = Said::Text("vera@shop.test");
            let events = [
                Event {
                    at: Time::from_micros(n * 1_000_000),
                    what: What::View {
                        url: "https://vera:secret@shop.test/a?mail=vera@shop.test#x",
                        title: "A",
                    },
                },
                Event { at: now, what: What::Custom { name: "mail", value } },
            ];
            let arrival = Arrival {
                site: 3,
                who,
                known: Known { visits: 2, ..Known::default() },
                language: Some("de"),
                address: Some([192, 0, 2, 1].into()),
                page: None,
                events: &events,
            };
            recorder.keep(Line::of(now, &arrival, &key));
        }
        let lines: Vec<Arc<str>> = recorder.lines().collect();
        let used: usize = lines.iter().map(|line| line.len() + ROW).sum();
        assert!(lines.len() > 5 && used <= 2_000 && used > 1_500, "{used} of {}", lines.len());
        for word in ["vera", "secret", "192", &id.to_string()] {
            assert!(lines.iter().all(|line| !line.contains(word)), "{word} in {lines:?}");
        }
        let all: Vec<(Time, ArrivalOwned)> =
            lines.iter().map(|line| ArrivalOwned::read(line).unwrap()).collect();
        let (at, last) = all.last().unwrap();
        assert_eq!((at.as_micros(), last.events[0].ago, all.len()), (99_500_000, 500, lines.len()));
        assert_eq!(last.events[0].what, WhatOwned::View { url: "https://-/a".into(), title: "A".into() });
        assert_eq!(*last.line(*at), *lines[lines.len() - 1]);
        assert!(ArrivalOwned::read("[1,{}]").is_err());
        assert_eq!((recorder.forget(Who::Visit(99), &key), recorder.forget(who, &key)), (0, all.len()));
        assert_eq!((recorder.lines().len(), recorder.used), (0, 0));
        // With another key he is another one.
        let arrival = last.borrowed(&[]);
        let other = Line::of(*at, &Arrival { who, ..arrival }, &[8; 16]);
        assert_ne!(other.visitor, last.visitor);
    }
}
