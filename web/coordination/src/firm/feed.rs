//! The firm's feed: every event of the interfaces in one order, for programs that hold a key. Some are told as verbs happen, the
//! others follow from what a step has changed.

use super::Firm;
use crate::agent::OfferEnd;
use crate::asking::Said;
use crate::effect::{Action, Audience};
use crate::ids::{EventId, ReservationId};
use crate::reservation::Reservation;
use crate::view::{AgentState, EventEnvelope, Notice, ShownMode, VisitorState};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use warmline_time::Time;

/// Places further back are told once, when they are taken: a long queue that moves would be told and nothing else.
const PLACES_TOLD: u32 = 10;

/// What the feed remembers.
#[derive(Default)]
pub(super) struct Feed {
    seq: u64,
    /// The highest number of the journal that an event waited for: no later one overtakes it.
    after: u64,
    /// The last event and its moment: what is told to all agents at once is one event.
    last: Option<(Time, EventEnvelope)>,
    /// Live reservations as they were told.
    told: HashMap<ReservationId, Told>,
    trunks_down: BTreeSet<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Told {
    state: VisitorState,
    position: Option<u32>,
}

impl Told {
    fn of(r: &Reservation) -> Self {
        Told { state: r.state, position: r.position }
    }
}

/// What an event is: its name, what it is about, and its trace; empty where it belongs to none.
pub(super) struct Event {
    pub name: &'static str,
    pub subject: String,
    pub trace_id: String,
    pub data: Value,
}

/// What a visitor has chosen of what his site asks.
fn tell(data: &mut Map<String, Value>, said: &Said) {
    if let Ok(Value::Object(said)) = serde_json::to_value(said) {
        data.extend(said);
    }
}

/// About the firm, not about the agent to whom it is told.
fn of_the_firm(event: &str) -> bool {
    ["pool.", "trunk.", "number.", "callme."].iter().any(|about| event.starts_with(about))
}

/// Where the offer to an agent stands with an event of his; that of one that is not accepted says it itself.
fn offer_state(event: &str) -> Option<&'static str> {
    match event {
        "call.offered" | "chat.offered" => Some("pending"),
        "call.answered" | "chat.started" | "chat.taken_over" => Some("accepted"),
        "agent.wrapup" => Some("wrapping"),
        "agent.wrapup_ended" => Some("completed"),
        _ => None,
    }
}

impl Firm {
    /// An event of the interfaces, to the agent it concerns and to the firm's feed.
    pub(super) fn emit(
        &mut self,
        now: Time,
        agent: usize,
        event: &'static str,
        subject: String,
        trace_id: String,
        mut data: Value,
    ) {
        let name = &self.agents[agent].settings.name;
        if let Some(fields) = data.as_object_mut().filter(|_| !of_the_firm(event)) {
            fields.entry("agent").or_insert_with(|| json!(name));
            if let Some(offer) = offer_state(event) {
                fields.insert("offer".into(), json!(offer));
            }
        }
        let after = self.agents[agent].after;
        let envelope = self.announce(now, after, Event { name: event, subject, trace_id, data });
        self.notify_agent(agent, Notice::Event(envelope));
    }

    /// An event to the firm's feed alone, not before the journal is durable up to `after`.
    pub(super) fn announce(&mut self, now: Time, after: u64, event: Event) -> EventEnvelope {
        let again = self.feed.last.as_ref().filter(|(at, last)| {
            *at == now
                && of_the_firm(event.name)
                && (last.event, &last.subject, &last.data) == (event.name, &event.subject, &event.data)
        });
        if let Some((_, last)) = again {
            return last.clone();
        }
        self.feed.seq += 1;
        self.feed.after = self.feed.after.max(after);
        let envelope = EventEnvelope {
            id: EventId::mint(now, self.random.bits()),
            event: event.name,
            time: now.rfc3339(),
            seq: self.feed.seq,
            firm: self.settings.name.clone(),
            subject: event.subject,
            trace_id: event.trace_id,
            data: event.data,
        };
        self.feed.last = Some((now, envelope.clone()));
        let (after, to) = (self.feed.after, Audience::Firm(self.settings.name.clone()));
        self.act(after, Action::Notify(to, Notice::Event(envelope.clone())));
        envelope
    }

    /// After a restart. Events are in no row: their numbers go on from the clock, a million a second, so that they never repeat, not even
    /// where the start is within the second of the one before.
    pub(super) fn restart_feed(&mut self, now: Time) {
        self.feed.seq = ((u128::from(now.as_micros()) << 20) / 1_000_000) as u64;
        self.feed.told = self.reservations.iter().filter(|r| r.live()).map(|r| (r.id, Told::of(r))).collect();
        let subject = self.settings.name.clone();
        let (trace_id, data) = (String::new(), json!({}));
        self.announce(now, 0, Event { name: "switch.started", subject, trace_id, data });
    }

