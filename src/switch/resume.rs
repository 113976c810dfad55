//! An agent's browser phone that is lost in a call and comes back: its page was loaded anew, its network or its browser changed.
//!
//! The call is kept. Those who were to hear him hear silence, after [`LULL`] music. As soon as his phone is registered it gets a
//! new INVITE with a token that only his desktop knows ([`HEADER`]), which answers by itself; when its media flows, it takes
//! the place of what was lost, with all that the party was to hear and say. How long that may take is coordination's to say:
//! it drops the party. A BYE is no loss, it is an end.

use super::call::Call;
use super::hangup::Ending;
use super::leg::Leg;
use super::originate::{Hop, Plan, Reach};
use super::registrar::{Aor, Binding};
use super::{Switch, Timer, identity};
use std::time::Duration;
use warmline_coordination::cti::{Cause, Event};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::ids::LegId;
use warmline_media::worker::Command;
use warmline_sip::message::{HeaderName, Headers, Message};
use warmline_sip::transport::{Flow, Protocol};
use warmline_sip::uri::Uri;
use warmline_time::Time;

/// Names the token. It goes to agents' own phones only; nothing that calls through us can bring one along.
pub(super) const HEADER: &str = "X-Warmline-Resume";
/// Silence before the music: most are back by then.
const LULL: Duration = Duration::from_secs(2);
/// A phone that is still registered is called so soon after its loss: a page that goes closes its stream a moment later.
const AGAIN: Duration = Duration::from_millis(500);
/// After an INVITE that led to nothing, while the phone is registered.
const RETRY: Duration = Duration::from_secs(1);
/// Media of a phone whose stream has closed is lost after so much silence.
const QUIET: Duration = Duration::from_secs(2);

/// A page of an agent's browser: where and as what it registered.
#[derive(Clone, PartialEq)]
pub(super) struct Page {
    aor: Aor,
    /// `+sip.instance`: the browser.
    instance: String,
    /// Another page of it has another one.
    contact: Uri,
}

/// The phone of an agent in a browser who has answered.
pub(super) struct Handset {
    page: Page,
    /// What its INVITE was made of.
    plan: Plan,
    /// Its stream has closed: the worker was told to look whether its media has, too.
    watched: bool,
    lost: Option<Lost>,
}

struct Lost {
    token: String,
    /// The silence is over.
    music: bool,
    /// The new leg and what it goes to.
    called: Option<(LegId, Page, Flow)>,
}

impl Handset {
    /// Whether it is lost.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    fn is_called(&self, leg: LegId) -> bool {
        let called = self.lost.as_ref().and_then(|lost| lost.called.as_ref());
        called.is_some_and(|(called, ..)| *called == leg)
    }
}

impl Call {
    /// Whether a party waits for another whose phone is lost: with silence (false) or with music (true).
    pub(super) fn awaits(&self, party: PartyId) -> Option<bool> {
        let lost = |id: &PartyId| self.party(*id)?.handset.as_ref()?.lost.as_ref().map(|lost| lost.music);
        let others = self.agents.iter().map(|agent| agent.id).filter(|&id| id != party && self.names(id));
        let of_another = others.filter(|_| self.names(party)).find_map(|id| lost(&id));
        let of_customer = self.is_customer_lost() && self.names(self.a.id) && self.names(party);
        of_another.or(of_customer.then_some(true))
    }

    /// The party that a leg is to bring back.
    fn brought_back(&self, leg: LegId) -> Option<PartyId> {
        let called = |party: &&super::call::Party| party.handset.as_ref().is_some_and(|h| h.is_called(leg));
        self.agents.iter().find(called).map(|party| party.id)
    }
}

impl Switch {
    /// The page behind a binding, where it is an agent's browser that says which one it is.
    pub(super) fn page_of(&self, aor: &Aor, binding: &Binding) -> Option<Page> {
        let is_page = is_browser(binding) && aor.realm != self.settings.domain;
        let (instance, _) = binding.instance.as_ref().filter(|_| is_page)?;
        Some(Page { aor: aor.clone(), instance: instance.clone(), contact: binding.contact.clone() })
    }

    /// A phone that we called has answered: it may be lost from now on.
    pub(super) fn keep_handset(&mut self, call: &mut Call, id: PartyId, plan: Option<Plan>) {
        let known = call.is_controlled() && !call.is_customer(id);
        let call_id = call.id;
        let Some(party) = call.party_mut(id).filter(|_| known) else { return };
        let page = party.leg().and_then(|leg| leg.page.clone());
        if let (Some(page), Some(plan)) = (page, plan) {
            self.handsets.insert(page.aor.clone(), (call_id, id));
            party.handset = Some(Box::new(Handset { page, plan, watched: false, lost: None }));
        }
    }

