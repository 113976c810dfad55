//! Calls of three parties: held, asked, swapped, conferred, handed over; and everybody leaves at every moment.

use super::several::*;
use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_media::ids::LegId;
use warmline_media::worker;
use warmline_sip::endpoint::Body;
use warmline_sip::message::Headers;

const NONE: [&str; 0] = [];

#[test]
fn a_customer_on_hold_hears_music_and_his_agent_nothing() {
    let mut s = Several::talking();
    s.join(&[]);
    assert_eq!(s.net.media(), ["play 1 Music", "play 2 Silence"]);
    s.join(&[]);
    s.net.command(Command::Queue { call: s.call });
    assert_eq!(s.net.media(), NONE, "nothing begins anew");
    s.join(&[s.customer, party(ALICE)]);
    assert_eq!(s.net.media(), ["connect 1 2"]);
    s.join(&[party(ALICE), s.customer]);
    s.net.command(Command::Queue { call: s.call });
    assert_eq!(s.net.media(), NONE);
    assert_eq!(s.net.events(), [], "they were bridged long ago");
    s.over();
}

#[test]
fn a_held_customer_goes_with_the_agent_who_was_the_last() {
    let mut s = Several::talking();
    s.join(&[]);
    s.net.hangup(s.alice, s.on_alice, None);
    let expected = [s.left(party(ALICE), true), s.left(s.customer, false), s.ended()];
    assert_eq!(s.net.events(), expected);
    s.net.assert_clear();
}

#[test]
fn an_agent_asks_another_and_swaps_and_all_confer() {
    let mut s = Several::talking();
    s.ring_bob();
    s.net.media();
    s.join(&[party(ALICE), party(BOB)]);
    assert_eq!(s.net.media(), ["play 1 Music", "play 2 Silence"], "he is named, and joins when he answers");
    s.net.progress(s.bob, s.on_bob, 180, None);
    s.bob_answers();
    let (call, bob) = (s.call, party(BOB));
    assert_eq!(s.net.events(), [Event::Ringing { call, party: bob }, Event::Answered { call, party: bob }]);
    assert_eq!(s.net.media(), ["negotiate 3 PCMA", "connect 2 3"]);
    s.join(&[s.customer, party(ALICE)]);
    assert_eq!(s.net.media(), ["connect 1 2", "play 3 Silence"]);
    s.join(&[bob, party(ALICE)]);
    assert_eq!(s.net.media(), ["connect 2 3", "play 1 Music"]);
    s.join_all();
    assert_eq!(s.net.media(), ["conference 1 2 3"]);
    s.join(&[party(ALICE), bob]);
    assert_eq!(s.net.media(), ["connect 2 3", "play 1 Music"]);
    s.drop(BOB, Cause::Normal);
    assert_eq!(s.net.media(), ["close 3", "play 2 Silence"]);
    assert_eq!(s.net.events(), [s.left(bob, false)]);
    s.join(&[s.customer, party(ALICE)]);
    assert_eq!(s.net.media(), ["connect 1 2"]);
    assert_eq!(s.net.events(), []);
    s.over();
}

#[test]
fn one_who_leaves_a_conference_leaves_two_who_hear_each_other() {
    let mut s = Several::conferring();
    s.net.hangup(s.bob, s.on_bob, None);
    assert_eq!(s.net.media(), ["close 3", "connect 1 2"]);
    assert_eq!(s.net.events(), [s.left(party(BOB), true)]);
    s.over();

    let mut s = Several::conferring();
    s.net.hangup(s.alice, s.on_alice, None);
    assert_eq!(s.net.media(), ["close 2", "connect 1 3"]);
    s.net.hangup(s.bob, s.on_bob, None);
    let cause = Cause::Normal;
    let customer = Event::Left { call: s.call, party: s.customer, cause, by_itself: false };
    assert_eq!(s.net.events(), [s.left(party(ALICE), true), s.left(party(BOB), true), customer, s.ended()]);
    s.net.assert_clear();
}

#[test]
fn the_one_who_was_asked_takes_over() {
    let mut s = Several::consulting();
    s.join(&[s.customer, party(BOB)]);
    assert_eq!(s.net.media(), ["connect 1 3", "play 2 Silence"]);
    s.drop(ALICE, Cause::Normal);
    assert_eq!(s.net.media(), ["close 2"], "they go on");
    assert_eq!(s.net.events(), [s.left(party(ALICE), false)]);
    assert_eq!(s.net.heard(s.carrier, s.caller), ["200"]);
    s.over();
}

