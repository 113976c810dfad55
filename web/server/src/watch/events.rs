//! What pages and programs say that visitors do: read with bounds, a wrong one is left out and counted.

use serde::Deserialize;
use std::borrow::Cow;
use std::time::Duration;
use warmline_coordination::activity::{Event, MOST_EVENTS, Said, What};
use warmline_time::Time;

/// The longest address of a page, in bytes; its longest title, in characters.
const URL: usize = 2_048;
const TITLE: usize = 300;
/// The name of a field or of an event of the shop's own.
const NAME: usize = 40;
/// What such an event says.
const VALUE: usize = 100;
/// Nobody has more in his cart, in hundredths.
const MOST_CENTS: f64 = 1e14;

/// One thing, as it is written.
#[derive(Deserialize)]
pub(super) struct RawEvent<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    /// Milliseconds before the request.
    #[serde(default)]
    ago: f64,
    #[serde(default, borrow)]
    url: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    title: Option<Cow<'a, str>>,
    #[serde(default)]
    secs: f64,
    #[serde(default)]
    percent: f64,
    #[serde(default, borrow)]
    field: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    value: Option<Value<'a>>,
    #[serde(default)]
    items: f64,
    #[serde(default, borrow)]
    name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value<'a> {
    Number(f64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
    Other(serde::de::IgnoredAny),
}

/// What they say, in order, of the first 32; those that say nothing are counted.
pub(super) fn read<'a>(raw: &'a [RawEvent<'_>], now: Time) -> Vec<Event<'a>> {
    let mut events = Vec::with_capacity(raw.len().min(MOST_EVENTS));
    let mut wrong = raw.len().saturating_sub(MOST_EVENTS) as u64;
    for row in raw.iter().take(MOST_EVENTS) {
        let ago = Duration::from_millis(row.ago.clamp(0.0, 3_600_000.0) as u64);
        match what(row) {
            Some(what) => events.push(Event {
                at: Time::from_micros(now.as_micros().saturating_sub(ago.as_micros() as u64)),
                what,
            }),
            None => wrong += 1,
        }
    }
    if wrong > 0 {
        metrics::counter!("warmline_watch_events_invalid_total").increment(wrong);
    }
    events
}

/// Cents of a purchase among them.
pub(super) fn purchases<'a>(events: &'a [Event<'_>]) -> impl Iterator<Item = u64> + 'a {
    events.iter().filter_map(|event| match event.what {
        What::Purchase { cents } => Some(cents),
        _ => None,
    })
}

fn what<'a>(row: &'a RawEvent<'_>) -> Option<What<'a>> {
    let secs = row.secs.clamp(0.0, 86_400.0) as u32;
    Some(match &*row.kind {
        "view" => {
            let url = page_url(row.url.as_deref()?)?;
            What::View { url, title: head(row.title.as_deref().unwrap_or_default(), TITLE) }
        }
        "dwell" => What::Dwell { secs },
        "scroll" => What::Scroll { percent: row.percent.clamp(0.0, 100.0) as u8 },
        "idle" => What::Idle { secs },
        "active" => What::Active,
        "error" => What::Error { field: head(row.field.as_deref().unwrap_or_default(), NAME) },
        "cart" => What::Cart { cents: cents(row)?, items: row.items.clamp(0.0, 1e6) as u32 },
        "purchase" => What::Purchase { cents: cents(row)? },
        "custom" => What::Custom { name: own_name(row.name.as_deref()?)?, value: said(row) },
        "leave" => What::Leave,
        _ => return None,
    })
}

/// An address of a page, in form.
pub(super) fn page_url(url: &str) -> Option<&str> {
    let web = url.starts_with("https://") || url.starts_with("http://");
    let plain = url.bytes().all(|byte| !byte.is_ascii_control() && byte != b' ');
    (web && plain && url.len() <= URL).then_some(url)
}

fn own_name(name: &str) -> Option<&str> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    ((1..=NAME).contains(&name.len()) && name.bytes().all(fits)).then_some(name)
}

fn cents(row: &RawEvent<'_>) -> Option<u64> {
    match row.value {
        Some(Value::Number(value)) if value >= 0.0 => Some((value * 100.0).round().min(MOST_CENTS) as u64),
        _ => None,
    }
}

fn said<'a>(row: &'a RawEvent<'_>) -> Said<'a> {
    match &row.value {
        Some(Value::Number(number)) if number.is_finite() => Said::Number(*number),
        Some(Value::Text(text)) => Said::Text(head(text, VALUE)),
        _ => Said::Nothing,
    }
}

/// The first characters of a text.
pub(super) fn head(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_form_is_taken_and_the_rest_left() {
        let text = r#"[
            {"kind":"view","url":"https://shop.test/a?q=1","title":"A","ago":2000},
            {"kind":"view","url":"javascript:alert(1)"},
            {"kind":"cart","value":129.995,"items":2},
            {"kind":"cart","value":"much"},
            {"kind":"cart","value":-1},
            {"kind":"scroll","percent":1e9},
            {"kind":"custom","name":"Plan","value":"pro"},
            {"kind":"custom","name":"plan","value":"pro"},
            {"kind":"dwell","secs":-5},
            {"kind":"dance"},
            {"kind":"purchase","value":1e300}
        ]"#;
        let raw: Vec<RawEvent<'_>> = serde_json::from_str(text).unwrap();
        let now = Time::from_micros(10_000_000);
        let events = read(&raw, now);
        assert_eq!(events[0].at, Time::from_micros(8_000_000));
        let whats: Vec<What<'_>> = events.iter().map(|event| event.what).collect();
        assert_eq!(
            whats,
            [
                What::View { url: "https://shop.test/a?q=1", title: "A" },
                What::Cart { cents: 13_000, items: 2 },
                What::Scroll { percent: 100 },
                What::Custom { name: "plan", value: Said::Text("pro") },
                What::Dwell { secs: 0 },
                What::Purchase { cents: MOST_CENTS as u64 },
            ]
        );
        assert_eq!(purchases(&events).collect::<Vec<_>>(), [MOST_CENTS as u64]);
    }

    #[test]
    fn no_more_than_32_are_looked_at_at_once() {
        let text = format!("[{}]", vec![r#"{"kind":"active"}"#; 40].join(","));
        let raw: Vec<RawEvent<'_>> = serde_json::from_str(&text).unwrap();
        assert_eq!(read(&raw, Time::ZERO).len(), 32);
    }
}
