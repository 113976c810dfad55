//! Random commands and peers on one call of up to three parties, against a model of what a worker does with what it is told.

use crate::switch::testing::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Device, Event, Prompt};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::ids::LegId;
use warmline_media::sdp::Direction;
use warmline_media::tone::Sound;
use warmline_media::worker;
use warmline_sip::endpoint::{Body, Event as SipEvent, SessionId};
use warmline_sip::message::Headers;

/// Something that coordination or a peer does. Numbers pick one of those who are or were there.
#[derive(Clone, Debug)]
enum Act {
    Alert,
    Queue,
    Reject,
    Say(u8, bool),
    Join(Vec<u8>),
    Ring(bool),
    Drop(u8),
    Mute(u8, bool),
    Digits(u8),
    Hangup,
    Rings(u8),
    Answers(u8),
    Refuses(u8, bool),
    Leaves(u8),
    Offers(u8, &'static str),
    Presses(u8),
    Dies(u8),
}

fn acts() -> impl Strategy<Value = Vec<(Act, u16)>> {
    let who = 0..6u8;
    let direction = prop_oneof![2 => Just("sendrecv"), 1 => Just("sendonly"), 1 => Just("inactive")];
    let act = prop_oneof![
        2 => Just(Act::Alert),
        2 => Just(Act::Queue),
        1 => Just(Act::Reject),
        3 => (0..4u8, any::<bool>()).prop_map(|(prompt, quiet)| Act::Say(prompt, quiet)),
        8 => prop::collection::vec(who.clone(), 0..4).prop_map(Act::Join),
        8 => any::<bool>().prop_map(Act::Ring),
        2 => who.clone().prop_map(Act::Drop),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, on)| Act::Mute(who, on)),
        1 => who.clone().prop_map(Act::Digits),
        1 => Just(Act::Hangup),
        3 => who.clone().prop_map(Act::Rings),
        10 => who.clone().prop_map(Act::Answers),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, busy)| Act::Refuses(who, busy)),
        3 => who.clone().prop_map(Act::Leaves),
        5 => (who.clone(), direction).prop_map(|(who, direction)| Act::Offers(who, direction)),
        1 => who.clone().prop_map(Act::Presses),
        1 => who.prop_map(Act::Dies),
    ];
    let pause = prop_oneof![Just(0u16), Just(3), Just(7), Just(100), Just(1_500)];
    prop::collection::vec((act, pause), 1..50)
}

/// What a leg hears.
#[derive(Clone, PartialEq, Debug)]
enum Hears {
    Nothing,
    Sound(Sound),
    Others(BTreeSet<LegId>),
}

#[derive(Debug)]
struct Ear {
    hears: Hears,
    /// Agreed on, and the peer wants to hear.
    listens: bool,
}

/// What a worker has been told.
#[derive(Default)]
struct Ears(BTreeMap<LegId, Ear>);

impl Ears {
    fn obey(&mut self, command: &worker::Command) {
        use worker::Command::*;
        match command {
            OpenPlain { leg, .. } => {
                let known = self.0.insert(*leg, Ear { hears: Hears::Nothing, listens: false });
                assert!(known.is_none(), "opened twice");
            }
            OpenWebRtc { .. } => unreachable!("no browsers here"),
            Echo { .. } => unreachable!("no echo tests here"),
            Negotiate { leg, negotiated } => {
                self.ear(*leg).listens =
                    matches!(negotiated.direction, Direction::SendRecv | Direction::SendOnly);
            }
            Connect { a, b } => self.gather([*a, *b].into()),
            Conference { legs } => self.gather(legs.iter().copied().collect()),
            Disconnect { leg } => {
                self.part(*leg);
                self.ear(*leg).hears = Hears::Nothing;
            }
            Play { leg, sound } => {
                let same = self.ear(*leg).hears == Hears::Sound(sound.clone());
                assert!(!same || matches!(sound, Sound::Speech(_)), "{sound:?} over {sound:?}");
                self.part(*leg);
                self.ear(*leg).hears = Hears::Sound(sound.clone());
            }
            Mute { leg, .. } | Listen { leg, .. } => drop(self.ear(*leg)),
            Digits { leg, .. } => assert!(self.ear(*leg).hears != Hears::Nothing || !self.ear(*leg).listens),
            Close { leg } => {
                self.part(*leg);
                self.0.remove(leg).expect("a leg that is open");
            }
            Watch { .. } => unreachable!("no browsers here"),
        }
    }

    fn ear(&mut self, leg: LegId) -> &mut Ear {
        self.0.get_mut(&leg).expect("a leg that is open")
    }

    fn gather(&mut self, legs: BTreeSet<LegId>) {
        assert!(legs.len() >= 2, "a conference of one");
        legs.iter().for_each(|leg| self.part(*leg));
        for leg in &legs {
            self.ear(*leg).hears = Hears::Others(legs.clone());
        }
    }

