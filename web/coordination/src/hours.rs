//! Business hours of a queue: a week, holidays and short days, in a time zone of the bundled database. The clock is the caller's.
//!
//! A time that a change to summer time leaves out means the moment of the change; one that comes twice means the first.

use crate::rules::Wall;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;
use thiserror::Error;
use warmline_time::Time;

/// Minutes of a whole day.
const DAY: u16 = 24 * 60;

/// What is wrong with hours as they were written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum HoursError {
    /// See the text.
    #[error("is no time zone of the IANA database, such as Europe/Berlin")]
    Zone,
    /// See the text.
    #[error("is not a stretch of a day such as 09:00-17:00")]
    Slot,
    /// See the text.
    #[error(
        "ends before it begins: over midnight it is two stretches, 22:00-24:00 and, on the next day, 00:00-06:00"
    )]
    Backwards,
    /// See the text.
    #[error("is not a holiday such as 2026-12-25, or a short day such as 2026-12-24 09:00-12:00")]
    Holiday,
}

/// A time zone.
#[derive(Clone, PartialEq, Debug)]
pub struct Zone(TimeZone);

impl FromStr for Zone {
    type Err = HoursError;
    fn from_str(text: &str) -> Result<Self, HoursError> {
        TimeZone::get(text).map(Zone).map_err(|_| HoursError::Zone)
    }
}

/// A stretch of a day, in minutes from 0 to 1440: `09:00-17:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Slot {
    from: u16,
    to: u16,
}

impl Slot {
    /// From midnight to midnight.
    const WHOLE: Slot = Slot { from: 0, to: DAY };

    /// Whether both hold some minute.
    pub fn overlaps(self, other: Slot) -> bool {
        self.from < other.to && other.from < self.to
    }
}

impl FromStr for Slot {
    type Err = HoursError;
    fn from_str(text: &str) -> Result<Self, HoursError> {
        let (from, to) = text.split_once('-').ok_or(HoursError::Slot)?;
        let slot = Slot { from: minutes(from)?, to: minutes(to)? };
        if slot.from < slot.to { Ok(slot) } else { Err(HoursError::Backwards) }
    }
}

/// `HH:MM` with 24:00 as the day's end.
fn minutes(text: &str) -> Result<u16, HoursError> {
    let (hour, minute) = text.trim().split_once(':').ok_or(HoursError::Slot)?;
    let two = |part: &str| {
        let fits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| fits).ok_or(HoursError::Slot)
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let at = hour * 60 + minute;
    if minute < 60 && at <= DAY { Ok(at) } else { Err(HoursError::Slot) }
}

/// A day that is not like its week: closed, or open for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holiday {
    date: Date,
    open: Vec<Slot>,
}

impl Holiday {
    /// Which day it is, as it is written.
    pub fn date(&self) -> impl std::fmt::Display + use<> {
        self.date
    }
}

impl FromStr for Holiday {
    type Err = HoursError;
    fn from_str(text: &str) -> Result<Self, HoursError> {
        let mut words = text.split_whitespace();
        let date = words.next().and_then(|word| word.parse().ok()).ok_or(HoursError::Holiday)?;
        let open = words.map(Slot::from_str).collect::<Result<_, _>>()?;
        Ok(Holiday { date, open })
    }
}

/// When a queue is open.
#[derive(Clone, PartialEq, Debug)]
pub struct Hours {
    zone: TimeZone,
    week: [Vec<Slot>; 7],
    holidays: BTreeMap<Date, Vec<Slot>>,
}

impl Hours {
    /// From Monday to Sunday; none: each day is open, but for the holidays.
    pub fn new(zone: Zone, week: Option<[Vec<Slot>; 7]>, holidays: Vec<Holiday>) -> Self {
        Hours {
            zone: zone.0,
            week: week.unwrap_or_else(|| std::array::from_fn(|_| vec![Slot::WHOLE])),
            holidays: holidays.into_iter().map(|holiday| (holiday.date, holiday.open)).collect(),
        }
    }

    /// Whether it is open at this moment: from the first moment of a stretch up to its last, without the end itself.
    pub fn is_open(&self, at: Time) -> bool {
        let at = timestamp(at);
        let today = self.today(at);
        // The neighbours too: a stretch that ends at midnight ends elsewhere where midnight is left out or comes twice.
        let days = [today.checked_sub(1.day()), Ok(today), today.checked_add(1.day())];
        days.into_iter().flatten().any(|day| {
            self.slots(day)
                .iter()
                .any(|slot| self.moment(day, slot.from) <= at && at < self.moment(day, slot.to))
        })
    }

    /// What clock and calendar show there.
    pub fn wall(&self, at: Time) -> Wall {
        wall(&self.zone, at)
    }

