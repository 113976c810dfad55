//! Days and times as people read them, in English, German and Spanish.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use warmline_time::Time;

/// The languages that we write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tongue {
    En,
    De,
    Es,
}

impl Tongue {
    /// Of a BCP 47 tag; English for those that we do not write.
    pub fn of(tag: &str) -> Self {
        match tag.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("de") => Tongue::De,
            Some("es") => Tongue::Es,
            _ => Tongue::En,
        }
    }

    /// The first that we write of an `Accept-Language`, whose weights are in its order as browsers send them.
    pub fn accepted(wanted: &str) -> Self {
        let known = wanted.split(',').take(20).find_map(|language| {
            let main = language.split([';', '-']).next().unwrap_or("").trim();
            [Tongue::En, Tongue::De, Tongue::Es].into_iter().find(|t| main.eq_ignore_ascii_case(t.tag()))
        });
        known.unwrap_or(Tongue::En)
    }

    /// BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Tongue::En => "en",
            Tongue::De => "de",
            Tongue::Es => "es",
        }
    }
}

/// A stretch of time in a zone.
pub(crate) struct Slot {
    start: jiff::Zoned,
    end: jiff::Zoned,
}

impl Slot {
    /// From a moment on, so many minutes, in the zone that IANA names so; in UTC where there is none of this name.
    pub fn new(at: Time, minutes: u32, zone: &str) -> Option<Self> {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let moment = |micros: u64| Timestamp::from_microsecond(i64::try_from(micros).ok()?).ok();
        let start = at.as_micros();
        let end = start.checked_add(u64::from(minutes) * 60_000_000)?;
        Some(Slot { start: moment(start)?.to_zoned(zone.clone()), end: moment(end)?.to_zoned(zone) })
    }

    /// `Tuesday, 1 December 2026`
    pub fn day(&self, tongue: Tongue) -> String {
        let date = self.start.date();
        let (day, year) = (date.day(), date.year());
        let names = names(tongue);
        let weekday = names.0[(date.weekday().to_monday_zero_offset()) as usize];
        let month = names.1[(date.month() - 1) as usize];
        match tongue {
            Tongue::En => format!("{weekday}, {day} {month} {year}"),
            Tongue::De => format!("{weekday}, {day}. {month} {year}"),
            Tongue::Es => format!("{weekday}, {day} de {month} de {year}"),
        }
    }

    /// `10:15`
    pub fn start(&self) -> String {
        clock(&self.start)
    }

    /// `10:15–10:30`; the clock's change between them is told by the offset (`01:45–02:00`, `02:45+02:00–02:00+01:00`).
    pub fn hours(&self) -> String {
        let (start, end) = (&self.start, &self.end);
        if start.offset() == end.offset() {
            return format!("{}–{}", clock(start), clock(end));
        }
        format!("{}{}–{}{}", clock(start), offset(start), clock(end), offset(end))
    }
}

fn clock(at: &jiff::Zoned) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

fn offset(at: &jiff::Zoned) -> String {
    let secs = at.offset().seconds();
    let sign = if secs < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", secs.abs() / 3_600, secs.abs() / 60 % 60)
}

/// Weekdays from Monday on, and months.
fn names(tongue: Tongue) -> (&'static [&'static str; 7], &'static [&'static str; 12]) {
    match tongue {
        Tongue::En => (
            &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
            &[
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
        ),
        Tongue::De => (
            &["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
            &[
                "Januar",
                "Februar",
                "März",
                "April",
                "Mai",
                "Juni",
                "Juli",
                "August",
                "September",
                "Oktober",
                "November",
                "Dezember",
            ],
        ),
        Tongue::Es => (
            &["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
            &[
                "enero",
                "febrero",
                "marzo",
                "abril",
                "mayo",
                "junio",
                "julio",
                "agosto",
                "septiembre",
                "octubre",
                "noviembre",
                "diciembre",
            ],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warmline_coordination::hours::instant;

    fn slot(at: &str, zone: &str) -> Slot {
        Slot::new(instant(at).unwrap(), 15, zone).unwrap()
    }

    #[test]
    fn days_are_written_as_in_each_language_and_by_the_clock_of_the_zone() {
        let slot = slot("2026-11-30T23:30:00Z", "Europe/Berlin");
        assert_eq!(slot.hours(), "00:30–00:45");
        assert_eq!(slot.day(Tongue::En), "Tuesday, 1 December 2026");
        assert_eq!(slot.day(Tongue::De), "Dienstag, 1. Dezember 2026");
        assert_eq!(slot.day(Tongue::Es), "martes, 1 de diciembre de 2026");
    }

    #[test]
    fn a_slot_over_the_change_of_clocks_says_so() {
        assert_eq!(slot("2026-10-25T00:45:00Z", "Europe/Berlin").hours(), "02:45+02:00–02:00+01:00");
        assert_eq!(slot("2026-10-25T01:45:00Z", "Europe/Berlin").hours(), "02:45–03:00");
        assert_eq!(slot("2026-10-25T01:45:00Z", "Nowhere/Land").hours(), "01:45–02:00");
    }

    #[test]
    fn the_first_language_that_we_write_counts() {
        assert_eq!(Tongue::accepted("fr-CA,fr;q=0.9,de-AT;q=0.8,en;q=0.7"), Tongue::De);
        assert_eq!((Tongue::accepted(""), Tongue::accepted("xx, ES")), (Tongue::En, Tongue::Es));
        assert_eq!(
            (Tongue::of("de-DE"), Tongue::of("d"), Tongue::of("éa")),
            (Tongue::De, Tongue::En, Tongue::En)
        );
    }
}