    /// A leg leaves those whom it heard; one who is left behind alone hears nothing.
    fn part(&mut self, leg: LegId) {
        let Hears::Others(mut group) = self.ear(leg).hears.clone() else { return };
        group.remove(&leg);
        for other in &group {
            self.ear(*other).hears = match group.len() {
                1 => Hears::Nothing,
                _ => Hears::Others(group.clone()),
            };
        }
        self.ear(leg).hears = Hears::Nothing;
    }
}

/// Somebody of the call.
struct Somebody {
    party: PartyId,
    peer: usize,
    session: Option<SessionId>,
    leg: Option<LegId>,
    port: u16,
}

struct World {
    net: Net,
    call: CallId,
    carrier: usize,
    phones: [usize; 2],
    /// The customer, then everybody who was ever rung.
    people: Vec<Somebody>,
    ears: Ears,
    joined: Option<Vec<PartyId>>,
    events: Vec<Event>,
}

impl World {
    fn new(dialled: bool) -> Self {
        let mut net = Net::new();
        let carrier = net.carrier();
        let phones = [net.phone("201", "203.0.113.21:5060"), net.phone("202", "203.0.113.22:5060")];
        let (call, customer, session) = if dialled {
            net.command(Command::Dial {
                call: call_id(1),
                party: party(99),
                number: "+4917087654321".into(),
                trunk: "carrier".into(),
                caller_id: "+493012345000".into(),
                token: "att7".into(),
                ring_secs: 30,
                beside: None,
                detect: false,
            });
            (call_id(1), party(99), net.invited(carrier).0)
        } else {
            let (session, call, customer) = net.arrive(carrier);
            (call, customer, session)
        };
        let leg = Some(LegId(1));
        let customer = Somebody { party: customer, peer: carrier, session: Some(session), leg, port: 40000 };
        let (people, ears) = (vec![customer], Ears::default());
        World { net, call, carrier, phones, people, ears, joined: None, events: Vec::new() }
    }

    fn who(&self, number: u8) -> PartyId {
        self.people.get(usize::from(number)).map_or(party(77), |row| row.party)
    }

    fn act(&mut self, act: Act) {
        let (call, now) = (self.call, self.net.now);
        let prompts = [Prompt::EnterPin, Prompt::WrongPin, Prompt::Accepted, Prompt::PleaseHold];
        match act {
            Act::Alert => self.net.order(Command::Alert { call }),
            Act::Queue => self.net.order(Command::Queue { call }),
            Act::Reject => self.net.order(Command::Reject { call, cause: Cause::Busy }),
            Act::Say(prompt, quiet) => {
                let prompts = vec![prompts[usize::from(prompt)]];
                self.net.order(Command::Say { call, prompts, language: "de".into(), quiet });
            }
            Act::Join(who) => {
                let who: BTreeSet<PartyId> = who.into_iter().map(|number| self.who(number)).collect();
                let parties: Vec<PartyId> = who.into_iter().collect();
                self.joined = Some(parties.clone());
                self.net.order(Command::Join { call, parties });
            }
            Act::Ring(first) => self.ring(first),
            Act::Drop(who) => {
                let party = self.who(who);
                self.net.order(Command::Drop { call, party, cause: Cause::Normal });
            }
            Act::Mute(who, on) => self.net.order(Command::Mute { call, party: self.who(who), on }),
            Act::Digits(who) => {
                self.net.order(Command::Digits { call, party: self.who(who), digits: "12#".into() })
            }
            Act::Hangup => self.net.order(Command::Hangup { call, cause: Cause::Normal }),
            Act::Presses(who) => {
                let leg = self.people.get(usize::from(who)).and_then(|row| row.leg);
                let digit = '5';
                leg.into_iter().for_each(|leg| self.net.report(worker::Event::Digit { leg, digit }));
            }
            Act::Dies(who) => {
                let leg = self.people.get(usize::from(who)).and_then(|row| row.leg);
                leg.into_iter().for_each(|leg| self.net.report(worker::Event::Dead { leg }));
            }
            Act::Rings(who) => self.on(who, |peer, session, _| {
                let _ = peer.endpoint.progress(now, session, 180, Headers::default(), None);
            }),
            Act::Answers(who) => self.on(who, |peer, session, port| {
                let body = Body::sdp(sdp(port, "8 101", "sendrecv"));
                let _ = peer.endpoint.accept(now, session, Headers::default(), Some(body));
            }),
            Act::Refuses(who, busy) => self.on(who, |peer, session, _| {
                let status = if busy { 486 } else { 503 };
                let _ = peer.endpoint.reject(now, session, status, Headers::default());
            }),
            Act::Leaves(who) => self.on(who, |peer, session, _| peer.endpoint.hangup(now, session, None)),
            Act::Offers(who, direction) => self.on(who, |peer, session, port| {
                let body = Body::sdp(sdp(port, "8 101", direction));
                let _ = peer.endpoint.reinvite(now, session, body);
            }),
        }
    }