#[test]
fn a_customer_is_handed_over_unseen() {
    let mut s = Several::talking();
    s.ring_bob();
    s.join(&[s.customer, party(BOB)]);
    s.net.media();
    s.drop(ALICE, Cause::Normal);
    assert_eq!(s.net.media(), ["close 2"], "his music has begun with the Join");
    s.bob_answers();
    assert_eq!(s.net.media(), ["negotiate 3 PCMA", "connect 1 3"]);
    let answered = Event::Answered { call: s.call, party: party(BOB) };
    assert_eq!(s.net.events(), [s.left(party(ALICE), false), answered]);
    s.over();
}

#[test]
fn without_a_join_the_next_who_answers_is_joined_by_itself() {
    let mut s = Several::talking();
    s.ring_bob();
    s.net.media();
    s.drop(ALICE, Cause::Normal);
    assert_eq!(s.net.media(), ["close 2", "play 1 Music"]);
    s.bob_answers();
    assert_eq!(s.net.media(), ["negotiate 3 PCMA", "connect 1 3"]);
    s.over();

    // But one who answers beside the first waits in silence, even when the first goes.
    let mut s = Several::talking();
    s.ring_bob();
    s.net.media();
    s.bob_answers();
    assert_eq!(s.net.media(), ["negotiate 3 PCMA", "play 3 Silence"]);
    s.net.hangup(s.alice, s.on_alice, None);
    assert_eq!(s.net.media(), ["close 2", "play 1 Music"]);
    s.join(&[s.customer, party(BOB)]);
    assert_eq!(s.net.media(), ["connect 1 3"]);
    s.over();
}

#[test]
fn one_who_is_asked_and_does_not_come_leaves_the_others_as_they_were() {
    let mut s = Several::asking();
    s.net.reject(s.bob, s.on_bob, 486);
    assert_eq!(s.net.events(), [s.failed(BOB, Cause::Busy)]);
    s.ring_bob_again(3);
    s.net.reject(s.bob, s.on_bob, 603);
    assert_eq!(s.net.events(), [s.failed(3, Cause::Declined)]);
    s.ring_bob_again(4);
    s.net.progress(s.bob, s.on_bob, 180, None);
    s.net.run(Duration::from_secs(15));
    assert_eq!(s.net.events()[1..], [s.failed(4, Cause::NoAnswer)], "after `Ringing`");
    assert!(s.net.media().iter().all(|command| command.starts_with("open") || command.starts_with("close")));
    s.join(&[s.customer, party(ALICE)]);
    assert_eq!(s.net.media(), ["connect 1 2"]);
    s.over();
}

impl Several {
    fn ring_bob_again(&mut self, n: u128) {
        self.net.ring(self.call, party(n), "202", "sip.test");
        self.on_bob = self.net.invited(self.bob).0;
    }
}

#[test]
fn one_who_was_asked_and_hangs_up_leaves_his_asker_alone() {
    let mut s = Several::consulting();
    s.net.hangup(s.bob, s.on_bob, None);
    assert_eq!(s.net.events(), [s.left(party(BOB), true)]);
    assert_eq!(s.net.media(), ["close 3", "play 2 Silence"]);
    s.over();

    let mut s = Several::consulting();
    s.net.media_event(worker::Event::Dead { leg: LegId(3) });
    let left = Event::Left { call: s.call, party: party(BOB), cause: Cause::Media, by_itself: true };
    assert_eq!(s.net.events(), [left]);
    s.over();
}

#[test]
fn an_asker_who_hangs_up_leaves_the_customer_to_the_other() {
    let mut s = Several::asking();
    s.net.hangup(s.alice, s.on_alice, None);
    assert_eq!(s.net.events(), [s.left(party(ALICE), true)]);
    assert_eq!(s.net.media(), ["close 2"], "the customer's music goes on");
    s.bob_answers();
    assert_eq!(s.net.media(), ["negotiate 3 PCMA", "play 3 Silence"], "he was to hear Alice, who is gone");
    s.join(&[s.customer, party(BOB)]);
    assert_eq!(s.net.media(), ["connect 1 3"]);
    s.over();

    let mut s = Several::consulting();
    s.net.hangup(s.alice, s.on_alice, None);
    assert_eq!(s.net.media(), ["close 2", "play 3 Silence"]);
    assert_eq!(s.net.events(), [s.left(party(ALICE), true)]);
    s.over();

    // And where the other fails after all, the customer stays: coordination knows, and decides.
    let mut s = Several::asking();
    s.net.hangup(s.alice, s.on_alice, None);
    s.net.reject(s.bob, s.on_bob, 480);
    assert_eq!(s.net.events(), [s.left(party(ALICE), true), s.failed(BOB, Cause::NoAnswer)]);
    assert_eq!(s.net.heard(s.carrier, s.caller), ["200"]);
    s.over();
}

