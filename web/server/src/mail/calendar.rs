//! An appointment as calendars take it in (RFC 5545, RFC 5546).

use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use warmline_coordination::letter::Appointment;
use warmline_time::Time;

/// `METHOD`: what the calendar is to do.
pub(super) fn method(of: &Appointment) -> &'static str {
    if is_canceled(of) { "CANCEL" } else { "REQUEST" }
}

fn is_canceled(of: &Appointment) -> bool {
    of.withdrawn || of.at.is_none()
}

/// The text of the file. `organizer` and `attendee` are addresses.
pub(super) fn file(
    of: &Appointment,
    written: Time,
    (summary, description, link): (&str, &str, &str),
    (organizer, attendee): (&str, &str),
) -> Option<String> {
    let moment = |at: Time| chrono::DateTime::from_timestamp(i64::try_from(at.as_secs()).ok()?, 0);
    let mut attends = Property::new("ATTENDEE", format!("mailto:{attendee}"));
    attends.add_parameter("PARTSTAT", "ACCEPTED").add_parameter("RSVP", "FALSE");
    let mut event = Event::new();
    event
        .uid(&format!("{}@warmline", of.reservation))
        .sequence(of.sequence)
        .timestamp(moment(written)?)
        .summary(summary)
        .description(description)
        .url(link)
        .status(if is_canceled(of) { EventStatus::Cancelled } else { EventStatus::Confirmed })
        .append_property(Property::new("ORGANIZER", format!("mailto:{organizer}")))
        .append_multi_property(attends);
    if let Some(at) = of.at {
        let start = moment(Time::from_micros(at))?;
        event.starts(start).ends(start + chrono::Duration::minutes(of.minutes.into()));
    }
    let mut calendar = Calendar::empty();
    calendar
        .append_property(Property::new("VERSION", "2.0"))
        .append_property(Property::new("PRODID", "-//Warmline//Warmline//EN"))
        .append_property(Property::new("METHOD", method(of)))
        .push(event.done());
    Some(calendar.done().to_string())
}
