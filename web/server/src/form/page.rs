//! The plain pages: no script, no picture, nothing loaded; what anybody typed is text.

use super::Sent;
use super::asking::{self, Times};
use super::words::Words;
use crate::settings::SiteInfo;
use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::OnceLock;
use warmline_coordination::hours::instant;
use warmline_coordination::view::{ReservationView, ShownMode, SlotsView};
use warmline_time::Time;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#10181c;--soft:#4a5a63;--paper:#fff;--line:#c5d0d6;--accent:#0b6e69;--on:#fff;--red:#b3261e}\
@media(prefers-color-scheme:dark){:root{--ink:#eef3f5;--soft:#a9b8c0;--paper:#141b1f;--line:#3a474e;--accent:#4fc3bb;--on:#08201e;--red:#ff9a91}}\
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}\
main{max-width:26rem;margin:0 auto;padding:2rem 1.25rem}\
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem}h2{font-size:1.125rem;margin:2rem 0 .25rem}p{margin:0 0 1.25rem;color:var(--soft)}\
a.number{color:var(--accent);font-size:1.75rem;font-weight:600;text-decoration:none;white-space:nowrap}\
label{display:block;margin:0 0 1rem;font-weight:600}label i{font-weight:400;color:var(--soft)}\
input[type=tel],input[type=text],select{display:block;box-sizing:border-box;width:100%;margin-top:.25rem;padding:.7rem .8rem;\
font:inherit;font-weight:400;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.6rem}\
fieldset{margin:0 0 1rem;padding:0;border:0}legend{padding:0;font-weight:600}fieldset label{margin:.35rem 0 0}\
label.tick{display:flex;gap:.6rem;align-items:flex-start;font-weight:400}label.tick input{flex:none;width:1.15rem;height:1.15rem;margin:.2rem 0 0}\
small{display:block;color:var(--soft)}\
button{width:100%;padding:.8rem 1rem;font:inherit;font-weight:600;color:var(--on);background:var(--accent);border:0;border-radius:.6rem;cursor:pointer}\
form+form{margin-top:.75rem}button.plain{color:var(--ink);background:transparent;border:1px solid var(--line)}\
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}\
[role=alert]{padding:.7rem .9rem;border-left:4px solid var(--red);color:var(--ink);background:color-mix(in srgb,var(--red) 10%,transparent)}";

/// What a form shows.
pub(super) struct Shown<'a> {
    pub site: &'a SiteInfo,
    pub page: &'a str,
    /// What was typed and chosen.
    pub sent: &'a Sent,
    pub times: &'a Times,
    pub problem: Option<&'a str>,
    /// The number that he has already.
    pub held: Option<Held<'a>>,
}

/// A number that a visitor holds.
pub(super) struct Held<'a> {
    pub view: &'a ReservationView,
    /// With which it is given back.
    pub key: &'a str,
    pub now: Time,
}

/// Nothing but our own style may be used, and the form goes nowhere else.
pub(super) fn policy() -> HeaderValue {
    static POLICY: OnceLock<HeaderValue> = OnceLock::new();
    let make = || {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
    };
    POLICY.get_or_init(make).clone()
}

/// The form, with what was typed and what was wrong with it.
pub(super) fn form(words: &Words, shown: &Shown) -> String {
    let problem =
        shown.problem.map_or_else(String::new, |text| format!("<p role=\"alert\">{}</p>", safe(text)));
    let number = match &shown.held {
        Some(held) => {
            // Below the form to be called; alone, the page's own title says it.
            let title = format!("<h2>{}</h2>", words.call_us);
            let title = if shown.times.open { title } else { String::new() };
            title + &held_number(words, shown.site, held)
        }
        None => number_form(words, shown),
    };
    // Whoever can only call himself is not asked where he is.
    let called = if shown.times.open || number.is_empty() { asked_form(words, shown) } else { String::new() };
    let title = if called.is_empty() { words.call_us } else { words.title };
    let body =
        format!("<h1>{title}</h1><p>{brand}</p>{problem}{called}{number}", brand = safe(&shown.site.brand));
    whole(words, title, &body)
}

/// To be called.
fn asked_form(words: &Words, shown: &Shown) -> String {
    let version = safe(&shown.site.consent_version);
    format!(
        "<form method=\"post\" action=\"/v1/web/form\">\
<input type=\"hidden\" name=\"site\" value=\"{site}\"><input type=\"hidden\" name=\"page\" value=\"{page}\">\
<label>{number}<input type=\"tel\" name=\"number\" autocomplete=\"tel\" required maxlength=\"40\" value=\"{typed}\"></label>\
<label>{name} <i>{optional}</i><input type=\"text\" name=\"name\" autocomplete=\"name\" maxlength=\"100\" value=\"{named}\"></label>{asked}\
<label class=\"tick\"><input type=\"checkbox\" name=\"consent\" value=\"{version}\" required><span>{consent}<small>{terms} {version}</small></span></label>\
<button>{submit}</button></form>",
        site = safe(&shown.site.name),
        page = safe(shown.page),
        number = words.number,
        typed = safe(&shown.sent.number),
        name = words.name,
        optional = words.optional,
        named = safe(&shown.sent.name),
        asked = asking::fields(words, shown),
        consent = words.consent,
        terms = words.terms,
        submit = words.submit,
    )
}

/// To be shown a number, where one works.
fn number_form(words: &Words, shown: &Shown) -> String {
    if !shown.times.number {
        return String::new();
    }
    format!(
        "<form method=\"post\" action=\"/v1/web/form\">\
<input type=\"hidden\" name=\"site\" value=\"{}\"><input type=\"hidden\" name=\"page\" value=\"{}\">\
<input type=\"hidden\" name=\"mode\" value=\"dial\"><button class=\"plain\">{}</button></form>",
        safe(&shown.site.name),
        safe(shown.page),
        words.show_number,
    )
}

