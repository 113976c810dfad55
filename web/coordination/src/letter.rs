//! Letters: what is sent by e-mail. What a visitor writes goes to his queue's mailbox (N 0043); what is agreed upon with him goes to him.

use crate::ids::{ContactId, ReservationId, VisitorId};
use crate::request::Page;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use warmline_time::Time;

/// Letters of a firm that wait for the mail server; beyond, none is taken.
pub(crate) const WAITING: usize = 1_000;
/// A letter is given up so long after it was written.
pub(crate) const GIVE_UP: Duration = Duration::from_secs(24 * 3_600);
/// After so long without a word the sending of a letter counts as failed.
pub(crate) const ANSWER: Duration = Duration::from_secs(180);
/// What one visitor, one address and one firm may write in an hour.
const WRITTEN: [usize; 3] = [5, 10, 200];
/// What one address is told in a day: whoever types somebody else's cannot flood him.
const TOLD: usize = 6;
/// Those whose letters are counted; the oldest are forgotten.
const COUNTED: usize = 10_000;

/// A letter as it is kept until it is sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Letter {
    /// Whose page it is about.
    pub site: String,
    /// To whom: an e-mail address.
    pub to: String,
    /// BCP 47: the visitor's.
    pub language: String,
    /// Where he was.
    pub page: Page,
    /// What it says.
    pub content: Content,
}

/// What a letter says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Content {
    /// What a visitor has written, for a queue.
    Written(Box<Written>),
    /// When a visitor is called.
    Appointment(Appointment),
}

/// See [`Content::Written`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Written {
    pub visitor: VisitorId,
    pub contact: ContactId,
    /// What he calls himself; may be empty.
    pub name: String,
    /// Where he wants the answer.
    pub email: String,
    /// One of the site's, where he chose one.
    pub topic: Option<String>,
    /// At most 4,000 characters.
    pub text: String,
    /// His record's, as far as they are known: E.164.
    pub numbers: Vec<String>,
    /// The queue.
    pub queue: String,
}

/// See [`Content::Appointment`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Appointment {
    /// Of which request.
    pub reservation: ReservationId,
    /// When, in microseconds since the epoch; none: not at a fixed time any more.
    pub at: Option<u64>,
    /// He is not called: it was taken back.
    pub withdrawn: bool,
    /// How long his slot is, in minutes.
    pub minutes: u32,
    /// The time zone of the queue, as IANA names it.
    pub zone: String,
    /// The end of his number: `•••0142`.
    pub number: String,
    /// Rises with each letter about this request, from 0 (RFC 5545, SEQUENCE).
    pub sequence: u32,
}

/// A letter on its way out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sending {
    /// The firm's name.
    pub firm: String,
    /// The firm's own number of it: that of its row in the journal.
    pub letter: u64,
    /// When it was written.
    pub written: Time,
    /// What.
    pub what: Letter,
}

/// What became of a sending.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    /// The mail server has it.
    Taken,
    /// It will never have it: a 5xx answer, or an address that is none.
    Refused,
    /// It may have it later.
    Failed,
}

/// What a visitor writes (`POST /v1/web/messages`), checked in form by the web.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Writing {
    pub site: String,
    pub visitor: VisitorId,
    /// The client's address, for limits; never stored.
    pub address: String,
    pub page: Page,
    pub name: String,
    pub email: String,
    pub topic: Option<String>,
    pub text: String,
    pub language: String,
    /// Who he is by a token of the site that was checked.
    pub identity: Option<Box<crate::identity::Identity>>,
}

/// How a visitor is written to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Correspondent {
    /// His e-mail address, as he typed it; at most 254 characters.
    pub email: String,
    /// BCP 47.
    pub language: String,
}

/// A firm's letters until they are sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub waiting: BTreeMap<u64, Waiting>,
    quota: Quota,
    pub sent: u64,
    pub given_up: u64,
    pub withheld: u64,
}

#[derive(Debug)]
pub(crate) struct Waiting {
    pub letter: Letter,
    pub written: Time,
    pub attempts: u32,
    /// The mail server is being spoken to.
    pub out: bool,
    /// It was read from the journal.
    pub kept: bool,
}

impl Outbox {
    /// Whether somebody may write now; counts it.
    pub fn may_write(&mut self, now: Time, visitor: VisitorId, address: &str) -> bool {
        let keys = [format!("visitor {visitor}"), format!("address {address}"), "firm".to_owned()];
        let hour = Duration::from_secs(3_600);
        let full = keys.iter().zip(WRITTEN).any(|(key, most)| self.quota.count(now, key, hour) >= most);
        if !full {
            keys.into_iter().for_each(|key| self.quota.note(now, key));
        }
        !full
    }

    /// Letters that these people have written and nobody has sent yet are not sent.
    pub fn forget(&mut self, theirs: impl Fn(ContactId, VisitorId) -> bool) {
        self.waiting.retain(|_, row| match &row.letter.content {
            Content::Written(text) => !theirs(text.contact, text.visitor),
            Content::Appointment(_) => true,
        });
    }

    /// Whether an address may be told something now; counts it.
    pub fn may_tell(&mut self, now: Time, email: &str) -> bool {
        let key = format!("to {}", email.to_lowercase());
        let free = self.quota.count(now, &key, Duration::from_secs(86_400)) < TOLD;
        if free {
            self.quota.note(now, key);
        } else {
            self.withheld += 1;
        }
        free
    }

    /// One more waits, under its number.
    pub fn push(&mut self, number: u64, written: Time, letter: Letter) {
        self.waiting.insert(number, Waiting { letter, written, attempts: 0, out: false, kept: false });
    }

    /// The pause before the next attempt after so many; none: it is given up.
    pub fn pause(attempts: u32, written: Time, now: Time) -> Option<Duration> {
        let minutes = match attempts {
            0 | 1 => 1,
            2 => 5,
            3 => 15,
            _ => 60,
        };
        let pause = Duration::from_secs(minutes * 60);
        (now + pause < written + GIVE_UP).then_some(pause)
    }
}

/// When whose letters were written, the oldest of whom are forgotten.
#[derive(Debug, Default)]
struct Quota {
    times: BTreeMap<String, VecDeque<Time>>,
    order: VecDeque<String>,
}

impl Quota {
    fn count(&mut self, now: Time, key: &str, span: Duration) -> usize {
        let Some(times) = self.times.get_mut(key) else { return 0 };
        while times.front().is_some_and(|&at| at + span <= now) {
            times.pop_front();
        }
        times.len()
    }

    fn note(&mut self, now: Time, key: String) {
        if !self.times.contains_key(&key) {
            self.order.push_back(key.clone());
        }
        self.times.entry(key).or_default().push_back(now);
        while self.order.len() > COUNTED {
            let oldest = self.order.pop_front();
            oldest.and_then(|oldest| self.times.remove(&oldest));
        }
    }
}
