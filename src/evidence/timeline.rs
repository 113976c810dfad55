//! What rows say, in the words of the documents, by time.

use super::bundle::{Event, Row};
use warmline_coordination::fact::{
    CallRecorded, ChatPosted, Checked, Dialled, DoNotCall, Fact, ReservationOpened,
};
use warmline_time::Time;

/// Raised by whoever changes a word below: timelines of before are not recomputed then.
pub const WORDS: u32 = 3;

/// A moment, and what it saw.
type Line = (u64, String);

/// The lines of rows. One that this version cannot read is told as such.
pub fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<Event> {
    let mut lines: Vec<(u64, u64, String)> = Vec::new();
    for row in rows {
        let told = match serde_json::from_str(&row.fact) {
            Ok(fact) => lines_of(row.time, &fact),
            Err(_) => vec![(row.time, "A fact that this version of the program does not know.".to_owned())],
        };
        lines.extend(told.into_iter().map(|(time, what)| (time, row.seq, what)));
    }
    // What was told later of an earlier moment goes to its moment.
    lines.sort_by_key(|(time, seq, _)| (*time, *seq));
    lines.into_iter().map(|(time, row, what)| Event { time: moment(time), what, row }).collect()
}

fn moment(micros: u64) -> String {
    Time::from_micros(micros).rfc3339()
}

/// A length of time as people read it.
fn secs(from: u64, to: u64) -> String {
    format!("{:.2} s", to.saturating_sub(from) as f64 / 1e6)
}

fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn lines_of(time: u64, fact: &Fact) -> Vec<Line> {
    let one = |what: String| vec![(time, what)];
    match fact {
        Fact::ReservationOpened(opened) => opened_lines(time, opened),
        Fact::ReservationChanged(row) => one(format!(
            "What is offered changed: {}.",
            with("mode", &word(&row.mode), row.number.as_deref())
        )),
        Fact::ReservationClosed { reason, .. } => one(format!("The request was over: {reason}.")),
        Fact::AgentClaimed { agent: Some(agent), .. } => one(format!("Agent {agent} was claimed for it.")),
        Fact::AgentClaimed { agent: None, .. } => one("No agent was claimed for it any more.".into()),
        Fact::DialIntended { attempt, caller_id, checked, .. } => {
            let shown = caller_id.as_deref().filter(|number| !number.is_empty()).unwrap_or("no number");
            let mut lines = checked_lines(checked.as_deref(), time);
            lines.push((time, format!("Dialling {attempt} was decided; {shown} is shown.")));
            lines
        }
        Fact::DialResolved { outcome, job_done, next, ring_ms, attempt, .. } => {
            let rang = ring_ms
                .map_or(String::new(), |ms| format!(" after ringing for {}", secs(0, u64::from(ms) * 1000)));
            let then = match next {
                Some(at) => format!("; dialled again from {}", moment(*at)),
                None if *job_done => "; the number is not dialled again for this request".into(),
                None => String::new(),
            };
            one(format!("Dialling {attempt}: {outcome}{rang}{then}."))
        }
        Fact::JobDue { due, wanted, .. } => {
            let who = if *wanted { "The visitor wanted to be called" } else { "To be called" };
            let when = due.map_or("as soon as can be".into(), |at| format!("at {}", moment(at)));
            one(format!("{who} {when}."))
        }
        // What it says comes again with the call's end, which a restart gives it too.
        Fact::CallOn(_) => Vec::new(),
        Fact::CallRecorded(record) => call_lines(record),
        Fact::OutcomeNoted(noted) => {
            let code = noted.code.as_ref().map_or(String::new(), |code| format!(", wrap-up code {code}"));
            one(format!("Agent {} noted the outcome{code}.", noted.agent))
        }
        Fact::Commanded(done) => one(format!("{} gave the command {}.", who(&done.by), done.command)),
        Fact::PageShared { agent, on: true, .. } => {
            one(format!("The visitor let agent {agent} see his page from now on."))
        }
        Fact::PageShared { agent, .. } => one(format!("Agent {agent} did not see the page any more.")),
        Fact::ChatPosted(posted) => one(chat_line(posted)),
        Fact::DoNotCall(said) if said.on && said.why == DoNotCall::AGENT => {
            let agent = said.by.as_deref().unwrap_or("of the firm");
            let call = said.call.map_or(String::new(), |call| format!(", in or after call {call}"));
            one(format!("{} is never called again by the firm: he told agent {agent}{call}.", said.number))
        }
        Fact::DoNotCall(said) if said.on => {
            one(format!("{} is never called again: {}.", said.number, said.why))
        }
        Fact::NumbersListed { by, registry: true, .. } => {
            one(format!("{} put the number on the firm's list, as one of a register.", who(by)))
        }
        Fact::NumbersListed { by, .. } => one(format!("{} put the number on the firm's list.", who(by))),
        Fact::DoNotCall(said) => one(format!("The firm took {} off its list.", said.number)),
        Fact::CallCut { call, .. } => one(format!("The program had stopped while call {call} was on.")),
        Fact::LetterQueued(_) => one("A letter about when he is called was written.".into()),
        Fact::LetterSettled { outcome, .. } => one(format!("The letter: {outcome}.")),
        Fact::Invited(_)
        | Fact::InvitationAnswered { .. }
        | Fact::Alerted(_)
        | Fact::AlertSettled { .. }
        | Fact::Purchased { .. }
        | Fact::ContactStored(_)
        | Fact::PriorityChanged(_)
        | Fact::Supervised(_)
        | Fact::FiguresKept(_)
        | Fact::CallmeBreaker { .. }
        | Fact::CampaignOpened { .. }
        | Fact::CampaignFilled { .. }
        | Fact::CampaignSet { .. }
        | Fact::CampaignDropped { .. }
        | Fact::Triggered { .. }
        | Fact::PersonExported { .. }
        | Fact::ErasureOrdered(_)
        | Fact::ErasureBegun { .. }
        | Fact::RowsErased(_)
        | Fact::Erased => one("A fact of other people.".into()),
    }
}