    /// A reservation that no agent is claimed for has been granted.
    pub(super) fn announce_opened(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        let (after, data) = (r.after, self.opening(r));
        let event = Event {
            name: "reservation.created",
            subject: id.to_string(),
            trace_id: r.trace_id.clone(),
            data,
        };
        self.announce(now, after, event);
    }

    /// What a new reservation's event says.
    pub(super) fn opening(&self, r: &Reservation) -> Value {
        let site = &self.settings.sites[r.site].name;
        let mut data = json!({ "mode": r.mode, "site": site, "queue": self.settings.queues[r.queue].name });
        if let Some(call) = r.moves {
            data["moves"] = json!(call);
        }
        if !r.page.attributes.is_empty() {
            data["page"] = json!({ "attributes": r.page.attributes });
        }
        data.as_object_mut().into_iter().for_each(|data| tell(data, &r.said));
        data
    }

    /// What was offered to an agent, a call or a chat, is not accepted.
    pub(super) fn offer_ended(
        &mut self,
        now: Time,
        agent: usize,
        (name, subject, trace_id): (&'static str, String, String),
        end: OfferEnd,
    ) {
        let mut data = json!({ "offer": end.word() });
        if let Some(why) = end.why() {
            data["why"] = json!(why);
        }
        self.emit(now, agent, name, subject, trace_id, data);
    }

    /// An agent is in another state.
    pub(super) fn announce_state(&mut self, now: Time, agent: usize, state: AgentState) {
        let row = &self.agents[agent];
        let (after, name) = (row.after, row.settings.name.clone());
        let trace_id = row.hand.as_ref().map_or_else(String::new, |hand| hand.trace_id.clone());
        let mut data = json!({ "agent": name, "state": state });
        if let Some(by) = &row.moved_by {
            data["by"] = json!(by);
        }
        self.announce(now, after, Event { name: "agent.state_changed", subject: name, trace_id, data });
    }

    /// No pool has these trunks any more: nothing is said of them.
    pub(super) fn forget_trunks(&mut self, carry: impl Fn(&String) -> bool) {
        self.trunks_down.retain(&carry);
        self.feed.trunks_down.retain(&carry);
    }

    /// Tells which trunks are down, or up again, since it was told last.
    pub(super) fn announce_trunks(&mut self, now: Time) {
        if self.feed.trunks_down == self.trunks_down {
            return;
        }
        let down = self.trunks_down.clone();
        let before = std::mem::replace(&mut self.feed.trunks_down, down.clone());
        for trunk in before.symmetric_difference(&down) {
            let name = if down.contains(trunk) { "trunk.down" } else { "trunk.up" };
            let (subject, data) = (trunk.clone(), json!({}));
            self.announce(now, 0, Event { name, subject, trace_id: String::new(), data });
        }
    }

    /// Tells what a step has done to a reservation.
    pub(super) fn announce_changes(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else {
            self.feed.told.remove(&id);
            return;
        };
        let is = Told::of(r);
        let was = match r.state {
            VisitorState::Ended => self.feed.told.remove(&id),
            _ => Some(self.feed.told.insert(id, is).unwrap_or(Told { position: None, ..is })),
        };
        let Some(was) = was.filter(|was| *was != is) else { return };
        let (after, trace_id) = (r.after, r.trace_id.clone());
        for (name, data) in self.news(r, was) {
            let event = Event { name, subject: id.to_string(), trace_id: trace_id.clone(), data };
            self.announce(now, after, event);
        }
    }

    /// The events between what was told of a reservation and what it is.
    fn news(&self, r: &Reservation, was: Told) -> Vec<(&'static str, Value)> {
        let mut news = Vec::new();
        let (callme, moved) = (r.mode == ShownMode::Callme, r.state != was.state);
        let queue = &self.settings.queues[r.queue].name;
        if let Some(position) = r.position.filter(|_| r.position != was.position) {
            if callme && was.position.is_none() {
                news.push(("callback.queued", json!({ "queue": queue, "position": position })));
            } else if was.position.is_none() || position <= PLACES_TOLD {
                news.push(("queue.position_changed", json!({ "queue": queue, "position": position })));
            }
        }
        match r.state {
            VisitorState::Dialing if moved => news.push(("callback.dialing", json!({}))),
            VisitorState::Talking if moved && callme => news.push(("callback.connected", json!({}))),
            VisitorState::Ended => {
                let data = json!({ "mode": r.mode, "reason": r.reason });
                if callme && was.state != VisitorState::Talking {
                    news.push(("callback.failed", data.clone()));
                }
                let expired = r.reason.as_deref() == Some("expired");
                news.push((if expired { "reservation.expired" } else { "reservation.released" }, data));
            }
            _ => {}
        }
        news
    }

    /// A granted reservation is known to the feed: what becomes of it is told.
    pub(super) fn follow_from_now(&mut self, id: ReservationId) {
        if let Some(r) = self.reservations.get(id) {
            let told = Told { position: None, ..Told::of(r) };
            self.feed.told.insert(id, told);
        }
    }
}
