//! What the form without a script asks besides the number: what it is about, the site's questions, and when.

use super::page::{Shown, safe};
use super::words::Words;
use crate::clock;
use crate::dates::Slot;
use crate::offer;
use crate::settings::SiteInfo;
use crate::state::WebState;
use crate::visitor::whence;
use axum::http::HeaderMap;
use std::fmt::Write;
use warmline_coordination::hours::instant;
use warmline_coordination::number;
use warmline_coordination::request::{Mode, Reply, Request, Whose};
use warmline_coordination::view::SlotsView;

/// Days from which a time can be chosen; whoever wants a later one runs a script.
const DAYS: u32 = 7;
/// Times that are offered, at most.
const MOST: usize = 300;

/// When he can be called.
pub(super) struct Times {
    /// He can be called at all.
    pub open: bool,
    /// A number would be shown to whoever calls himself.
    pub number: bool,
    /// Now, too.
    now: bool,
    slots: Option<Box<SlotsView>>,
}

impl Times {
    /// As they are at this moment for a number as it is typed, perhaps not yet; without an answer of the firm: now only.
    pub async fn of(state: &WebState, site: &SiteInfo, headers: &HeaderMap, typed: &str) -> Self {
        let whence = whence(None, headers).unwrap_or_default();
        let offer = offer::now(state, site, (None, None), whence).await;
        let number = offer.modes.contains(&Mode::Dial);
        let open = offer.modes.contains(&Mode::Callme);
        let whose = match (number::typed(typed, site.countries.first()), &site.countries[..]) {
            (Some(number), _) => Whose::Number(number),
            (None, [only]) => Whose::Country(only.clone()),
            (None, _) => Whose::Anybody,
        };
        let asked =
            Request::Slots { site: site.name.clone(), from: clock::now(), days: DAYS, whose, zone: None };
        let slots = match if open { state.ask(asked).await.ok() } else { None } {
            Some(Reply::Slots(view)) => Some(view),
            _ => None,
        };
        let by_his_clock = slots.as_ref().is_none_or(|slots| slots.now);
        Times { open, number, now: by_his_clock && !offer.open.callme_later_only, slots }
    }
}

/// The zone in which a moment is told, where there is one.
pub(super) async fn zone(state: &WebState, site: &SiteInfo, due: Option<&str>) -> String {
    if due.is_none() {
        return String::new();
    }
    let (from, whose) = (clock::now(), Whose::Anybody);
    let asked = Request::Slots { site: site.name.clone(), from, days: 1, whose, zone: None };
    match state.ask(asked).await {
        Ok(Reply::Slots(view)) => view.zone,
        _ => "UTC".to_owned(),
    }
}

/// A moment with its day and its zone.
pub(super) fn when(words: &Words, due: &str, zone: &str) -> Option<String> {
    let slot = Slot::new(instant(due)?, 0, zone)?;
    Some(format!("{}, {} ({zone})", slot.day(words.tongue), slot.start()))
}

/// The place of a choice, as the form sends it.
pub(super) fn place(sent: &str) -> Option<u8> {
    // What is no place is no choice of the question: it is refused as such.
    (!sent.is_empty()).then(|| sent.parse().unwrap_or(u8::MAX))
}

/// Topic, questions and time.
pub(super) fn fields(words: &Words, shown: &Shown) -> String {
    let asking = &shown.site.asking;
    let mut html = String::new();
    if !asking.topics.is_empty() {
        let none = (String::new(), words.any_topic.to_owned());
        let topics = asking.topics.iter().map(|topic| (topic.clone(), topic.clone()));
        let options = options(std::iter::once(none).chain(topics), &shown.sent.topic);
        let _ = write!(html, "<label>{}<select name=\"topic\">{options}</select></label>", words.topic);
    }
    for (at, (question, chosen)) in asking.questions.iter().zip(shown.sent.answers()).enumerate() {
        let _ = write!(html, "<fieldset><legend>{}</legend>", safe(&question.ask));
        for (place, choice) in question.choices.iter().enumerate() {
            let checked = if place.to_string() == chosen { " checked" } else { "" };
            let _ = write!(
                html,
                "<label class=\"tick\"><input type=\"radio\" name=\"answer{at}\" value=\"{place}\"{checked}><span>{}</span></label>",
                safe(choice)
            );
        }
        html.push_str("</fieldset>");
    }
    html + &times(words, shown)
}

fn times(words: &Words, shown: &Shown) -> String {
    let Some(slots) = shown.times.slots.as_deref() else { return String::new() };
    if slots.slots.is_empty() {
        return no_times(words, slots);
    }
    // Where nobody is there now a time must be chosen.
    let (first, required) = if shown.times.now { (words.now, "") } else { (words.choose, " required") };
    let first = options(std::iter::once((String::new(), first.to_owned())), &shown.sent.due);
    format!(
        "<label>{} <i>{}</i><select name=\"due\"{required}>{first}{}</select></label>",
        words.when,
        safe(&slots.zone),
        slot_options(words, slots, &shown.sent.due),
    )
}

/// None of the times is left by the clock of whoever is to be called.
pub(super) fn no_times(words: &Words, slots: &SlotsView) -> String {
    let said = slots.slots.is_empty() && slots.narrowed;
    if said { format!("<p role=\"status\">{}</p>", words.no_times) } else { String::new() }
}

/// The times to choose from, by their days.
pub(super) fn slot_options(words: &Words, view: &SlotsView, chosen: &str) -> String {
    let (mut html, mut today) = (String::new(), String::new());
    for time in view.slots.iter().take(MOST) {
        let slot = instant(time).and_then(|at| Slot::new(at, view.slot_minutes, &view.zone));
        let Some(slot) = slot else { continue };
        let day = slot.day(words.tongue);
        let text = format!("{day}, {}", slot.hours());
        if day != today {
            html.push_str(if today.is_empty() { "" } else { "</optgroup>" });
            let _ = write!(html, "<optgroup label=\"{}\">", safe(&day));
            today = day;
        }
        html.push_str(&options(std::iter::once((time.clone(), text)), chosen));
    }
    html.push_str(if today.is_empty() { "" } else { "</optgroup>" });
    html
}

fn options(rows: impl Iterator<Item = (String, String)>, chosen: &str) -> String {
    let mut html = String::new();
    for (value, text) in rows {
        let selected = if value == chosen { " selected" } else { "" };
        let _ = write!(html, "<option value=\"{}\"{selected}>{}</option>", safe(&value), safe(&text));
    }
    html
}