/// Who gave a command: an agent is named with a prefix that no key's name has.
fn who(by: &str) -> String {
    by.strip_prefix("agent:").map_or_else(|| format!("The program {by}"), |name| format!("Supervisor {name}"))
}

fn with(what: &str, value: &str, number: Option<&str>) -> String {
    let number = number.map_or(String::new(), |number| format!(", number {number}"));
    format!("{what} {value}{number}")
}

fn opened_lines(time: u64, opened: &ReservationOpened) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |what: String| lines.push((time, what));
    let at = format!("site {}, page {:?} ({})", opened.site, opened.page.title, opened.page.url);
    match &opened.campaign {
        Some(member) => {
            say(format!("Taken out of campaign {}, its job {}; {at}.", member.campaign, member.order))
        }
        None => say(format!("Asked for `{}` by visitor {}; {at}.", word(&opened.asked), opened.visitor)),
    }
    if let Some(number) = &opened.callee {
        say(format!("To be called: {number}."));
    }
    match &opened.consent {
        Some(consent) => {
            let agreed = if consent.call { "Agreed to be called" } else { "Did not agree to be called" };
            let words =
                consent.text.as_ref().map_or_else(String::new, |text| format!(": \u{201c}{text}\u{201d}"));
            say(format!("{agreed}: consent text {:?}{words}.", consent.version));
        }
        None => say("No consent was given with it.".into()),
    }
    if let Some(hash) = &opened.snapshot {
        say(format!("What the page showed: snapshot SHA-256 {hash}."));
    }
    if let Some(due) = opened.due {
        say(format!("Wanted to be called at {}.", moment(due)));
    }
    if opened.match_digits.is_some() {
        say("The page showed two digits for whoever is called to key in.".into());
    }
    say(format!("Offered: {}.", with("mode", &word(&opened.mode), opened.number.as_deref())));
    lines
}