    /// A party is out: nobody looks for its phone any more.
    pub(super) fn forget_handset(&mut self, call: CallId, id: PartyId, handset: Option<Box<Handset>>) {
        self.timers.cancel(Timer::Lull(call, id));
        self.timers.cancel(Timer::Again(call, id));
        if let Some(handset) = handset
            && self.handsets.get(&handset.page.aor) == Some(&(call, id))
        {
            self.handsets.remove(&handset.page.aor);
        }
    }

    /// A leg's media is dead. False: it is no phone that could come back.
    pub(super) fn suspend(&mut self, now: Time, call: &mut Call, leg: LegId) -> bool {
        if let Some(party) = call.brought_back(leg) {
            self.not_back(now, call, party, leg, Cause::Media);
            return true;
        }
        let Some((id, _)) = call.find(leg).filter(|_| call.bridged) else { return false };
        let token = self.mint.hex(32);
        let Some(party) = call.party_mut(id).filter(|party| party.is_talking()) else { return false };
        let Some(handset) = &mut party.handset else { return false };
        handset.lost = Some(Lost { token: token.clone(), music: false, called: None });
        self.timers.set(Timer::Lull(call.id, id), now + LULL);
        self.timers.set(Timer::Again(call.id, id), now + AGAIN);
        self.clear_legs(now, call, id, Cause::Media);
        self.tell(call, Event::PhoneLost { call: call.id, party: id, token });
        self.arrange(now, call);
        true
    }

    /// The silence is over, and still nobody is there.
    pub(super) fn lull_over(&mut self, now: Time, call: &mut Call, id: PartyId) {
        if let Some(lost) = lost_of(call, id) {
            lost.music = true;
            self.arrange(now, call);
        }
    }

    /// Calls a lost phone where it is registered now, unless that very page is being called.
    pub(super) fn call_back(&mut self, now: Time, call: &mut Call, id: PartyId) {
        let Some(handset) = call.party(id).and_then(|party| party.handset.as_deref()) else { return };
        let Some(lost) = &handset.lost else { return };
        let aor = handset.page.aor.clone();
        let rows =
            self.registrar.bindings(&aor).iter().filter_map(|row| Some((row, self.page_of(&aor, row)?)));
        let rows: Vec<(&Binding, Page)> = rows.collect();
        // His browser first; where he has gone over to another one, that.
        let same = rows.iter().find(|(_, page)| page.instance == handset.page.instance);
        let Some((binding, page)) = same.or(rows.first()).cloned() else { return };
        let flow = binding.flow;
        let is_called = |(_, called, over): &(LegId, Page, Flow)| *called == page && *over == flow;
        if lost.called.as_ref().is_some_and(is_called) {
            return;
        }
        let made = &handset.plan;
        let hop = Hop::to_phone(&made.user, &aor, binding, Some(page.clone()));
        let mut headers = Headers::default();
        if let Some(name) = HeaderName::from_token(HEADER) {
            headers.push(name, lost.token.clone());
        }
        identity::push_session_id(&mut headers, &call.trace);
        let plan = Plan {
            reach: Reach::Phone(aor.clone()),
            peer: made.peer.clone(),
            display: made.display.clone(),
            user: made.user.clone(),
            headers,
            codecs: self.codecs_of_a(call),
            passthrough: None,
            token: None,
        };
        self.clear_legs(now, call, id, Cause::Elsewhere);
        match self.send_invite(now, call, &plan, hop) {
            Ok(leg) => {
                if let Some(lost) = lost_of(call, id) {
                    lost.called = Some((leg.id, page, flow));
                }
                let Some(party) = call.party_mut(id) else { return };
                party.legs.push(leg);
            }
            Err(_) => self.timers.set(Timer::Again(call.id, id), now + RETRY),
        }
    }

    /// A phone has answered that is called back; it is in the call when its media flows. False: it is another.
    pub(super) fn answers_back(
        &mut self,
        now: Time,
        call: &mut Call,
        leg: LegId,
        response: &Message,
    ) -> bool {
        let Some(id) = call.brought_back(leg) else { return false };
        if let Some(row) = call.leg_mut(leg) {
            row.status = 200;
            row.answered = Some(now);
        }
        if let Err(cause) = self.read_final_answer(call, leg, response) {
            self.counters.media_refused += 1;
            self.not_back(now, call, id, leg, cause);
            return true;
        }
        let worker = call.worker;
        let Some(party) = call.party_mut(id) else { return true };
        let muted = party.muted;
        if let Some(row) = party.leg_mut() {
            self.negotiate(worker, row);
            if muted {
                self.send_media(worker, Command::Mute { leg, on: true });
            }
        }
        true
    }

