//! What a called party's phones say: it rings, it answers, it fails; and what follows for the call.

use super::call::{Call, Kind, Party, Step};
use super::hangup::Ending;
use super::leg::Leg;
use super::originate::Reach;
use super::{Switch, Timer, cause, identity};
use warmline_coordination::cti::{Cause, Event};
use warmline_coordination::ids::PartyId;
use warmline_media::ids::LegId;
use warmline_sip::endpoint::Failure;
use warmline_sip::message::{HeaderName, Headers, Message};
use warmline_time::Time;

impl Switch {
    /// 101–199 from a phone of ours.
    pub(super) fn progress(&mut self, now: Time, call: &mut Call, leg: LegId, response: &Message) {
        let Some((id, _)) = call.find(leg) else { return };
        let status = response.status().unwrap_or(180);
        if !matches!(status, 180..=183) {
            return;
        }
        let Some(party) = call.party_mut(id) else { return };
        if !party.is_called() {
            return;
        }
        if matches!(status, 180 | 183) && party.step(Step::Ring) {
            self.tell(call, Event::Ringing { call: call.id, party: id });
            // An agent who waits for his customer hears ringback.
            self.arrange(now, call);
        }
        self.listen_early(call, leg, response);
        if call.kind == Kind::Plain {
            self.pass_progress(now, call, leg, status, response);
        }
    }

    /// To the caller of a plain call; with media where the callee has sent a description.
    fn pass_progress(&mut self, now: Time, call: &mut Call, leg: LegId, status: u16, response: &Message) {
        let body = if response.body.is_empty() { None } else { self.early_media(call, leg, response) };
        // The phones of a fork ring one after the other; the caller hears of it once.
        let alerted = call.a.is_waiting() && !call.a.step(Step::Alert);
        if !call.a.is_waiting() || (alerted && status == 180 && body.is_none()) {
            return;
        }
        // 183 without media would be silence.
        let status = if status == 183 && body.is_none() { 180 } else { status };
        if let Some(session) = call.a.leg().and_then(|leg| leg.session) {
            let headers = identity::pass_response(response);
            // A caller that has just gone is told nothing more; its end is on its way to us.
            let _ = self.endpoint.progress(now, session, status, headers, body);
        }
    }

    /// 2xx from a phone of ours: the first wins, the others of its fork stop ringing.
    pub(super) fn established(&mut self, now: Time, call: &mut Call, leg: LegId, response: &Message) {
        if self.answers_back(now, call, leg, response) {
            return;
        }
        let Some((id, _)) = call.find(leg) else { return };
        let Some(row) = call.leg_mut(leg) else { return };
        row.status = 200;
        row.answered = Some(now);
        if let Err(cause) = self.read_final_answer(call, leg, response) {
            self.counters.media_refused += 1;
            return self.drop_leg(now, call, leg, cause);
        }
        let Some(party) = call.party_mut(id) else { return };
        let asked = party.question.is_some();
        if !party.step(if asked { Step::Ask } else { Step::Answer }) {
            return;
        }
        let (winner, losers): (Vec<Leg>, Vec<Leg>) =
            party.legs.drain(..).partition(|candidate| candidate.id == leg);
        party.legs = winner;
        let plan = party.plan.take();
        self.keep_handset(call, id, plan);
        self.timers.cancel(Timer::Ring(call.id, id));
        for loser in losers {
            self.clear_leg(now, call, loser, &Ending::from(Cause::Elsewhere));
        }
        if asked {
            self.ask(now, call, id);
        } else {
            self.after_answer(now, call, id, Some(response));
        }
    }

    /// A party is in the call; `response`: the 2xx by which it came, where that is what it came by.
    pub(super) fn after_answer(
        &mut self,
        now: Time,
        call: &mut Call,
        id: PartyId,
        response: Option<&Message>,
    ) {
        let worker = call.worker;
        let Some(party) = call.party_mut(id) else { return };
        let muted = party.muted;
        if let Some(leg) = party.leg_mut() {
            let leg_id = leg.id;
            self.negotiate(worker, leg);
            if muted {
                self.send_media(worker, warmline_media::worker::Command::Mute { leg: leg_id, on: true });
            }
        }
        self.listen_answered(call, id);
        self.tell(call, Event::Answered { call: call.id, party: id });
        self.withdraw_others(now, call, id);
        if !call.is_customer(id) {
            call.note_first(id);
        }
        if call.a.is_waiting() && call.answering_agent().is_some_and(|agent| agent.id == id) {
            self.answer_a(now, call, response);
        }
        self.arrange(now, call);
    }