/// The number to call, for how long it is his, the code that he may be asked for, and how to give it back.
pub(super) fn number(words: &Words, site: &SiteInfo, held: &Held) -> String {
    let (brand, number) = (safe(&site.brand), held_number(words, site, held));
    let body = format!("<h1>{}</h1><p>{brand}</p>{number}", words.call_us);
    whole(words, words.call_us, &body)
}

fn held_number(words: &Words, site: &SiteInfo, &Held { view, key, now }: &Held) -> String {
    let dialled = view.number.as_deref().unwrap_or_default();
    let display = view.number_display.as_deref().unwrap_or(dialled);
    let ends = view.expires_at.as_deref().and_then(instant);
    let secs = ends.map_or(0, |ends| ends.since(now).as_secs());
    let yours = if view.shared { String::new() } else { words.yours_for(secs.div_ceil(60).max(1)) };
    let code = view.pin.as_deref().map(|pin| format!("<p>{}</p>", words.code(&safe(pin))));
    format!(
        "<p><a class=\"number\" href=\"{}\">{}</a></p><p>{yours}{}</p>{}{}",
        safe(&link(view)),
        safe(display),
        words.known,
        code.unwrap_or_default(),
        take_back(site, (view, key), "<input type=\"hidden\" name=\"mode\" value=\"dial\">", words.give_back),
    )
}

/// As the widget's: a shared number with pauses, then the code that it asks for.
fn link(view: &ReservationView) -> String {
    let dialled = view.number.as_deref().unwrap_or_default();
    if dialled.starts_with("sip:") {
        return dialled.to_owned();
    }
    let code = view.pin.as_deref().filter(|_| view.shared).map(|pin| format!(",,{pin}"));
    format!("tel:{dialled}{}", code.unwrap_or_default())
}

/// To take back what was asked for.
fn take_back(site: &SiteInfo, (view, key): (&ReservationView, &str), more: &str, button: &str) -> String {
    format!(
        "<form method=\"post\" action=\"/v1/web/form\">\
<input type=\"hidden\" name=\"site\" value=\"{}\"><input type=\"hidden\" name=\"cancel\" value=\"{}\">\
<input type=\"hidden\" name=\"key\" value=\"{}\">{more}<button class=\"plain\">{button}</button></form>",
        safe(&site.name),
        view.id,
        safe(key),
    )
}

/// It is asked for: what happens now, and how to take it back.
pub(super) fn done(
    words: &Words,
    site: &SiteInfo,
    (view, zone): (&ReservationView, &str),
    key: &str,
) -> String {
    if view.mode == ShownMode::Ticket {
        return message(words, words.ticket, words.closed);
    }
    let wait = view.wait.map_or(0, |wait| wait.p50_secs.div_ceil(60));
    let wait = if wait > 0 { format!(" {}", words.about(wait)) } else { String::new() };
    let when = view.due.as_deref().and_then(|due| asking::when(words, due, zone));
    let digits = view.match_digits.as_deref().map(|digits| format!("<p><b>{}</b></p>", words.key_in(digits)));
    let digits = digits.unwrap_or_default();
    let title = when.map_or_else(|| words.done.to_owned(), |when| format!("{} {when}", words.we_call));
    let body = format!(
        "<h1>{}</h1><p>{}{wait}</p>{digits}{}",
        safe(&title),
        words.done_hint,
        take_back(site, (view, key), "", words.cancel),
    );
    whole(words, &title, &body)
}

/// A call that was agreed upon.
pub(super) struct Appointment<'a> {
    pub site: &'a SiteInfo,
    /// When it is.
    pub when: &'a str,
    /// What was done.
    pub note: Option<&'a str>,
    /// What was not.
    pub problem: Option<&'a str>,
    /// The times to choose from; none: it cannot be changed now.
    pub slots: Option<&'a SlotsView>,
}

/// When a call is, another time for it, or none.
pub(super) fn appointment(words: &Words, shown: &Appointment) -> String {
    let said = |role: &str, text: Option<&str>| {
        text.map_or_else(String::new, |text| format!("<p role=\"{role}\">{}</p>", safe(text)))
    };
    let mut body = format!(
        "<h1>{}</h1><p>{}</p>{}{}",
        safe(shown.when),
        safe(&shown.site.brand),
        said("status", shown.note),
        said("alert", shown.problem),
    );
    if let Some(slots) = shown.slots {
        body.push_str(&asking::no_times(words, slots));
        if !slots.slots.is_empty() {
            let _ = write!(
                body,
                "<form method=\"post\"><label>{} <i>({})</i><select name=\"due\" required>{}</select></label>\
<button>{}</button></form>",
                words.another,
                safe(&slots.zone),
                asking::slot_options(words, slots, ""),
                words.change,
            );
        }
        let _ = write!(
            body,
            "<form method=\"post\"><button class=\"plain\" name=\"cancel\" value=\"1\">{}</button></form>",
            words.cancel,
        );
    }
    whole(words, shown.when, &body)
}

/// One sentence, and a second.
pub(super) fn message(words: &Words, title: &str, text: &str) -> String {
    whole(words, title, &format!("<h1>{}</h1><p>{}</p>", safe(title), safe(text)))
}

fn whole(words: &Words, title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<title>{}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>",
        words.tongue.tag(),
        safe(title),
    )
}

/// As text, also between quotes.
pub(super) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' | '<' | '>' | '"' | '\'' => {
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}