    /// Media of a phone flows that was called back: it is where the lost one was. False: it is another.
    pub(super) fn back(&mut self, now: Time, call: &mut Call, leg: LegId) -> bool {
        let Some(id) = call.brought_back(leg) else { return false };
        let Some(handset) = call.party_mut(id).and_then(|party| party.handset.as_mut()) else { return false };
        if let Some((_, page, _)) = handset.lost.take().and_then(|lost| lost.called) {
            handset.page = page;
            handset.watched = false;
        }
        self.timers.cancel(Timer::Lull(call.id, id));
        self.timers.cancel(Timer::Again(call.id, id));
        self.tell(call, Event::PhoneBack { call: call.id, party: id });
        self.arrange(now, call);
        true
    }

    /// What was called back does not come; it is tried again while it is registered. False: nobody called it back.
    pub(super) fn fails_back(&mut self, now: Time, call: &mut Call, leg: LegId) -> bool {
        let Some(id) = call.brought_back(leg) else { return false };
        self.not_back(now, call, id, leg, Cause::Unreachable);
        true
    }

    fn not_back(&mut self, now: Time, call: &mut Call, id: PartyId, leg: LegId, cause: Cause) {
        if let Some(lost) = lost_of(call, id) {
            lost.called = None;
        }
        let Some(party) = call.party_mut(id) else { return };
        let Some(place) = party.legs.iter().position(|row| row.id == leg) else { return };
        let row = party.legs.remove(place);
        self.clear_leg(now, call, row, &Ending::from(cause));
        self.timers.set(Timer::Again(call.id, id), now + RETRY);
    }

    fn clear_legs(&mut self, now: Time, call: &mut Call, id: PartyId, cause: Cause) {
        let Some(party) = call.party_mut(id) else { return };
        let legs: Vec<Leg> = party.legs.drain(..).collect();
        for leg in legs {
            self.forget_connection(call, leg.id);
            self.clear_leg(now, call, leg, &Ending::from(cause));
        }
    }

    /// A phone has registered over this flow: one that is lost is called, one whose page is still there is reached that way from
    /// now on, and one whose browser shows another page by now is lost.
    pub(super) fn registered(&mut self, now: Time, aor: &Aor, flow: Flow) {
        let Some(&(call, id)) = self.handsets.get(aor) else { return };
        let binding = self.registrar.bindings(aor).iter().find(|row| row.flow == flow);
        let Some(page) = binding.and_then(|row| self.page_of(aor, row)) else { return };
        self.with_call(call, |switch, call| {
            let Some(party) = call.party_mut(id) else { return };
            let leg = party.leg().map(|leg| (leg.id, leg.session));
            match (&mut party.handset, leg) {
                (Some(handset), _) if handset.is_lost() => switch.call_back(now, call, id),
                (Some(handset), Some((leg, session))) if handset.page == page => {
                    if let Some(session) = session {
                        switch.endpoint.set_flow(session, flow);
                    }
                    if std::mem::take(&mut handset.watched) {
                        switch.send_media(call.worker, Command::Watch { leg, within: None });
                    }
                }
                (Some(handset), Some((leg, _))) if handset.page.instance == page.instance => {
                    switch.suspend(now, call, leg);
                    switch.call_back(now, call, id);
                }
                _ => {}
            }
        });
    }

    /// A phone's last binding is gone: in a call its media tells whether it is still there.
    pub(super) fn watch_handset(&mut self, aor: &Aor) {
        let Some(&(call, id)) = self.handsets.get(aor) else { return };
        self.with_call(call, |switch, call| {
            let Some(party) = call.party_mut(id).filter(|party| !party.is_lost()) else { return };
            let leg = party.leg().map(|leg| leg.id);
            if let (Some(handset), Some(leg)) = (&mut party.handset, leg) {
                handset.watched = true;
                switch.send_media(call.worker, Command::Watch { leg, within: Some(QUIET) });
            }
        });
    }
}

fn lost_of(call: &mut Call, id: PartyId) -> Option<&mut Lost> {
    call.party_mut(id)?.handset.as_mut()?.lost.as_mut()
}

fn is_browser(binding: &Binding) -> bool {
    matches!(binding.flow.protocol, Protocol::Ws | Protocol::Wss)
}

/// Whether the peer's BYE says that its media was lost: nobody has hung up (RFC 3326).
pub(super) fn is_loss(reason: Option<&str>) -> bool {
    let Some((protocol, params)) = reason.and_then(|text| text.split_once(';')) else { return false };
    let cause = params.split(';').find_map(|param| param.trim().strip_prefix("cause="));
    protocol.trim().eq_ignore_ascii_case("SIP") && cause.is_some_and(|cause| cause.trim() == "408")
}
