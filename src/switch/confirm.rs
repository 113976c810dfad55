//! A phone that a machine may answer: whoever does is asked to press 1, again and again, and is in the call only then.

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

/// The key that says yes.
const YES: char = '1';
/// Silence between two times, in samples: 1.5 s.
const PAUSE: usize = 12_000;

/// What a party is asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// 8,000 a second; a pause at its end.
    samples: Arc<[i16]>,
    /// How long it may take to say yes.
    limit: Duration,
}

impl Switch {
    /// `Confirm`, as it will be heard.
    pub(super) fn question(&self, confirm: &Confirm) -> Question {
        let spoken = say::samples(&self.settings.prompts, &confirm.prompts, &confirm.language);
        let samples = spoken.iter().copied().chain(std::iter::repeat_n(0, PAUSE)).collect();
        Question { samples, limit: Duration::from_secs(u64::from(confirm.secs)) }
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
        if digit == YES && party.step(Step::Answer) {
            party.question = None;
            self.timers.cancel(Timer::Ring(call.id, id));
            self.after_answer(now, call, id, None);
        }
    }
}
