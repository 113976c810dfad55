//! Calling hours: when somebody may be called by his own clock (TSR, state laws, national codes). Of several zones in which a number may
//! be, and that of the browser in which he asked, each must allow it: the stricter wins.

use crate::fact::Clock;
use crate::hours::{Hours, HoursError, Slot, Zone};
use crate::number::country_of_e164;
use crate::number_zones::{knows, knows_state, places, zones};
use std::collections::BTreeMap;
use warmline_time::Time;

/// From Monday to Sunday.
pub type Week = [Vec<Slot>; 7];

/// Days as a week is written.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// How often the next moment is looked for, zone by zone, until it is given up.
const TRIES: usize = 100;

/// A firm's calling hours.
#[derive(Clone, PartialEq, Debug)]
pub struct CallingHours {
    /// Where nothing more is said (08:00-21:00 each day).
    pub default: Week,
    /// By country (`DE`) or state (`US-FL`); a state goes before its country.
    pub places: BTreeMap<String, Week>,
    /// Who has just asked to be called now is called whatever the hour (yes): the first time, and soon.
    pub exempt_immediate: bool,
}

impl Default for CallingHours {
    fn default() -> Self {
        let day: Option<Slot> = "08:00-21:00".parse().ok();
        let default = std::array::from_fn(|_| day.into_iter().collect());
        CallingHours { default, places: BTreeMap::new(), exempt_immediate: true }
    }
}

/// Whom to call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Callee<'a> {
    /// E.164.
    pub number: &'a str,
    /// By the browser in which he asked: IANA. It only narrows the hours of the number, and only as far as any are left.
    pub zone: Option<&'a str>,
}

/// Why a number is not called at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Closed {
    /// Until then.
    Until(Time),
    /// There is no moment at which all of its zones allow it, or nobody knows its zones.
    Always,
}

impl CallingHours {
    /// The clocks of somebody, each of which must let him be called.
    pub(crate) fn of(&self, callee: Callee, now: Time) -> Clocks {
        Clocks { hours: self.hours_of(callee, now).unwrap_or_default(), each: true }
    }

    /// The clocks of a country (ISO 3166), of whose number nothing more is known: some number of it may be called where one of them lets it.
    /// A country that nobody knows leaves nothing out.
    pub(crate) fn of_country(&self, country: &str) -> Option<Clocks> {
        let rows = places(country);
        let hours: Vec<Hours> =
            rows.into_iter().flat_map(|(zones, state)| self.hours_in(country, &zones, state)).collect();
        (!hours.is_empty()).then_some(Clocks { hours, each: false })
    }

    /// Whether somebody may be called at this moment.
    pub(crate) fn check(&self, callee: Callee, at: Time) -> Result<(), Closed> {
        Self::check_all(&self.hours_of(callee, at).ok_or(Closed::Always)?, at)
    }

    fn check_all(all: &[Hours], at: Time) -> Result<(), Closed> {
        let mut next = at;
        for _ in 0..TRIES {
            let shut = all.iter().filter(|hours| !hours.is_open(next));
            let Some(later) = shut.map(|hours| hours.next_open(next, 15)).max_by_key(|open| {
                // None is never, later than all.
                open.map_or(u64::MAX, Time::as_micros)
            }) else {
                return if next == at { Ok(()) } else { Err(Closed::Until(next)) };
            };
            next = later.ok_or(Closed::Always)?;
        }
        Err(Closed::Always)
    }

    /// What the clocks show by which somebody may live, and whether each lets him be called.
    pub(crate) fn clocks(&self, callee: Callee, at: Time) -> Vec<Clock> {
        let all = self.hours_of(callee, at).unwrap_or_default();
        let clock = |hours: &Hours| {
            let wall = hours.wall(at);
            Clock {
                zone: hours.zone_name().to_owned(),
                local: format!(
                    "{:04}-{:02}-{:02}T{:02}:{:02} {}",
                    wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.weekday
                ),
                open: hours.is_open(at),
            }
        };
        all.iter().map(clock).collect()
    }

