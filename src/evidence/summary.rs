//! A campaign's thirty days as figures: answered, abandoned, told who has called, and how long it rang; signed, and recomputed by
//! whoever gets it (TSR safe harbour, 16 CFR 310.4(b)(4)).

use super::bundle::Place;
use super::key::{Key, has_signed, unhex};
use super::verify::Report;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use warmline_time::Time;

/// What the first version of a summary calls itself.
pub const FORMAT: &str = "warmline-evidence-campaign-1";
/// Days that it is about.
pub const DAYS: u64 = 30;
/// The most that may be abandoned, in hundredths of a percent of those who answered.
const ABANDONED: u64 = 300;
/// Who does not answer is rung for so long at least, in milliseconds.
const RING_MS: u64 = 15_000;
/// Whoever is abandoned hears who has called so soon, in milliseconds.
const MESSAGE_MS: u64 = 2_000;
const DAY: u64 = 86_400_000_000;

/// A summary.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// What is signed.
    pub content: Content,
    /// The public key, Ed25519, in hexadecimal.
    pub key: String,
    /// Of [`Content::message`], in hexadecimal.
    pub signature: String,
}

/// What it says. Nothing in it names a person or a number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// [`FORMAT`].
    pub format: String,
    /// The version of the program that wrote it.
    pub program: String,
    /// Whose journal it is from.
    pub firm: String,
    /// The campaign's id.
    pub campaign: String,
    /// Its name.
    pub name: String,
    /// The first day and the last, `2026-11-30`, by UTC.
    pub from: String,
    /// See `from`.
    pub until: String,
    /// RFC 3339. A last day that is not over then is in it as far as it went.
    pub made_at: String,
    /// Of all days.
    pub total: Figures,
    /// By day, for days with a dialling.
    pub days: Vec<Day>,
    /// Each dialling, from which the figures are made.
    pub diallings: Vec<Dialling>,
    /// The link before the first row of the journal that was read.
    pub before: Place,
    /// The end of the journal when it was made: up to there it was read.
    pub head: Place,
}

/// A day's figures.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// `2026-11-30`, by UTC.
    pub date: String,
    /// What was counted.
    pub figures: Figures,
}

/// What was counted.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Diallings.
    pub dialled: u64,
    /// Answered by a person.
    pub live_answers: u64,
    /// Of these, with nobody who spoke with him.
    pub abandoned: u64,
    /// Their share in hundredths of a percent, rounded up; none where nobody answered.
    pub abandoned_share: Option<u64>,
    /// Of the abandoned, those who heard no message.
    pub without_message: u64,
    /// Of those who heard it, the longest time to its beginning, in milliseconds.
    pub longest_to_message_ms: Option<u64>,
    /// Of those who did not answer in time, the shortest time of ringing, in milliseconds.
    pub shortest_ring_ms: Option<u64>,
}

/// One dialling.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialling {
    /// The row of the journal with its intent.
    pub row: u64,
    /// Microseconds since the epoch: of its intent.
    pub time: u64,
    /// The last word on how it ended; `unknown`: none was written.
    pub outcome: String,
    /// Answered by what was no machine.
    pub live: bool,
    /// Milliseconds for which it rang.
    #[serde(default)]
    pub ring_ms: Option<u64>,
    /// Milliseconds from the end of the greeting, or from the answer where none was heard, to the beginning of the message.
    #[serde(default)]
    pub message_ms: Option<u64>,
}

impl Dialling {
    fn is_abandoned(&self) -> bool {
        self.live && self.outcome == "abandoned"
    }
}

/// The figures of diallings.
pub fn figures<'a>(diallings: impl Iterator<Item = &'a Dialling>) -> Figures {
    let mut all = Figures::default();
    for one in diallings {
        all.dialled += 1;
        all.live_answers += u64::from(one.live);
        if one.is_abandoned() {
            all.abandoned += 1;
            all.without_message += u64::from(one.message_ms.is_none());
            all.longest_to_message_ms = all.longest_to_message_ms.max(one.message_ms);
        }
        if let Some(ring) = one.ring_ms.filter(|_| one.outcome == "no_answer") {
            all.shortest_ring_ms = Some(all.shortest_ring_ms.map_or(ring, |least| least.min(ring)));
        }
    }
    let share = |answered: u64| (all.abandoned * 10_000).div_ceil(answered);
    all.abandoned_share = (all.live_answers > 0).then(|| share(all.live_answers));
    all
}

/// The same by day.
pub fn days(diallings: &[Dialling]) -> Vec<Day> {
    let mut days: BTreeMap<u64, Vec<&Dialling>> = BTreeMap::new();
    for one in diallings {
        days.entry(one.time / DAY).or_default().push(one);
    }
    let day =
        |(day, rows): (u64, Vec<&Dialling>)| Day { date: date(day), figures: figures(rows.into_iter()) };
    days.into_iter().map(day).collect()
}

/// A day since the epoch as it is written.
pub fn date(day: u64) -> String {
    Time::from_micros(day.saturating_mul(DAY)).rfc3339()[..10].to_owned()
}

