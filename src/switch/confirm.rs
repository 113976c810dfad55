//! A phone that a machine may answer, or a stranger may dial from: whoever does is asked to press 1 or to key a code, again and again, and
//! is in the call only then.

use super::call::{Call, PartyState, Step};
use super::{Switch, Timer, say};
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::cti::Confirm;
use warmline_coordination::ids::PartyId;
use warmline_media::ids::LegId;
use warmline_media::tone::Sound;
use warmline_media::worker::Command;
use warmline_time::Time;

/// How often a code's number of keys may be keyed: who has not found it by then does not.
const TRIES: usize = 3;
/// And this often at least, for the sake of who presses a wrong key first.
const KEYS: usize = 10;
/// Silence between two times, in samples: 1.5 s.
const PAUSE: usize = 12_000;

/// What a party is asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// 8,000 a second; a pause at its end.
    samples: Arc<[i16]>,
    /// How long it may take to say yes.
    limit: Duration,
    /// What is to be keyed.
    code: String,
    /// What was.
    keyed: String,
}

impl Question {
    /// One more key. Whether the code is complete.
    fn hears(&mut self, digit: char) -> bool {
        let room = self.keyed.len() < KEYS.max(TRIES * self.code.len());
        self.keyed.extend(Some(digit).filter(|_| room));
        room && self.keyed.ends_with(&self.code)
    }
}

impl Switch {
    /// `Confirm`, as it will be heard.
    pub(super) fn question(&self, confirm: &Confirm) -> Question {
        let spoken = say::samples(&self.settings.prompts, &confirm.prompts, &confirm.language);
        let samples = spoken.iter().copied().chain(std::iter::repeat_n(0, PAUSE)).collect();
        Question {
            samples,
            limit: Duration::from_secs(u64::from(confirm.secs)),
            code: confirm.code.clone(),
            keyed: String::new(),
        }
    }

    /// Its phone is answered: the question begins. It counts as ringing to everybody else.
    pub(super) fn ask(&mut self, now: Time, call: &mut Call, id: PartyId) {
        let worker = call.worker;
        let Some(party) = call.party_mut(id) else { return };
        let Some(question) = party.question.clone() else { return };
        let Some(leg) = party.leg_mut() else { return };
        let leg_id = leg.id;
        self.negotiate(worker, leg);
        self.timers.set(Timer::Ring(call.id, id), now + question.limit);
        self.send_media(worker, Command::Play { leg: leg_id, sound: Sound::Speech(question.samples) });
    }

    /// The question has been played to its end: once more. False: it is not about one.
    pub(super) fn asked_again(&mut self, call: &Call, leg: LegId) -> bool {
        let asked = call
            .agents
            .iter()
            .find(|party| party.state == PartyState::Asked && party.leg().is_some_and(|row| row.id == leg));
        let Some(question) = asked.and_then(|party| party.question.as_ref()) else { return false };
        let sound = Sound::Speech(question.samples.clone());
        self.send_media(call.worker, Command::Play { leg, sound });
        true
    }

    /// A key of one who is asked.
    pub(super) fn replied(&mut self, now: Time, call: &mut Call, id: PartyId, digit: char) {
        let Some(party) = call.party_mut(id) else { return };
        let complete = party.question.as_mut().is_some_and(|question| question.hears(digit));
        if complete && party.step(Step::Answer) {
            party.question = None;
            self.timers.cancel(Timer::Ring(call.id, id));
            self.after_answer(now, call, id, None);
        }
    }
}