    /// One of a group is in the call: the others stop ringing and show no missed call. A 200 that crosses the CANCEL gets ACK and
    /// BYE with the same Reason (E18).
    fn withdraw_others(&mut self, now: Time, call: &mut Call, first: PartyId) {
        if !call.party(first).is_some_and(|party| party.group) {
            return;
        }
        let rings = |agent: &&Party| agent.group && agent.is_called();
        let others: Vec<PartyId> = call.agents.iter().filter(rings).map(|agent| agent.id).collect();
        for other in others {
            self.release(now, call, other, &Ending::from(Cause::Elsewhere));
        }
    }

    /// 300–699, silence or a broken way from a phone of ours. Its session is gone.
    pub(super) fn failed(&mut self, now: Time, call: &mut Call, leg: LegId, failure: Failure) {
        let status = failure.status();
        self.count_refusal(leg, &failure);
        let headers = match &failure {
            Failure::Response(response) => identity::pass_response(response),
            Failure::Timeout | Failure::Transport => Headers::default(),
        };
        let try_next = match &failure {
            Failure::Response(_) => status == 503,
            Failure::Timeout | Failure::Transport => true,
        };
        if let Some(row) = call.leg_mut(leg) {
            row.session = None;
            row.status = status;
        }
        if self.fails_back(now, call, leg) {
            return;
        }
        self.lose(now, call, leg, status, headers, try_next);
    }

    /// A phone of ours is out. Others of its fork ring on (but after a 6xx); a trunk's next peer is tried where this one could not
    /// be reached; otherwise the party has failed.
    fn lose(
        &mut self,
        now: Time,
        call: &mut Call,
        leg: LegId,
        status: u16,
        headers: Headers,
        try_next: bool,
    ) {
        let Some((id, place)) = call.find(leg) else { return };
        let Some(party) = call.party_mut(id) else { return };
        let rang = party.state == super::call::PartyState::Ringing;
        let row = party.legs.remove(place);
        let reason = headers.get(&HeaderName::REASON).map(str::to_owned);
        match &party.failure {
            Some((best, _)) if cause::better(*best, status) == *best => {}
            _ => party.failure = Some((status, headers)),
        }
        let others = !party.legs.is_empty();
        let more_peers = matches!(&party.plan, Some(plan) if
            matches!(&plan.reach, Reach::Trunk { peers, .. } if !peers.is_empty()));
        self.close_leg(now, call, row, cause::of_failure(status, reason.as_deref(), rang));
        if others && status < 600 {
            return;
        }
        if try_next && more_peers && !rang && self.place(now, call, id).is_ok() {
            return;
        }
        self.give_up(now, call, id, rang);
    }

    /// A party cannot be had.
    fn give_up(&mut self, now: Time, call: &mut Call, id: PartyId, rang: bool) {
        let failure = call.party_mut(id).and_then(|party| party.failure.take());
        let (status, headers) = failure.unwrap_or((500, Headers::default()));
        let cause = cause::of_failure(status, headers.get(&HeaderName::REASON), rang);
        self.party_failed(now, call, id, cause, Some((cause::passed_on(status), headers)));
    }

    /// A called party is given up: a plain call and a dialled customer end with it, a controlled customer stays as he was.
    pub(super) fn party_failed(
        &mut self,
        now: Time,
        call: &mut Call,
        id: PartyId,
        cause: Cause,
        refusal: Option<(u16, Headers)>,
    ) {
        if call.is_controlled() && !call.is_customer(id) {
            self.release(now, call, id, &Ending::from(cause));
        } else {
            self.finish(now, call, Ending { refusal, ..Ending::from(cause) });
        }
    }

    /// `ring_secs` are over.
    pub(super) fn ring_timeout(&mut self, now: Time, call: &mut Call, id: PartyId) {
        if call.party(id).is_some_and(|party| party.is_called()) {
            self.party_failed(now, call, id, Cause::NoAnswer, Some((480, Headers::default())));
        }
    }

    /// A phone that answered without usable media is hung up, as if it had failed.
    fn drop_leg(&mut self, now: Time, call: &mut Call, leg: LegId, cause: Cause) {
        let Some(row) = call.leg_mut(leg) else { return };
        if let Some(session) = row.session.take() {
            self.sessions.remove(&session);
            self.endpoint.hangup(now, session, cause::reason(cause));
        }
        self.lose(now, call, leg, cause::to_status(cause), Headers::default(), false);
    }
}
