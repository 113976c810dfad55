//! A call that has a customer and two agents, for the tests of what can be done with one.

use crate::switch::testing::*;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_sip::endpoint::SessionId;

/// The agents' parties. Legs: 1 is the customer's, 2 the first agent's, 3 the second's.
pub const ALICE: u128 = 1;
pub const BOB: u128 = 2;

/// See the module's text.
pub struct Several {
    pub net: Net,
    pub call: CallId,
    pub customer: PartyId,
    pub carrier: usize,
    pub caller: SessionId,
    pub alice: usize,
    pub on_alice: SessionId,
    pub bob: usize,
    pub on_bob: SessionId,
}

impl Several {
    /// The customer talks with Alice; Bob's phone is registered.
    pub fn talking() -> Self {
        let mut net = Net::new();
        let carrier = net.carrier();
        let (alice, bob) = (net.phone("201", "203.0.113.21:5060"), net.phone("202", "203.0.113.22:5060"));
        let (caller, call, customer) = net.arrive(carrier);
        net.ring(call, party(ALICE), "201", "sip.test");
        let (on_alice, _) = net.invited(alice);
        net.answer(alice, on_alice, sdp(50000, "8 101", "sendrecv"));
        net.events();
        net.media();
        Several { net, call, customer, carrier, caller, alice, on_alice, bob, on_bob: on_alice }
    }

    /// Bob rings, the customer and Alice are alone.
    pub fn asking() -> Self {
        let mut several = Several::talking();
        several.ring_bob();
        several.join(&[party(ALICE), party(BOB)]);
        several.net.progress(several.bob, several.on_bob, 180, None);
        several.net.events();
        several.net.media();
        several
    }

    /// Alice speaks with Bob, the customer hears music.
    pub fn consulting() -> Self {
        let mut several = Several::asking();
        several.bob_answers();
        several.net.events();
        several.net.media();
        several
    }

    /// All three hear each other.
    pub fn conferring() -> Self {
        let mut several = Several::consulting();
        several.join_all();
        several.net.media();
        several
    }

    pub fn ring_bob(&mut self) {
        self.net.ring(self.call, party(BOB), "202", "sip.test");
        self.on_bob = self.net.invited(self.bob).0;
    }

    pub fn bob_answers(&mut self) {
        self.net.answer(self.bob, self.on_bob, sdp(51000, "8 101", "sendrecv"));
    }

    pub fn join(&mut self, parties: &[PartyId]) {
        self.net.command(Command::Join { call: self.call, parties: parties.to_vec() });
    }

    pub fn join_all(&mut self) {
        self.join(&[self.customer, party(ALICE), party(BOB)]);
    }

    pub fn drop(&mut self, n: u128, cause: Cause) {
        self.net.command(Command::Drop { call: self.call, party: party(n), cause });
    }

    pub fn left(&self, party: PartyId, by_itself: bool) -> Event {
        Event::Left { call: self.call, party, cause: Cause::Normal, by_itself }
    }

    pub fn failed(&self, n: u128, cause: Cause) -> Event {
        Event::Failed { call: self.call, party: party(n), cause }
    }

    pub fn ended(&self) -> Event {
        Event::Ended { call: self.call, cause: Cause::Normal }
    }

    /// The customer hangs up, and nothing is left.
    pub fn over(mut self) {
        self.net.hangup(self.carrier, self.caller, None);
        assert_eq!(self.net.events().last(), Some(&self.ended()));
        self.net.assert_clear();
    }
}