    /// When the day of this moment began there.
    pub fn midnight(&self, at: Time) -> Time {
        let at = timestamp(at);
        time(self.moment(self.today(at), 0))
    }

    /// Day and night, by Greenwich.
    pub fn always() -> Self {
        Hours::new(Zone(TimeZone::UTC), None, Vec::new())
    }

    /// The zone's name in the IANA database.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The first moment from this one on at which it is open, of so many days.
    pub fn next_open(&self, at: Time, days: u32) -> Option<Time> {
        if self.is_open(at) {
            return Some(at);
        }
        let opens = |(day, slot): (Date, &Slot)| self.moment(day, slot.from);
        let from = timestamp(at);
        self.days(from, days)
            .flat_map(|day| self.slots(day).iter().map(move |slot| (day, slot)))
            .filter(|&(day, slot)| self.moment(day, slot.to) > self.moment(day, slot.from))
            .map(opens)
            .filter(|&opens| opens >= from)
            .min()
            .map(time)
    }

    /// The beginnings of slots of this length from a moment on, over so many days of its calendar: each stretch is divided from its
    /// beginning, what is left of it is no slot. Those that summer time leaves out are one, at the moment of the change.
    pub fn starts(&self, from: Time, days: u32, length: Duration) -> Vec<Time> {
        let every = u16::try_from(length.as_secs() / 60).unwrap_or(DAY).clamp(1, DAY);
        let from = timestamp(from);
        let mut starts = Vec::new();
        for day in self.days(from, days) {
            for slot in self.slots(day) {
                let minutes = (slot.from..slot.to).step_by(every.into());
                let whole = minutes.filter(|&minute| minute + every <= slot.to);
                starts.extend(whole.map(|minute| self.moment(day, minute)));
            }
        }
        starts.retain(|&start| start >= from && self.is_open(time(start)));
        starts.sort_unstable();
        starts.dedup();
        starts.into_iter().map(time).collect()
    }

    /// So many days from the one of this moment on.
    fn days(&self, from: Timestamp, days: u32) -> impl Iterator<Item = Date> {
        let first = self.today(from);
        (0..i64::from(days)).map_while(move |day| first.checked_add(day.days()).ok())
    }

    fn today(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    fn slots(&self, day: Date) -> &[Slot] {
        let week = || &self.week[day.weekday().to_monday_zero_offset() as usize];
        self.holidays.get(&day).unwrap_or_else(week)
    }

    /// The moment that a clock on the wall there shows so many minutes of a day.
    fn moment(&self, day: Date, minutes: u16) -> Timestamp {
        let shown = match minutes {
            DAY => day.checked_add(1.day()).map_or(DateTime::MAX, |next| next.at(0, 0, 0, 0)),
            _ => day.at((minutes / 60) as i8, (minutes % 60) as i8, 0, 0),
        };
        let ambiguous = self.zone.to_ambiguous_timestamp(shown);
        let first = ambiguous.earlier().unwrap_or(Timestamp::MAX);
        match ambiguous.offset() {
            // `earlier` is before the change here: the next change is the one that leaves this time out.
            AmbiguousOffset::Gap { .. } => {
                self.zone.following(first).next().map_or(first, |change| change.timestamp())
            }
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => first,
        }
    }
}

/// What clock and calendar show in Greenwich.
pub fn utc(at: Time) -> Wall {
    wall(&TimeZone::UTC, at)
}

fn wall(zone: &TimeZone, at: Time) -> Wall {
    let shown = zone.to_datetime(timestamp(at));
    let weekday = shown.date().weekday().to_monday_zero_offset();
    Wall {
        year: shown.year().into(),
        month: shown.month().into(),
        day: shown.day().into(),
        hour: shown.hour().into(),
        minute: shown.minute().into(),
        weekday: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][weekday as usize % 7].into(),
    }
}

/// A moment as it is written in RFC 3339, in any zone.
pub fn instant(text: &str) -> Option<Time> {
    let at: Timestamp = text.parse().ok()?;
    Some(Time::from_micros(u64::try_from(at.as_microsecond()).ok()?))
}

fn time(at: Timestamp) -> Time {
    Time::from_micros(u64::try_from(at.as_microsecond()).unwrap_or(0))
}