#[test]
fn the_customer_takes_everybody_with_him() {
    let moments = [
        (Several::talking(), None),
        (Several::asking(), Some(false)),
        (Several::consulting(), Some(true)),
        (Several::conferring(), Some(true)),
    ];
    for (mut s, bob_has_answered) in moments {
        s.net.hangup(s.carrier, s.caller, Some("Q.850;cause=16"));
        let mut expected = vec![s.left(s.customer, true), s.left(party(ALICE), false)];
        expected.extend(bob_has_answered.map(|answered| match answered {
            true => s.left(party(BOB), false),
            false => s.failed(BOB, Cause::Canceled),
        }));
        expected.push(s.ended());
        assert_eq!(s.net.events(), expected);
        assert_eq!(s.net.heard(s.alice, s.on_alice), ["ended Q.850;cause=16"]);
        if bob_has_answered.is_some() {
            assert_eq!(s.net.heard(s.bob, s.on_bob).len(), 1);
        }
        s.net.assert_clear();
    }
    let mut s = Several::talking();
    s.join(&[]);
    s.over();
}

#[test]
fn a_late_answer_is_ended_at_once() {
    // Bob was dropped in the moment in which he answered, when Alice had been first.
    let mut s = Several::talking();
    s.ring_bob();
    s.net.progress(s.bob, s.on_bob, 180, None);
    s.net.events();
    let now = s.net.now;
    let body = Body::sdp(sdp(51000, "8", "sendrecv"));
    s.net.peers[s.bob].endpoint.accept(now, s.on_bob, Headers::default(), Some(body)).unwrap();
    s.drop(BOB, Cause::Elsewhere);
    assert_eq!(s.net.events(), [s.failed(BOB, Cause::Elsewhere)]);
    let acks = s.net.sent.iter().filter(|(_, text)| text.starts_with("ACK ")).count();
    assert!(acks >= 2, "Alice's, and Bob's late one");
    assert_eq!(s.net.heard(s.bob, s.on_bob), ["ended SIP;cause=200;text=\"Call completed elsewhere\""]);
    s.over();
}

#[test]
fn an_answer_and_a_hangup_in_the_same_moment_leave_one_of_the_two() {
    for (hangs_up_first, named) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut s = Several::talking();
        s.ring_bob();
        if named {
            s.join(&[s.customer, party(ALICE), party(BOB)]);
        }
        s.net.media();
        let now = s.net.now;
        let accept = |s: &mut Several| {
            let body = Body::sdp(sdp(51000, "8", "sendrecv"));
            s.net.peers[s.bob].endpoint.accept(now, s.on_bob, Headers::default(), Some(body)).unwrap();
            s.net.collect();
        };
        if !hangs_up_first {
            accept(&mut s);
        }
        s.net.peers[s.alice].endpoint.hangup(now, s.on_alice, None);
        s.net.collect();
        if hangs_up_first {
            accept(&mut s);
        }
        s.net.settle();
        let (call, alice) = (s.call, s.left(party(ALICE), true));
        let bob = Event::Answered { call, party: party(BOB) };
        let expected = if hangs_up_first { [alice, bob] } else { [bob, alice] };
        assert_eq!(s.net.events(), expected);
        s.join(&[s.customer, party(BOB)]);
        assert!(s.net.media().contains(&"connect 1 3".to_owned()));
        s.over();
    }
}

#[test]
fn nobody_is_rung_twice_and_no_third_agent() {
    let mut s = Several::asking();
    s.net.ring(s.call, party(ALICE), "202", "sip.test");
    s.net.ring(s.call, party(BOB), "202", "sip.test");
    s.net.ring(s.call, s.customer, "202", "sip.test");
    assert_eq!(s.net.events(), []);
    s.net.ring(s.call, party(3), "202", "sip.test");
    assert_eq!(s.net.events(), [s.failed(3, Cause::Overload)]);
    assert_eq!(s.net.media(), NONE);
    s.drop(BOB, Cause::Normal);
    s.net.events();
    s.net.ring(s.call, party(3), "202", "sip.test");
    assert_eq!(s.net.events(), []);
    s.over();
}

#[test]
fn a_customer_who_is_not_meant_is_not_answered() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (alice, bob) = (net.phone("201", "203.0.113.21:5060"), net.phone("202", "203.0.113.22:5060"));
    let (caller, call, customer) = net.arrive(carrier);
    net.command(Command::Join { call, parties: vec![party(ALICE), party(BOB)] });
    for (phone, user, n) in [(alice, "201", ALICE), (bob, "202", BOB)] {
        net.ring(call, party(n), user, "sip.test");
        let (session, _) = net.invited(phone);
        net.answer(phone, session, sdp(50000, "0", "sendrecv"));
    }
    assert_eq!(net.heard(carrier, caller), NONE);
    let media = net.media();
    assert_eq!(media[media.len() - 2..], ["negotiate 3 PCMU", "connect 2 3"]);
    net.command(Command::Join { call, parties: vec![customer, party(BOB)] });
    assert!(net.description(carrier, caller).contains("RTP/AVP 0"), "with the codec of the one he meets");
    assert_eq!(net.media(), ["negotiate 1 PCMU", "connect 1 3", "play 2 Silence"]);
    assert_eq!(net.events().last(), Some(&Event::Bridged { call }));
    net.hangup(carrier, caller, None);
    net.assert_clear();
}