/// The day of a moment.
pub fn day_of(at: Time) -> u64 {
    at.as_micros() / DAY
}

impl Figures {
    /// What a safe harbour asks for, each with whether it is kept.
    fn asked(&self) -> [(bool, String); 3] {
        let percent = |share: u64| format!("{}.{:02} %", share / 100, share % 100);
        let share = self.abandoned_share.map_or("nobody answered".to_owned(), percent);
        let ring = self.shortest_ring_ms.map_or("nobody was given up".to_owned(), |ms| format!("{ms} ms"));
        let message = match (self.without_message, self.longest_to_message_ms) {
            (0, None) => "nobody was abandoned".to_owned(),
            (0, Some(ms)) => format!("after {ms} ms at most"),
            (none, _) => format!("{none} heard none"),
        };
        [
            (
                self.abandoned_share.is_none_or(|share| share <= ABANDONED),
                format!("Abandoned: {} of {} ({share}; 3 % at most).", self.abandoned, self.live_answers),
            ),
            (
                self.shortest_ring_ms.is_none_or(|ms| ms >= RING_MS),
                format!("Shortest ringing without an answer: {ring} (15 s at least)."),
            ),
            (
                self.without_message == 0 && self.longest_to_message_ms.is_none_or(|ms| ms <= MESSAGE_MS),
                format!("The message to the abandoned: {message} (within 2 s)."),
            ),
        ]
    }
}

impl Content {
    /// What is signed: a line that says what for, and the content as JSON without spaces between its parts.
    ///
    /// # Errors
    /// None that can happen: all of it is text and numbers.
    pub fn message(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut message = format!("{FORMAT}\n").into_bytes();
        serde_json::to_writer(&mut message, self)?;
        Ok(message)
    }

    /// The summary.
    ///
    /// # Errors
    /// As of [`Content::message`].
    pub fn signed(self, key: &Key) -> Result<Summary, serde_json::Error> {
        let signature = key.sign(&self.message()?);
        Ok(Summary { content: self, key: key.public(), signature })
    }
}

impl Summary {
    /// As a file.
    ///
    /// # Errors
    /// As of [`Content::message`].
    pub fn text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// A summary, where the text calls itself one.
///
/// # Errors
/// Where it is none all the same, in a sentence.
pub fn read(text: &str) -> Option<Result<Summary, String>> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    (value["content"]["format"] == FORMAT).then(|| {
        // From the text: a key that is there twice is refused.
        serde_json::from_str(text).map_err(|error| format!("this is no summary of a campaign: {error}"))
    })
}

/// Looks at a summary. `key`: the public key that is trusted, in hexadecimal. What a safe harbour asks for is said too; it is no finding
/// about the summary, which may well prove that it was not kept.
pub fn verify(summary: &Summary, key: Option<&str>) -> Report {
    let mut report = Report::default();
    let content = &summary.content;
    let what = format!("campaign {:?} ({}) of firm {}", content.name, content.campaign, content.firm);
    report.add(
        content.format == FORMAT,
        format!("The file is a summary of {what}, {} to {}.", content.from, content.until),
        format!("The file calls itself {:?}, not {FORMAT}: another version wrote it.", content.format),
    );
    let signed =
        content.message().is_ok_and(|message| has_signed(&summary.key, &message, &summary.signature));
    report.add(
        signed,
        format!("The key {} has signed it, made at {}.", summary.key, content.made_at),
        format!(
            "The key {} has not signed this: something in it was changed, or the signature.",
            summary.key
        ),
    );
    if let Some(key) = key {
        let trusted = key.trim().eq_ignore_ascii_case(&summary.key);
        report.add(trusted, "That is the key you trust.", format!("You trust another key: {}.", key.trim()));
    }
    let linked = [&content.before, &content.head].iter().all(|place| unhex::<32>(&place.link).is_some());
    report.add(
        linked && content.head.seq > content.before.seq,
        format!("It was made of the journal's rows up to {}:{}.", content.head.seq, content.head.link),
        "The places in the journal are none.",
    );
    report.add(
        is_in_order(content),
        format!("Its {} diallings are of those days, each of a row of its own.", content.diallings.len()),
        "A dialling is of another day or row than it can be.",
    );
    report.add(
        figures(content.diallings.iter()) == content.total && days(&content.diallings) == content.days,
        "The figures are those of the diallings.",
        "The figures are not those of the diallings.",
    );
    for (kept, what) in content.total.asked() {
        report.note(format!("{} {what}", if kept { "Kept." } else { "NOT KEPT." }));
    }
    report
}

fn is_in_order(content: &Content) -> bool {
    let rows = content.diallings.iter().map(|one| one.row);
    let ascending = rows.clone().zip(rows.skip(1)).all(|(one, next)| one < next);
    content.diallings.iter().all(|one| {
        let day = date(one.time / DAY);
        let within = content.from <= day && day <= content.until;
        within && one.row > content.before.seq && one.row <= content.head.seq
    }) && ascending
}