fn checked_lines(checked: Option<&Checked>, time: u64) -> Vec<Line> {
    let Some(checked) = checked else {
        return vec![(time, "No check before this dialling is in the journal.".into())];
    };
    let list = |row: &warmline_coordination::fact::Looked| format!("{} ({} numbers)", row.list, row.numbers);
    let lists: Vec<String> = checked.lists.iter().map(list).collect();
    let clock = |row: &warmline_coordination::fact::Clock| {
        format!("{} {} {}", row.zone, row.local, if row.open { "open" } else { "closed" })
    };
    let clocks: Vec<String> = checked.clocks.iter().map(clock).collect();
    let hours = match checked.hours.as_str() {
        "exempt" => "exempt, as he had just asked for it".to_owned(),
        other => other.to_owned(),
    };
    let own = match checked.own_request.as_deref() {
        Some("signed_in") => Some("the site vouches for him"),
        Some(_) => Some("whoever answers is asked for the digits of the page"),
        None => None,
    };
    let own = own.map(|how| {
        (checked.at, format!("The number is on a register; he asked for the call himself: {how}."))
    });
    let mut lines = vec![
        (checked.at, format!("Do-not-call: the number is on none of the lists {}.", lists.join(", "))),
        (checked.at, format!("Calling hours: {hours}; the clocks there: {}.", clocks.join(", "))),
    ];
    lines.extend(own);
    lines
}

fn call_lines(record: &CallRecorded) -> Vec<Line> {
    let mut lines = vec![(record.started, format!("Call {} began ({}).", record.call, record.channel))];
    // Of whom we called it is the number that was called.
    if let Some(caller) = record.caller.as_ref().filter(|_| record.dialled.is_none()) {
        lines.push((record.started, format!("He called from {caller}.")));
    }
    let up = record.dialled.as_ref().and_then(|dialled| dialled.up);
    if let Some(dialled) = &record.dialled {
        dialled_lines(dialled, record.ended, &mut lines);
    }
    if let Some(heard) = &record.progress {
        let at = record.started + u64::from(heard.at_ms) * 1000;
        let evidence = &heard.evidence;
        lines.push((at, format!("The line turned out to be: {} ({evidence}).", heard.verdict.word())));
    }
    if let Some(answered) = record.answered {
        let agent = record.agents.first().or(record.agent.as_ref()).map_or("an agent", String::as_str);
        let delay = up.map_or(String::new(), |up| format!(", {} after the answer", secs(up, answered)));
        lines.push((answered, format!("He and agent {agent} heard each other{delay}.")));
    } else if up.is_some() {
        lines.push((record.ended, "He heard no agent in this call.".into()));
    }
    lines.push(match record.known_until {
        Some(known) => {
            let last = moment(known);
            let what =
                format!("The program had stopped in the call, which was on at {last}: it ended by now.");
            (record.ended, what)
        }
        None => (record.ended, format!("The call ended: {}.", word(&record.cause))),
    });
    lines
}

fn dialled_lines(dialled: &Dialled, ended: u64, lines: &mut Vec<Line>) {
    if let Some(rang) = dialled.rang {
        lines.push((rang, format!("His phone rang, for {}.", secs(rang, dialled.up.unwrap_or(ended)))));
    }
    if let Some(up) = dialled.up {
        lines.push((up, "It was answered.".into()));
    }
    for said in &dialled.said {
        let end = match said.until {
            Some(until) => format!("to its end, {}", secs(said.at, until)),
            None => "broken off".into(),
        };
        let what = said.prompts.join(", ");
        lines.push((said.at, format!("He was told {what} ({}; {end}).", said.language)));
    }
    match dialled.matched {
        Some(true) => lines.push((ended, "He keyed in the digits of the page.".into())),
        Some(false) => lines.push((ended, "He did not key in the digits of the page.".into())),
        None => {}
    }
}

fn chat_line(posted: &ChatPosted) -> String {
    let who = posted.agent.as_ref().map_or("The visitor".to_owned(), |agent| format!("Agent {agent}"));
    format!("{who}, in the chat ({}): {:?}", word(&posted.kind), posted.text)
}