    fn hours_of(&self, Callee { number, zone }: Callee, now: Time) -> Option<Vec<Hours>> {
        let country = country_of_e164(number)?;
        let (zones, state) = zones(&country, number)?;
        let mut all = self.hours_in(&country, &zones, state);
        if let Some(zone) = zone.filter(|zone| !zones.contains(zone)) {
            let only = all.len();
            all.extend(self.hours_in(&country, &[zone], state));
            // Half around the world from his number no hour is one of both's.
            if Self::check_all(&all, now) == Err(Closed::Always) {
                all.truncate(only);
            }
        }
        Some(all)
    }

    fn hours_in(&self, country: &str, zones: &[&str], state: Option<&str>) -> Vec<Hours> {
        let of_state = state.and_then(|state| self.places.get(state));
        let week = of_state.or_else(|| self.places.get(country)).unwrap_or(&self.default);
        let zones = zones.iter().filter_map(|zone| zone.parse::<Zone>().ok());
        zones.map(|zone| Hours::new(zone, Some(week.clone()), Vec::new())).collect()
    }
}

/// The clocks by which somebody may live, with the hours of each, to be asked about many moments.
pub(crate) struct Clocks {
    hours: Vec<Hours>,
    /// All of them must be open, not one.
    each: bool,
}

impl Clocks {
    /// Whether he may be called at this moment. Never, where nobody knows his clocks.
    pub fn allow(&self, at: Time) -> bool {
        let mut open = self.hours.iter().map(|hours| hours.is_open(at));
        if self.each { !self.hours.is_empty() && open.all(|open| open) } else { open.any(|open| open) }
    }
}

/// Whether hours can be set for a place: a country (`DE`), a state or province (`US-FL`).
pub fn is_place(name: &str) -> bool {
    knows(name) || knows_state(name)
}

/// Whether a country has this IANA zone, as far as it is known.
pub fn is_in_zone(country: &str, zone: &str) -> bool {
    zones(country, "").is_some_and(|(zones, _)| zones.contains(&zone))
}

/// The clocks by which a number may live, as IANA zones; none: nobody knows.
pub fn zones_of(e164: &str) -> Vec<&'static str> {
    let country = country_of_e164(e164);
    country.and_then(|country| zones(&country, e164)).map_or_else(Vec::new, |(zones, _)| zones)
}

/// The zone that a browser names, where people live by it: those that hide where they are say `UTC`.
pub(crate) fn lived_in(zone: &str) -> Option<String> {
    let place = zone.len() <= 64 && zone.contains('/') && !zone.starts_with("Etc/");
    (place && zone.parse::<Zone>().is_ok()).then(|| zone.to_owned())
}

/// Whether the zones of a country's numbers are known.
pub fn has_zones(country: &str) -> bool {
    knows(country)
}