fn timestamp(at: Time) -> Timestamp {
    i64::try_from(at.as_micros())
        .ok()
        .and_then(|micros| Timestamp::from_microsecond(micros).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        let moment: Timestamp = text.parse().expect("RFC 3339");
        Time::from_micros(moment.as_microsecond() as u64)
    }

    fn each_day(zone: &str, slots: &[&str]) -> Hours {
        let slots: Vec<Slot> = slots.iter().map(|slot| slot.parse().unwrap()).collect();
        Hours::new(zone.parse().unwrap(), Some(std::array::from_fn(|_| slots.clone())), Vec::new())
    }

    fn open(hours: &Hours, moments: &[&str]) -> Vec<bool> {
        moments.iter().map(|moment| hours.is_open(at(moment))).collect()
    }

    #[test]
    fn open_from_the_first_minute_up_to_the_last() {
        let mut week: [Vec<Slot>; 7] = Default::default();
        week[0] = vec!["09:00-12:00".parse().unwrap(), "13:00-24:00".parse().unwrap()];
        let hours = Hours::new("Europe/Berlin".parse().unwrap(), Some(week), Vec::new());
        // 23 November 2026 is a Monday; Berlin is an hour ahead.
        let moments = [
            "2026-11-23T07:59:59.999999Z",
            "2026-11-23T08:00:00Z",
            "2026-11-23T10:59:59Z",
            "2026-11-23T11:00:00Z",
            "2026-11-23T22:59:59Z",
            "2026-11-23T23:00:00Z",
            "2026-11-24T08:30:00Z",
        ];
        assert_eq!(open(&hours, &moments), [false, true, true, false, true, false, false]);
    }

    #[test]
    fn holidays_take_the_place_of_their_day() {
        let days = ["2026-12-25", "2026-12-24 09:00-12:00"].map(|day| day.parse().unwrap());
        let hours = Hours::new("Europe/Berlin".parse().unwrap(), None, days.to_vec());
        let moments =
            ["2026-12-24T07:30:00Z", "2026-12-24T08:30:00Z", "2026-12-24T11:00:00Z", "2026-12-25T10:00:00Z"];
        assert_eq!(open(&hours, &moments), [false, true, false, false]);
        assert!(hours.is_open(at("2026-12-26T03:00:00Z")), "the others are as their week");
    }

    #[test]
    fn what_summer_time_leaves_out_is_the_moment_of_the_change() {
        // Berlin, 29 March 2026: 02:00 is 03:00, at 01:00 UTC.
        let opens = each_day("Europe/Berlin", &["02:30-05:00"]);
        assert_eq!(
            open(&opens, &["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T02:59:59Z"]),
            [false, true, true]
        );
        assert!(!opens.is_open(at("2026-03-29T03:00:00Z")), "05:00 of summer time");
        let closes = each_day("Europe/Berlin", &["00:00-02:30"]);
        assert_eq!(open(&closes, &["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"]), [true, false]);
        let within = each_day("Europe/Berlin", &["02:10-02:50"]);
        assert_eq!(open(&within, &["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]), [false, false]);
    }

    #[test]
    fn what_comes_twice_is_the_first() {
        // Berlin, 25 October 2026: 02:00–03:00 comes at 00:00 and at 01:00 UTC.
        let opens = each_day("Europe/Berlin", &["02:30-05:00"]);
        assert_eq!(
            open(&opens, &["2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z", "2026-10-25T01:10:00Z"]),
            [false, true, true]
        );
        let closes = each_day("Europe/Berlin", &["00:00-02:30"]);
        assert_eq!(
            open(&closes, &["2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z", "2026-10-25T01:15:00Z"]),
            [true, false, false]
        );
    }

    #[test]
    fn a_day_begins_where_it_is() {
        let hours = each_day("Pacific/Auckland", &["00:00-24:00"]);
        assert_eq!(hours.midnight(at("2026-11-22T10:05:00Z")), at("2026-11-21T11:00:00Z"));
        // Santiago has no midnight on 6 September 2026: the day begins at 01:00.
        let hours = each_day("America/Santiago", &["00:00-24:00"]);
        assert_eq!(hours.midnight(at("2026-09-06T12:00:00Z")), at("2026-09-06T04:00:00Z"));
        assert!(hours.is_open(at("2026-09-06T03:59:59Z")) && hours.is_open(at("2026-09-06T04:00:00Z")));
    }

    #[test]
    fn says_what_is_wrong() {
        for text in ["9:00-17:00", "09:00", "09:60-10:00", "24:01-24:02", "0a:00-10:00", "-", "+9:00-17:00"] {
            assert_eq!(text.parse::<Slot>(), Err(HoursError::Slot), "{text}");
        }
        assert_eq!("22:00-06:00".parse::<Slot>(), Err(HoursError::Backwards));
        assert_eq!("Europe/Atlantis".parse::<Zone>(), Err(HoursError::Zone));
        assert_eq!("25.12.2026".parse::<Holiday>(), Err(HoursError::Holiday));
        assert_eq!("2026-12-24 noon".parse::<Holiday>(), Err(HoursError::Slot));
    }

    #[test]
    fn a_time_beyond_all_calendars_is_no_panic() {
        let hours = each_day("Europe/Berlin", &["00:00-24:00"]);
        hours.is_open(Time::from_micros(u64::MAX));
        hours.midnight(Time::from_micros(u64::MAX));
        hours.is_open(Time::ZERO);
    }
}
