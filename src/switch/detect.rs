//! Call progress: what a dialled customer's line says is listened to, from its early media on, and told.

use super::Switch;
use super::call::{Call, Party};
use super::originate::Dial;
use warmline_coordination::cti::{Event, Verdict};
use warmline_coordination::ids::PartyId;
use warmline_media::ids::LegId;
use warmline_media::progress::{self, Phase, Plan, Settings, Sit};
use warmline_media::worker::Command;
use warmline_sip::message::Message;
use warmline_time::Time;

/// A line that is listened to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listened {
    /// When it was dialled.
    since: Time,
    /// The tones of its country.
    plan: &'static Plan,
    /// Its early media is heard already.
    early: bool,
}

impl Listened {
    /// Where coordination wants it.
    pub(super) fn of(now: Time, dial: &Dial) -> Option<Listened> {
        dial.detect.then(|| Listened { since: now, plan: Plan::of_number(&dial.number), early: false })
    }
}

impl Switch {
    /// A description in a provisional response: what comes before the answer is heard by the detector, and by nobody else.
    pub(super) fn listen_early(&mut self, call: &mut Call, leg: LegId, response: &Message) {
        let worker = call.worker;
        let Some((id, _)) = call.find(leg) else { return };
        let Some(party) = call.party_mut(id).filter(|_| !response.body.is_empty()) else { return };
        let Some(listened) = party.listened.as_mut().filter(|listened| !listened.early) else { return };
        let settings = Settings { plan: listened.plan, phase: Phase::Early };
        listened.early = true;
        let Some(row) = party.legs.iter_mut().find(|row| row.id == leg) else { return };
        let Some(media) = row.media.as_mut() else { return };
        if media.take_answer(&response.body).is_err() {
            // The 200 may have a better one.
            self.counters.media_refused += 1;
            return;
        }
        self.negotiate(worker, row);
        self.send_media(worker, Command::Listen { leg, settings: Some(settings) });
    }

    /// It has answered: voices count from now on.
    pub(super) fn listen_answered(&mut self, call: &mut Call, id: PartyId) {
        let worker = call.worker;
        let Some(party) = call.party(id) else { return };
        let (Some(listened), Some(leg)) = (party.listened, party.leg()) else { return };
        let settings = Some(Settings { plan: listened.plan, phase: Phase::Answered });
        self.send_media(worker, Command::Listen { leg: leg.id, settings });
    }

    /// The worker has come to a verdict.
    pub(super) fn progressed(
        &mut self,
        at: Time,
        call: &mut Call,
        leg: LegId,
        (verdict, evidence, quiet_ms): (progress::Verdict, String, u32),
    ) {
        let Some((party, _)) = call.find(leg) else { return };
        let Some(row) = call.party(party) else { return };
        let Some(listened) = row.listened else { return };
        let at_ms = u32::try_from(at.since(listened.since).as_millis()).unwrap_or(u32::MAX);
        let answered = Party::is_talking(row);
        let verdict = told(verdict);
        let call_id = call.id;
        self.tell(
            call,
            Event::Progress { call: call_id, party, verdict, evidence, quiet_ms, at_ms, answered },
        );
    }
}

/// As coordination hears it. Special information tones without a meaning of their own are no proof that a number is wrong.
fn told(verdict: progress::Verdict) -> Verdict {
    match verdict {
        progress::Verdict::Ringback => Verdict::Ringback,
        progress::Verdict::Busy => Verdict::Busy,
        progress::Verdict::Sit(Sit::Intercept | Sit::VacantCode) => Verdict::NotFound,
        progress::Verdict::Congestion
        | progress::Verdict::Sit(Sit::NoCircuit | Sit::Reorder | Sit::Unspecified) => Verdict::Congestion,
        progress::Verdict::Fax => Verdict::Fax,
        progress::Verdict::Modem => Verdict::Modem,
        progress::Verdict::Machine => Verdict::Machine,
        progress::Verdict::Person => Verdict::Person,
        progress::Verdict::Unknown => Verdict::Unknown,
    }
}