#[test]
fn one_on_hold_is_left_out_and_comes_back() {
    let mut s = Several::conferring();
    let offer = |port, direction| sdp(port, "8 101", direction);
    s.net.reoffer(s.bob, s.on_bob, offer(51000, "sendonly"));
    assert_eq!(s.net.media(), ["negotiate 3 PCMA", "disconnect 3", "connect 1 2"]);
    s.net.reoffer(s.alice, s.on_alice, offer(50000, "inactive"));
    assert_eq!(s.net.media(), ["negotiate 2 PCMA", "play 1 Music"], "nobody is left for him");
    s.net.reoffer(s.bob, s.on_bob, offer(51000, "sendrecv"));
    assert_eq!(s.net.media(), ["negotiate 3 PCMA", "connect 1 3"]);
    s.net.reoffer(s.alice, s.on_alice, offer(50000, "sendrecv"));
    assert_eq!(s.net.media(), ["negotiate 2 PCMA", "conference 1 2 3"]);
    assert_eq!(s.net.events(), [], "a phone's own hold is its own matter");
    // The agents hold each other's ears while the customer is away by his own phone.
    s.net.reoffer(s.carrier, s.caller, offer(40000, "sendonly"));
    assert_eq!(s.net.media(), ["negotiate 1 PCMA", "disconnect 1", "connect 2 3"]);
    s.join(&[s.customer, party(ALICE)]);
    assert_eq!(s.net.media(), ["play 2 Music", "play 3 Silence"]);
    s.net.reoffer(s.carrier, s.caller, offer(40000, "sendrecv"));
    assert_eq!(s.net.media(), ["negotiate 1 PCMA", "connect 1 2"]);
    s.over();
}

#[test]
fn who_is_muted_stays_so_whomever_he_hears() {
    let mut s = Several::talking();
    s.ring_bob();
    s.net.media();
    s.net.command(Command::Mute { call: s.call, party: party(BOB), on: true });
    assert_eq!(s.net.media(), NONE);
    s.join_all();
    s.bob_answers();
    assert_eq!(s.net.media(), ["negotiate 3 PCMA", "mute 3 true", "conference 1 2 3"]);
    s.over();
}

#[test]
fn a_call_that_is_hung_up_or_too_long_takes_all_three() {
    let mut s = Several::conferring();
    s.net.command(Command::Hangup { call: s.call, cause: Cause::Normal });
    let expected =
        [s.left(party(ALICE), false), s.left(party(BOB), false), s.left(s.customer, false), s.ended()];
    assert_eq!(s.net.events(), expected);
    s.net.assert_clear();

    let mut s = Several::consulting();
    s.net.run(Duration::from_secs(3_600));
    assert_eq!(s.net.events().last(), Some(&s.ended()));
    s.net.assert_clear();
}

#[test]
fn a_browsers_visitor_and_two_agents() {
    let mut net = Net::new();
    let (alice, bob) = (net.agent("alice", "203.0.113.30:41000"), net.phone("202", "203.0.113.22:5060"));
    let (call, visitor) = (call_id(1), party(9));
    net.command(Command::BrowserOffer { call, party: visitor, sdp: browser_sdp("actpass"), beside: None });
    net.ring(call, party(ALICE), "alice", "acme");
    let (on_alice, _) = net.invited(alice);
    net.answer(alice, on_alice, browser_sdp("active"));
    net.media();
    net.media_event(worker::Event::Ready { leg: LegId(1) });
    assert_eq!(net.media(), ["connect 1 2"]);
    net.ring(call, party(BOB), "202", "sip.test");
    let (on_bob, _) = net.invited(bob);
    net.answer(bob, on_bob, sdp(51000, "0 101", "sendrecv"));
    net.command(Command::Join { call, parties: vec![visitor, party(ALICE), party(BOB)] });
    assert_eq!(net.media(), ["open 3", "negotiate 3 PCMU", "play 3 Silence", "conference 1 2 3"]);
    net.hangup(alice, on_alice, None);
    net.hangup(bob, on_bob, None);
    assert_eq!(net.events().last(), Some(&Event::Ended { call, cause: Cause::Normal }));
    net.assert_clear();
}
