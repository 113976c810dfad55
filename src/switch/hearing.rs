//! Who hears what: the parties that are to hear each other are connected at the worker, those who are left alone are played
//! something. One function, [`Switch::arrange`], is called after whatever changes it, and tells the worker only what is news.

use super::Switch;
use super::call::{Call, Kind, Party, PartyState, Treatment};
use super::leg::{Leg, Playing};
use std::time::Duration;
use warmline_coordination::cti::Event;
use warmline_media::ids::LegId;
use warmline_media::tone::Sound;
use warmline_media::worker::Command;
use warmline_time::Time;

/// Samples a second of speech.
const RATE: u64 = 8_000;

impl Switch {
    /// Makes the worker do what the call's parties are to hear now. Nothing of ours is played to those who are on hold by their
    /// own wish; who is left alone by it hears music until they are back.
    pub(super) fn arrange(&mut self, now: Time, call: &mut Call) {
        if call.over {
            return;
        }
        if call.kind == Kind::Echo {
            return self.arrange_echo(now, call);
        }
        let joined = call.joined();
        if joined.contains(&call.a.id) {
            call.treatment = Treatment::None;
            if !call.bridged {
                call.bridged = true;
                self.tell(call, Event::Bridged { call: call.id });
            }
        } else if !call.is_controlled() {
            return;
        }
        if !call.anchored {
            return;
        }
        let hears = |leg: &&Leg| leg.is_negotiated() && !leg.held;
        let legs = |party: &Party| party.leg().filter(hears).map(|leg| leg.id);
        let mut connected: Vec<LegId> =
            joined.iter().filter_map(|id| call.party(*id)).filter_map(legs).collect();
        if connected.len() < 2 {
            connected.clear();
        }
        let alone = call.parties().filter(|party| party.is_talking()).filter_map(|party| {
            let leg = legs(party).filter(|leg| !connected.contains(leg) && !party.is_lost())?;
            let joined = joined.contains(&party.id);
            let treatment = match (call.awaits(party.id), call.is_customer(party.id)) {
                _ if joined => Treatment::Music,
                (Some(true), _) => Treatment::Music,
                (Some(false), _) => Treatment::Silence,
                (None, true) => call.treatment_alone(),
                (None, false) if call.a.state == PartyState::Ringing => Treatment::Ringback,
                (None, false) => Treatment::Silence,
            };
            Some((leg, treatment))
        });
        let alone: Vec<(LegId, Treatment)> = alone.collect();
        self.connect(call, connected, &alone);
        for (leg, treatment) in alone {
            self.play(now, call, leg, &treatment);
        }
    }

    /// Tells the worker which legs hear each other.
    fn connect(&mut self, call: &mut Call, legs: Vec<LegId>, alone: &[(LegId, Treatment)]) {
        if call.connected == legs {
            return;
        }
        let before = std::mem::replace(&mut call.connected, legs);
        // One who goes on hold leaves the others, who go on.
        let out = |leg: &&LegId| {
            !call.connected.is_empty()
                && !call.connected.contains(leg)
                && !alone.iter().any(|(other, _)| other == *leg)
        };
        let out: Vec<LegId> = before.iter().filter(out).copied().collect();
        for leg in out {
            self.send_media(call.worker, Command::Disconnect { leg });
        }
        match call.connected[..] {
            [] => return,
            [a, b] => self.send_media(call.worker, Command::Connect { a, b }),
            _ => self.send_media(call.worker, Command::Conference { legs: call.connected.clone() }),
        }
        for leg in call.connected.clone() {
            if let Some(row) = call.leg_mut(leg) {
                row.playing = None;
            }
        }
    }

    /// Plays something to a leg, where it does not hear that already.
    pub(super) fn play(&mut self, now: Time, call: &mut Call, leg: LegId, treatment: &Treatment) {
        let (playing, sound) = match treatment {
            Treatment::None => return,
            Treatment::Silence => (Playing::Silence, Sound::Silence),
            Treatment::Ringback => (Playing::Ringback, Sound::Ringback),
            Treatment::Music => (Playing::Music, Sound::Music),
            Treatment::Speech(speech) => {
                let length = speech.samples.len() as u64 * 1_000_000 / RATE;
                let ends = now + Duration::from_micros(length);
                (Playing::Speech { number: speech.number, ends }, Sound::Speech(speech.samples.clone()))
            }
        };
        let worker = call.worker;
        let Some(row) = call.leg_mut(leg) else { return };
        let goes_on = match (row.playing, playing) {
            (Some(Playing::Speech { number, .. }), Playing::Speech { number: other, .. }) => number == other,
            (before, playing) => before == Some(playing),
        };
        if !goes_on {
            row.playing = Some(playing);
            self.send_media(worker, Command::Play { leg, sound });
        }
    }

    /// A leg is gone: whom it heard is arranged anew.
    pub(super) fn forget_connection(&mut self, call: &mut Call, leg: LegId) {
        if call.connected.contains(&leg) {
            call.connected.clear();
        }
    }
}
