//! Whether registered phones are there (C5): one that came by UDP is asked (OPTIONS) every now and then, and once more when it is rung.
//! Two questions in a row without any answer, or none within a second of a ring that it has not answered either, and it is silent: it is
//! not rung before it answers again. One that has never answered a question is taken as one that answers none. Phones on streams need no
//! question: their stream ends.

use super::call::PartyState;
use super::originate::Reach;
use super::registrar::Aor;
use super::trunk::{MISSES, PING_LIMIT, Periodic, Purpose, outside, own_uri};
use super::{Switch, Timer};
use std::time::Duration;
use warmline_coordination::cti::{Cause, Event};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_sip::endpoint::{ClientId, Failure, OutgoingRequest};
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Headers, Message, Method};
use warmline_sip::transport::Protocol;
use warmline_sip::uri::Uri;
use warmline_time::Time;

/// What a phone that is rung has to answer within, ring or question: two packets of each are sent by then.
const PRESENT: Duration = Duration::from_secs(1);

/// What is known of a registered phone, by its binding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phone {
    /// Whether it has ever answered a question.
    answers: bool,
    /// Since when a question of ours waits for any answer.
    unheard: Option<Time>,
    misses: u8,
    /// The question that is out.
    pending: Option<ClientId>,
}

impl Switch {
    /// A phone has registered; the bindings in whose place it did are gone.
    pub(super) fn watch_phone(&mut self, now: Time, binding: u64) {
        self.forget_gone();
        let interval = self.settings.phone_ping;
        let udp = |row: &super::registrar::Binding| row.flow.protocol == Protocol::Udp;
        if !interval.is_zero() && self.registrar.binding(binding).is_some_and(|(_, row)| udp(row)) {
            let phone = Phone { answers: false, unheard: None, misses: 0, pending: None };
            self.phones.insert(binding, phone);
            self.periodic.set(Periodic::PhonePing(binding), now);
        }
    }

    /// It is time to ask a phone whether it is there.
    pub(super) fn ask_phone(&mut self, now: Time, binding: u64) {
        let Some((aor, row)) = self.registrar.binding(binding) else { return self.forget_phone(binding) };
        let interval = self.settings.phone_ping;
        if interval.is_zero() {
            self.forget_phone(binding);
            return self.phone_answers(binding, true);
        }
        let (flow, uri) = (row.flow, row.contact.clone());
        let route = row.path.clone();
        let to = Uri::sip(Some(&aor.user), &aor.realm, None);
        let mut message = outside(Method::Options, uri, own_uri(None, &flow), to);
        for hop in route {
            message.headers.push(HeaderName::ROUTE, NameAddr::new(hop).to_string());
        }
        let client = self.endpoint.request(now, OutgoingRequest { flow, message, credentials: None });
        self.clients.insert(client, Purpose::Phone(binding));
        if let Some(phone) = self.phones.get_mut(&binding) {
            phone.pending = Some(client);
            phone.unheard.get_or_insert(now);
        }
        self.periodic.cancel(Periodic::PhonePing(binding));
        self.periodic.set(Periodic::PhoneMissed(binding), now + PING_LIMIT.min(interval));
    }

    /// It has not answered in time: it is asked once more, at once where it used to answer and is not known to be gone.
    pub(super) fn phone_missed(&mut self, now: Time, binding: u64) {
        let Some(phone) = self.phones.get_mut(&binding) else { return };
        phone.misses = phone.misses.saturating_add(1);
        if phone.answers && phone.misses < MISSES {
            return self.ask_phone(now, binding);
        }
        if phone.answers {
            self.phone_answers(binding, false);
        }
        self.periodic.set(Periodic::PhonePing(binding), now + self.settings.phone_ping);
    }

    /// An answer of a phone, or the end of a question. Whatever it says, it is there.
    pub(super) fn phone_answered(
        &mut self,
        now: Time,
        (client, binding): (ClientId, u64),
        result: &Result<Box<Message>, Failure>,
    ) {
        let there = matches!(result, Ok(_) | Err(Failure::Response(_)));
        let Some(phone) = self.phones.get_mut(&binding).filter(|_| there) else { return };
        phone.answers = true;
        phone.unheard = None;
        phone.misses = 0;
        let latest = phone.pending == Some(client);
        if latest {
            phone.pending = None;
            self.periodic.cancel(Periodic::PhoneMissed(binding));
            self.periodic.set(Periodic::PhonePing(binding), now + self.settings.phone_ping);
        }
        self.phone_answers(binding, true);
    }

    /// A party's phones have been rung: they are asked as well.
    pub(super) fn ask_rung(&mut self, now: Time, call: CallId, party: PartyId, aor: &Aor) {
        let bindings: Vec<u64> = self.registrar.bindings(aor).iter().map(|row| row.id).collect();
        // One that answers no questions may take its time.
        let answers = |id: &u64| self.phones.get(id).is_some_and(|phone| phone.answers);
        if bindings.is_empty() || !bindings.iter().all(answers) {
            return;
        }
        bindings.into_iter().for_each(|id| self.ask_phone(now, id));
        self.timers.set(Timer::Present(call, party), now + PRESENT);
    }

    /// Whoever has answered neither ring nor question by now is not there: the call goes to somebody else.
    pub(super) fn present(&mut self, now: Time, call: &mut super::call::Call, party: PartyId) {
        let rung = call.party(party).filter(|party| party.state == PartyState::Calling);
        let reach = rung.and_then(|party| party.plan.as_ref()).map(|plan| &plan.reach);
        let Some(Reach::Phone(aor)) = reach else { return };
        let bindings: Vec<u64> = self.registrar.bindings(aor).iter().map(|row| row.id).collect();
        // What was asked a moment ago, when it was rung for another call, has its own time.
        let there = |id: &u64| {
            let unheard = self.phones.get(id).and_then(|phone| phone.unheard);
            unheard.is_none_or(|since| since + PRESENT > now)
        };
        if bindings.iter().any(there) {
            return;
        }
        bindings.into_iter().for_each(|id| self.phone_answers(id, false));
        self.counters.phones_gone += 1;
        self.party_failed(now, call, party, Cause::Unreachable, Some((480, Headers::default())));
    }

    /// A phone answers, or does not; its address is told where that changes what it is.
    fn phone_answers(&mut self, binding: u64, there: bool) {
        match self.registrar.set_silent(binding, !there) {
            Some((Aor { user, realm }, true)) => self.emit(Event::DeviceUp { user, realm }),
            Some((aor, false)) => self.device_down(aor),
            None => {}
        }
    }

    /// Nobody asks after bindings that are gone.
    pub(super) fn forget_gone(&mut self) {
        for binding in self.registrar.gone() {
            self.forget_phone(binding);
        }
    }

    fn forget_phone(&mut self, binding: u64) {
        self.phones.remove(&binding);
        self.periodic.cancel(Periodic::PhonePing(binding));
        self.periodic.cancel(Periodic::PhoneMissed(binding));
    }
}