    fn on(&mut self, who: u8, act: impl FnOnce(&mut Peer, SessionId, u16)) {
        let row = self.people.get(usize::from(who));
        if let Some((row, session)) = row.and_then(|row| Some((row, row.session?))) {
            act(&mut self.net.peers[row.peer], session, row.port);
        }
    }

    fn ring(&mut self, first: bool) {
        let (user, peer) = if first { ("201", self.phones[0]) } else { ("202", self.phones[1]) };
        let number = self.people.len() as u16;
        let party = party(u128::from(number));
        self.look();
        let before = self.net.media.len();
        self.net.order(Command::Ring {
            call: self.call,
            party,
            device: Device::Account { user: user.into(), realm: "sip.test".into() },
            caller_name: String::new(),
            caller_number: None,
            auto_answer: false,
            ring_secs: 3,
            confirm: None,
            group: false,
        });
        let leg = self.net.media[before..].iter().find_map(|command| match command {
            worker::Command::OpenPlain { leg, .. } => Some(*leg),
            _ => None,
        });
        self.people.push(Somebody { party, peer, session: None, leg, port: 50000 + 2 * number });
    }

    /// Takes in what has happened; the model must agree with it.
    fn look(&mut self) {
        self.net.collect();
        for command in std::mem::take(&mut self.net.media) {
            self.ears.obey(&command);
        }
        self.events.append(&mut self.net.events);
        for phone in self.phones {
            let inbox = &mut self.net.peers[phone].inbox;
            while let Some(place) = inbox.iter().position(|event| matches!(event, SipEvent::Invite { .. })) {
                let SipEvent::Invite { session, .. } = inbox.remove(place) else { unreachable!() };
                // In the order in which they were sent.
                let waiting =
                    |row: &&mut Somebody| row.peer == phone && row.session.is_none() && row.leg.is_some();
                let row = self.people.iter_mut().find(waiting).expect("somebody who was rung");
                row.session = Some(session);
            }
        }
        self.check();
    }

    fn check(&self) {
        let there =
            |row: &&Somebody| row.leg.and_then(|leg| self.ears.0.get(&leg)).is_some_and(|ear| ear.listens);
        let party_of = |leg: &LegId| {
            self.people.iter().find(|row| row.leg == Some(*leg)).map(|row| row.party).expect("a known leg")
        };
        for row in self.people.iter().filter(there) {
            let leg = row.leg.expect("there");
            let hears = &self.ears.0[&leg].hears;
            assert_ne!(*hears, Hears::Nothing, "{:?} hears nothing", row.party);
            let Hears::Others(group) = hears else { continue };
            assert!(group.iter().all(|leg| self.ears.0[leg].listens), "somebody of {group:?} is on hold");
            match &self.joined {
                Some(named) => assert!(group.iter().all(|leg| named.contains(&party_of(leg))), "{group:?}"),
                None => assert!(group.len() == 2 && group.contains(&LegId(1)), "{group:?}"),
            }
        }
        let Some(named) = &self.joined else { return };
        let meant: BTreeSet<LegId> = self
            .people
            .iter()
            .filter(there)
            .filter(|row| named.contains(&row.party))
            .filter_map(|row| row.leg)
            .collect();
        if meant.len() >= 2 {
            for leg in &meant {
                assert_eq!(self.ears.0[leg].hears, Hears::Others(meant.clone()), "{leg:?}");
            }
        }
    }

    /// Everything ends, once for each and in order.
    fn end(mut self) {
        self.net.order(Command::Hangup { call: self.call, cause: Cause::Normal });
        self.net.run(Duration::from_secs(40));
        self.look();
        assert_eq!(self.net.panics, 0);
        let call = self.call;
        let count =
            |wanted: &dyn Fn(&Event) -> bool| self.events.iter().filter(|event| wanted(event)).count();
        assert!(matches!(self.events.last(), Some(Event::Ended { call: id, .. }) if *id == call));
        assert_eq!(count(&|event| matches!(event, Event::Ended { .. })), 1);
        assert!(count(&|event| matches!(event, Event::Bridged { .. })) <= 1);
        for row in &self.people {
            let finals = count(&|event| {
                matches!(event,
                Event::Failed { party, .. } | Event::Left { party, .. } if *party == row.party)
            });
            let answers =
                count(&|event| matches!(event, Event::Answered { party, .. } if *party == row.party));
            assert!(answers <= finals && finals <= 1, "{:?}: {:?}", row.party, self.events);
            let was_rung = row.leg.is_some() && row.peer != self.carrier;
            assert!(finals == 1 || !was_rung, "{:?} never ended: {:?}", row.party, self.events);
        }
        assert!(self.ears.0.is_empty(), "open legs are left: {:?}", self.ears.0);
        self.net.assert_clear();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_they_do_the_call_makes_sense(dialled: bool, acts in acts()) {
        let mut world = World::new(dialled);
        world.look();
        for (act, pause) in acts {
            world.act(act);
            world.look();
            world.net.run(Duration::from_millis(pause.into()));
            world.look();
        }
        world.end();
    }
}