/// A week as it is written: `08:00-20:00` (each day), or `mon-fri 08:00-20:00; sat 10:00-13:00 14:00-18:00` (not on Sundays).
///
/// # Errors
/// Where it cannot be read.
pub fn week(text: &str) -> Result<Week, HoursError> {
    let mut week = Week::default();
    for part in text.split(';') {
        let mut words = part.split_whitespace().peekable();
        let named = words.next_if(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
        let (first, last) = named.map_or(Ok((0, 6)), days)?;
        let slots = words.map(str::parse).collect::<Result<Vec<Slot>, _>>()?;
        if slots.is_empty() && named.is_none() {
            return Err(HoursError::Slot);
        }
        for day in &mut week[first..=last] {
            day.extend(&slots);
        }
    }
    Ok(week)
}

fn days(text: &str) -> Result<(usize, usize), HoursError> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let place = |name: &str| DAYS.iter().position(|day| *day == name).ok_or(HoursError::Slot);
    let (first, last) = (place(first)?, place(last)?);
    if first <= last { Ok((first, last)) } else { Err(HoursError::Backwards) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn at(text: &str) -> Time {
        let moment: Timestamp = text.parse().expect("RFC 3339");
        Time::from_micros(moment.as_microsecond() as u64)
    }

    fn of(number: &str) -> Callee<'_> {
        Callee { number, zone: None }
    }

    fn until(text: &str) -> Result<(), Closed> {
        Err(Closed::Until(at(text)))
    }

    fn with(rows: &[(&str, &str)]) -> CallingHours {
        let rows = rows.iter().map(|(place, text)| ((*place).to_owned(), week(text).expect("a week")));
        CallingHours { places: rows.collect(), ..CallingHours::default() }
    }

    #[test]
    fn by_the_clock_of_whom_is_called() {
        let hours = CallingHours::default();
        // Winter: Berlin is an hour ahead of UTC, New York five behind, Los Angeles eight.
        let check = |number: &str, moment: &str| hours.check(of(number), at(moment));
        assert_eq!(check("+4930901820", "2026-11-23T07:00:00Z"), Ok(()));
        assert_eq!(check("+4930901820", "2026-11-23T06:59:59Z"), until("2026-11-23T07:00:00Z"));
        assert_eq!(check("+4930901820", "2026-11-23T20:00:00Z"), until("2026-11-24T07:00:00Z"));
        assert_eq!(check("+12125552368", "2026-11-23T13:00:00Z"), Ok(()));
        assert_eq!(check("+12125552368", "2026-11-23T12:00:00Z"), until("2026-11-23T13:00:00Z"));
        assert_eq!(check("+12135552368", "2026-11-23T13:00:00Z"), until("2026-11-23T16:00:00Z"));
        assert_eq!(check("+88212345678", "2026-11-23T13:00:00Z"), Err(Closed::Always));
    }

    #[test]
    fn of_several_zones_the_stricter_wins() {
        let hours = CallingHours::default();
        let check = |moment: &str| hours.check(of("+18505552368"), at(moment));
        // The west of Florida's panhandle is an hour behind its east.
        assert_eq!(check("2026-11-23T13:30:00Z"), until("2026-11-23T14:00:00Z"));
        assert_eq!(check("2026-11-24T01:59:00Z"), Ok(()));
        assert_eq!(check("2026-11-24T02:00:00Z"), until("2026-11-24T14:00:00Z"));
        // Russia from Kaliningrad to Kamchatka: ten hours apart, three are left of thirteen.
        let check = |moment: &str| hours.check(of("+74951234567"), at(moment));
        assert_eq!(check("2026-11-23T05:59:00Z"), until("2026-11-23T06:00:00Z"));
        assert_eq!(check("2026-11-23T08:59:00Z"), Ok(()));
        assert_eq!(check("2026-11-23T09:00:00Z"), until("2026-11-24T06:00:00Z"));
        let never = CallingHours { default: week("20:00-21:00").unwrap(), ..CallingHours::default() };
        assert_eq!(never.check(of("+18505552368"), at("2026-11-23T12:00:00Z")), Err(Closed::Always));
    }

    #[test]
    fn g17_the_zone_of_the_browser_narrows_the_numbers_hours_as_far_as_any_are_left() {
        let hours = CallingHours::default();
        let check =
            |zone, moment| hours.check(Callee { number: "+4930901820", zone: Some(zone) }, at(moment));
        // Eight in Berlin is two at night in New York, and eight there two in the afternoon in Berlin.
        assert_eq!(check("America/New_York", "2026-11-23T07:00:00Z"), until("2026-11-23T13:00:00Z"));
        assert_eq!(check("America/New_York", "2026-11-23T19:59:00Z"), Ok(()));
        assert_eq!(check("America/New_York", "2026-11-23T20:00:00Z"), until("2026-11-24T13:00:00Z"));
        assert_eq!(check("Europe/Berlin", "2026-11-23T07:00:00Z"), Ok(()));
        // From nine to six in Berlin is night in Honolulu: the number's hours stand alone.
        let office = with(&[("DE", "09:00-18:00")]);
        let far = Callee { number: "+4930901820", zone: Some("Pacific/Honolulu") };
        assert_eq!(office.check(far, at("2026-11-23T08:00:00Z")), Ok(()));
        assert_eq!(office.clocks(far, at("2026-11-23T08:00:00Z")).len(), 1);
        assert_eq!(lived_in("America/New_York").as_deref(), Some("America/New_York"));
        assert_eq!(["UTC", "Etc/GMT+3", "Mars/Olympus", ""].map(lived_in), [None, None, None, None]);
    }

    #[test]
    fn a_state_goes_before_its_country_and_that_before_the_rest() {
        let hours = with(&[("US", "09:00-20:00"), ("US-TX", "mon-sat 09:00-21:00; sun 12:00-21:00")]);
        let check = |number: &str, moment: &str| hours.check(of(number), at(moment));
        assert_eq!(check("+12125552368", "2026-11-23T13:30:00Z"), until("2026-11-23T14:00:00Z"));
        // A Sunday in Dallas.
        assert_eq!(check("+12145552368", "2026-11-22T17:00:00Z"), until("2026-11-22T18:00:00Z"));
        assert_eq!(check("+12145552368", "2026-11-23T15:00:00Z"), Ok(()));
        assert_eq!(check("+4930901820", "2026-11-23T07:30:00Z"), Ok(()));
        let weekdays = with(&[("DE", "mon-fri 08:00-20:00; sat 10:00-14:00")]);
        let sunday = weekdays.check(of("+4930901820"), at("2026-11-22T12:00:00Z"));
        assert_eq!(sunday, until("2026-11-23T07:00:00Z"));
    }

    #[test]
    fn of_a_country_alone_nothing_is_left_out_that_one_of_its_numbers_allows() {
        let hours = with(&[("US-HI", "22:00-23:00")]);
        let allows = |clocks: &Clocks, moment: &str| clocks.allow(at(moment));
        let (country, york) = (
            hours.of_country("US").expect("known"),
            hours.of(of("+12125552368"), at("2026-11-23T12:00:00Z")),
        );
        // Eight in Los Angeles, eleven in New York; ten at night there; ten at night in Honolulu, three in New York.
        assert!(allows(&country, "2026-11-23T16:00:00Z") && allows(&york, "2026-11-23T16:00:00Z"));
        assert!(allows(&country, "2026-11-24T03:00:00Z") && !allows(&york, "2026-11-24T03:00:00Z"));
        assert!(allows(&country, "2026-11-24T08:00:00Z"), "a state has hours of its own");
        assert!(!allows(&country, "2026-11-24T10:30:00Z"));
        assert!(hours.of_country("ZZ").is_none());
        assert!(
            !allows(&hours.of(of("+88212345678"), Time::ZERO), "2026-11-23T13:00:00Z"),
            "nobody knows when"
        );
    }

    #[test]
    fn e27_the_day_on_which_the_clocks_change() {
        let hours = with(&[("DE", "02:30-20:00")]);
        let check = |moment: &str| hours.check(of("+4930901820"), at(moment));
        // Spring: 02:30 does not come, and means the moment of the change, 03:00 = 01:00 UTC.
        assert_eq!(check("2026-03-29T00:59:59Z"), until("2026-03-29T01:00:00Z"));
        assert_eq!(check("2026-03-29T01:00:00Z"), Ok(()));
        assert_eq!(
            check("2026-03-29T18:00:00Z"),
            until("2026-03-30T00:30:00Z"),
            "and the evening is an hour earlier"
        );
        // Autumn: 02:30 comes twice, and means the first, 00:30 UTC.
        assert_eq!(check("2026-10-25T00:29:59Z"), until("2026-10-25T00:30:00Z"));
        assert_eq!(check("2026-10-25T01:15:00Z"), Ok(()));
        // Arizona keeps no summer time, the Navajo nation does: in summer both must be open.
        let hours = CallingHours::default();
        let phoenix = |number: &str, moment: &str| hours.check(of(number), at(moment));
        assert_eq!(phoenix("+16025552368", "2026-07-01T15:00:00Z"), Ok(()));
        assert_eq!(phoenix("+16025552368", "2026-07-02T03:30:00Z"), Ok(()));
        assert_eq!(phoenix("+19285552368", "2026-07-02T03:30:00Z"), until("2026-07-02T15:00:00Z"));
        assert_eq!(phoenix("+19285552368", "2026-12-02T03:30:00Z"), Ok(()));
    }

    #[test]
    fn what_is_no_week_is_refused() {
        for wrong in ["", "8-20", "mon", "moon 08:00-09:00", "fri-mon 08:00-09:00", "20:00-08:00"] {
            let read = week(wrong);
            let closed = |week: &Week| week.iter().all(Vec::is_empty);
            assert!(read.as_ref().is_err() || closed(&read.unwrap()), "{wrong}");
        }
        assert!(is_place("DE") && is_place("US-FL") && !is_place("US-XX") && !is_place("ZZ"));
    }
}
