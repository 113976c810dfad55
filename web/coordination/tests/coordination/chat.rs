//! Chats: routed like calls on a channel of their own, every line kept before it is told, through a crash at any step, and
//! turned into a call with the same agent (C8).

use crate::world::*;
use serde_json::Value;
use warmline_coordination::chat::{Author, ChatVerb, Draft, MessageKind, MessageView, VisitorVerb};
use warmline_coordination::cti::Command;
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::*;
use warmline_coordination::view::{ReservationView, ShownMode, VisitorState};

fn draft(text: &str, client_id: &str) -> Draft {
    Draft { text: text.into(), client_id: client_id.into() }
}

fn by(name: &str, chat: ReservationId, verb: ChatVerb) -> Request {
    Request::AgentChat { agent: World::who(name), chat, verb }
}

fn visitor_does(reservation: ReservationId, verb: VisitorVerb) -> Request {
    Request::VisitorChat { reservation, verb }
}

fn post(reply: Reply) -> (bool, MessageView) {
    match reply {
        Reply::Posted { created, message } => (created, *message),
        other => panic!("{other:?}"),
    }
}

impl World {
    fn chat(&mut self, n: u64) -> ReservationView {
        let view = self.open(wish(n, Mode::Chat));
        // Its page's stream.
        self.page(view.id)
    }

    fn visitor_writes(&mut self, id: ReservationId, text: &str, client_id: &str) -> (bool, MessageView) {
        post(self.tell(visitor_does(id, VisitorVerb::Post(draft(text, client_id)))))
    }

    fn agent_writes(
        &mut self,
        name: &str,
        id: ReservationId,
        text: &str,
        client_id: &str,
    ) -> (bool, MessageView) {
        post(self.tell(by(name, id, ChatVerb::Post(draft(text, client_id)))))
    }

    fn transcript(&mut self, id: ReservationId) -> Vec<MessageView> {
        match self.tell(visitor_does(id, VisitorVerb::Read(0))) {
            Reply::Messages { messages, more: false } => messages,
            other => panic!("{other:?}"),
        }
    }

    fn texts(&mut self, id: ReservationId) -> Vec<String> {
        let texts = self.transcript(id).into_iter().filter(|m| m.kind == MessageKind::Text);
        texts.map(|message| message.text).collect()
    }

    fn card(&self, name: &str, id: ReservationId) -> Value {
        let cards = self.desks[name].chats.as_array().cloned().unwrap_or_default();
        cards.into_iter().find(|card| card["id"] == id.to_string()).unwrap_or_default()
    }

    fn accept(&mut self, name: &str, id: ReservationId) {
        assert_eq!(self.card(name, id)["state"], "offered", "{:?}", self.desks[name].chats);
        self.done(by(name, id, ChatVerb::Accept));
        assert_eq!(self.card(name, id)["state"], "open");
    }
}

#[test]
fn two_people_write_to_each_other() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    assert_eq!((view.mode, view.state, view.number), (ShownMode::Chat, VisitorState::Ringing, None));
    let card = w.card("alice", view.id);
    assert_eq!(
        (card["page"]["title"].as_str(), card["contact"]["name"].as_str()),
        (Some("Page 1"), Some("Visitor 1"))
    );
    assert_eq!(w.visitor_writes(view.id, " Hello\u{202e}\r\nthere ", "a").1.text, "Hello\nthere");
    assert_eq!(
        w.card("alice", view.id)["preview"],
        "Hello\nthere",
        "what is written while it is offered is there"
    );
    w.accept("alice", view.id);
    let page = w.page(view.id);
    assert_eq!((page.state, page.agent.unwrap().display_name.as_str()), (VisitorState::Talking, "Alice"));
    let (created, message) = w.agent_writes("alice", view.id, "Good day", "x");
    assert!(created && message.from == Author::Agent && message.name.as_deref() == Some("Alice"));
    assert_eq!(message.seq, 3, "1 hello, 2 Alice joined");
    assert_eq!(w.agent_writes("alice", view.id, "Good day", "x"), (false, message.clone()), "once");
    let told: Vec<u32> = w.page_messages[&view.id].iter().map(|m| m.seq).collect();
    assert_eq!(told, [1, 2, 3]);
    assert_eq!(w.desks["alice"].messages.len(), 3);
    assert_eq!(w.card("alice", view.id)["unread"], 0, "whoever writes has read");
    w.visitor_writes(view.id, "Paper?", "b");
    assert_eq!(w.card("alice", view.id)["unread"], 1);
    w.done(by("alice", view.id, ChatVerb::Seen(9)));
    assert_eq!(
        (w.card("alice", view.id)["unread"].as_u64(), w.page(view.id).chat.unwrap().read),
        (Some(0), 4)
    );
    w.done(visitor_does(view.id, VisitorVerb::Seen { delivered: 4, read: 3 }));
    let card = w.card("alice", view.id);
    assert_eq!((card["delivered"].as_u64(), card["read"].as_u64()), (Some(4), Some(4)));
    let names: Vec<&str> = w.feed.iter().map(|e| e.event).filter(|e| e.starts_with("chat.")).collect();
    assert_eq!(
        names,
        ["chat.offered", "chat.message_posted", "chat.started", "chat.message_posted", "chat.message_posted"]
    );
    let feed = serde_json::to_string(&w.feed).unwrap();
    assert!(!feed.contains("Paper") && !feed.contains("Good day"), "what was written is not in events");
}

#[test]
fn that_somebody_writes_is_told_and_not_kept() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    w.done(visitor_does(view.id, VisitorVerb::Typing(true)));
    assert!(w.desks["alice"].typing.is_empty(), "nobody has it yet");
    w.accept("alice", view.id);
    let facts = w.journal.len();
    for _ in 0..5 {
        w.done(visitor_does(view.id, VisitorVerb::Typing(true)));
        w.done(by("alice", view.id, ChatVerb::Typing(true)));
    }
    w.done(visitor_does(view.id, VisitorVerb::Typing(false)));
    assert_eq!((&w.desks["alice"].typing[..], &w.page_typing[..]), (&[true, false][..], &[true][..]));
    assert_eq!(w.journal.len(), facts);
}

#[test]
fn nothing_is_told_before_it_is_kept() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    w.accept("alice", view.id);
    w.slow(true);
    let asked = w.ask(visitor_does(view.id, VisitorVerb::Post(draft("Hello", "a"))));
    assert!(!w.replies.contains_key(&asked));
    assert_eq!(
        (w.desks["alice"].messages.len(), w.page_messages[&view.id].len()),
        (1, 1),
        "only that she joined"
    );
    let again = w.ask(visitor_does(view.id, VisitorVerb::Post(draft("Hello", "a"))));
    assert!(!w.replies.contains_key(&again), "the same again waits for the same");
    w.commit();
    assert_eq!((post(w.replies[&asked].clone()).0, post(w.replies[&again].clone()).0), (true, false));
    assert_eq!((w.desks["alice"].messages.len(), w.page_messages[&view.id].len()), (2, 2));
    w.slow(false);
    w.firms.handle_store(w.now, false);
    w.pump();
    let refused = w.refused(visitor_does(view.id, VisitorVerb::Post(draft("More", "b"))));
    assert_eq!((refused.0, refused.1), (503, "store_unavailable"));
}

#[test]
fn a_crash_loses_no_line_and_no_partner() {
    let mut w = World::new();
    w.ready("alice");
    w.ready("bob");
    let view = w.chat(1);
    let has = if w.card("alice", view.id).is_null() { "bob" } else { "alice" };
    w.accept(has, view.id);
    w.visitor_writes(view.id, "one", "a");
    w.agent_writes(has, view.id, "two", "b");
    let waiting_before = w.transcript(view.id);
    w.crash();
    assert_eq!(w.transcript(view.id), waiting_before, "numbers, times, names and texts");
    let page = w.page(view.id);
    assert_eq!(
        (page.state, page.agent.unwrap().display_name.to_lowercase().as_str()),
        (VisitorState::Talking, has)
    );
    w.desktop(has);
    assert_eq!(w.card(has, view.id)["state"], "open", "the desktop comes back to its chat");
    assert!(!w.visitor_writes(view.id, "one", "a").0, "a page that did not hear the answer sends it again");
    assert_eq!(w.agent_writes(has, view.id, "three", "c").1.seq, 4);
    assert_eq!(w.texts(view.id), ["one", "two", "three"]);
    w.wait_secs(300);
    assert_eq!(w.card(has, view.id)["state"], "open", "his page is there");
}

#[test]
fn after_a_crash_a_desktop_that_stays_away_loses_its_chats() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    w.accept("alice", view.id);
    w.visitor_writes(view.id, "one", "a");
    w.crash();
    w.page(view.id);
    w.ready("bob");
    w.wait_secs(59);
    assert!(w.card("bob", view.id).is_null());
    w.wait_secs(2);
    w.accept("bob", view.id);
    assert_eq!(w.texts(view.id), ["one"], "the colleague sees what was written");
    assert_eq!(w.card("bob", view.id)["from"], "Alice");
    // And who waited in the queue waits on.
    let mut w = World::new();
    w.ready("alice");
    let views: Vec<_> = (1..=4).map(|n| w.chat(n)).collect();
    assert_eq!((w.page(views[3].id).state, w.page(views[3].id).position), (VisitorState::Waiting, Some(1)));
    w.visitor_writes(views[3].id, "anybody?", "a");
    w.crash();
    assert_eq!(w.page(views[3].id).position, Some(4));
    w.ready("bob");
    let of_bob = |w: &World| w.desks["bob"].chats.as_array().unwrap().len();
    assert_eq!(of_bob(&w), 1, "the pages of the others are not back");
    views.iter().for_each(|view| drop(w.page(view.id)));
    assert_eq!(of_bob(&w), 3);
}

#[test]
fn capacity_is_by_channel() {
    let mut settings = acme();
    settings.agents[0].chats = 2;
    settings.agents[1].chats = 0;
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.ready("bob");
    let views: Vec<_> = (1..=3).map(|n| w.chat(n)).collect();
    w.accept("alice", views[0].id);
    w.accept("alice", views[1].id);
    assert_eq!(w.page(views[2].id).position, Some(1));
    assert_eq!(w.state("alice"), "ready", "a chat is not a call");
    let call = w.dial_queue(None);
    assert_eq!(w.ringing_at("alice"), Some(call), "full of chats, she still takes calls");
    w.agent_answers(call);
    w.agent_writes("alice", views[0].id, "one moment", "x");
    let waiting = w.firms.counters().waiting;
    w.done(by("alice", views[0].id, ChatVerb::End));
    w.done(by("alice", views[0].id, ChatVerb::Close));
    assert_eq!((waiting, w.firms.counters().waiting), (1, 1), "nothing new while she speaks");
    w.customer_leaves(call);
    w.tell(Request::WrapupDone(World::who("alice")));
    assert_eq!(w.card("alice", views[2].id)["state"], "offered");
    assert_eq!(w.desks["bob"].chats, serde_json::json!([]));
}

#[test]
fn a_firm_may_keep_full_agents_from_calls_and_give_chats_to_those_who_speak() {
    let mut settings = acme();
    settings.chat.calls_when_full = false;
    settings.chat.during_calls = true;
    settings.agents.truncate(1);
    settings.agents[0].chats = 1;
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let call = w.dial_queue(None);
    w.agent_answers(call);
    let view = w.chat(1);
    w.accept("alice", view.id);
    w.customer_leaves(call);
    w.tell(Request::WrapupDone(World::who("alice")));
    let call = w.dial_queue(None);
    assert_eq!((w.ringing_at("alice"), w.firms.counters().waiting), (None, 1));
    w.done(Request::Cancel { reservation: view.id });
    w.done(by("alice", view.id, ChatVerb::Close));
    assert_eq!(w.ringing_at("alice"), Some(call));
}

#[test]
fn an_offer_that_is_let_pass_goes_to_the_next_and_to_the_queue() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    assert_eq!(w.refused(by("bob", view.id, ChatVerb::Accept)).1, "not_yours");
    w.wait_secs(16);
    assert_eq!(w.desks["alice"].me["notice"]["code"], "chat_unanswered");
    assert_eq!((w.state("alice").as_str(), w.page(view.id).state), ("not_ready", VisitorState::Waiting));
    let row = &w.desks["alice"].waiting[0];
    assert_eq!((row["channel"].as_str(), row["id"].as_str()), (Some("chat"), Some(&*view.id.to_string())));
    assert_eq!(w.refused(by("alice", view.id, ChatVerb::Accept)).1, "not_yours", "too late");
    w.ready("bob");
    assert_eq!(w.card("bob", view.id)["state"], "offered");
    w.done(by("bob", view.id, ChatVerb::Decline));
    assert_eq!(w.page(view.id).position, Some(1));
    let take = Request::Take { agent: World::who("alice"), waiting: view.id.to_string() };
    w.done(take.clone());
    assert_eq!(w.card("alice", view.id)["state"], "open", "who picks is willing");
    assert_eq!(w.refused(take).1, "gone");
    assert!(w.facts(|fact| matches!(fact, Fact::ChatPosted(_))) > 0);
}

#[test]
fn accepted_by_itself_where_the_firm_wants_it_and_the_fewest_chats_first() {
    let mut settings = acme();
    settings.chat.auto_accept = true;
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.ready("bob");
    for n in 1..=4 {
        let view = w.chat(n);
        assert_eq!(w.page(view.id).state, VisitorState::Talking);
    }
    let of = |name: &str| w.desks[name].chats.as_array().unwrap().len();
    assert_eq!((of("alice"), of("bob")), (2, 2));
}

#[test]
fn e11_a_page_that_is_gone_keeps_its_chat_for_a_while() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    w.accept("alice", view.id);
    w.done(Request::PageGone { reservation: view.id });
    assert!(w.card("alice", view.id)["away_since"].is_string(), "the agent is told");
    w.wait_secs(119);
    w.page(view.id);
    assert!(w.card("alice", view.id)["away_since"].is_null(), "it is back");
    w.wait_secs(600);
    assert_eq!(w.card("alice", view.id)["state"], "open");
    w.done(Request::PageGone { reservation: view.id });
    w.wait_secs(121);
    let card = w.card("alice", view.id);
    assert_eq!((card["state"].as_str(), card["reason"].as_str()), (Some("wrapup"), Some("away")));
    assert_eq!(w.page(view.id).reason.as_deref(), Some("away"));
    assert_eq!(w.refused(visitor_does(view.id, VisitorVerb::Post(draft("late", "z")))).1, "over");
    w.wait_secs(20);
    assert!(w.card("alice", view.id).is_null(), "wrap-up ends by itself");
}

#[test]
fn nobody_writes_for_half_an_hour() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    w.accept("alice", view.id);
    w.wait_secs(1700);
    w.visitor_writes(view.id, "still there", "a");
    w.wait_secs(1790);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
    w.wait_secs(20);
    assert_eq!(w.page(view.id).reason.as_deref(), Some("idle"));
}

#[test]
fn what_strangers_send_is_bounded() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    w.accept("alice", view.id);
    let write = |text: &str, n: usize| visitor_does(view.id, VisitorVerb::Post(draft(text, &n.to_string())));
    assert_eq!(w.refused(write(" \u{202e} ", 0)).1, "empty");
    assert_eq!(w.refused(write(&"ä".repeat(2001), 0)).1, "too_long");
    assert!(matches!(w.tell(write(&"ä".repeat(2000), 0)), Reply::Posted { .. }));
    (1..10).for_each(|n| assert!(matches!(w.tell(write("x", n)), Reply::Posted { .. })));
    assert_eq!(w.refused(write("x", 10)).1, "too_fast");
    w.wait_secs(9);
    for n in 10..500 {
        w.wait_secs(1);
        assert!(matches!(w.tell(write("x", n)), Reply::Posted { .. }), "{n}");
    }
    w.wait_secs(10);
    assert_eq!(w.refused(write("x", 500)).1, "chat_full");
    w.agent_writes("alice", view.id, "that is enough", "x");
    let Reply::Messages { messages, more } = w.tell(visitor_does(view.id, VisitorVerb::Read(100))) else {
        panic!()
    };
    assert_eq!((messages[0].seq, messages.len(), more), (101, 200, true));
}

#[test]
fn the_transcript_is_in_the_history_with_its_code() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    w.accept("alice", view.id);
    w.agent_writes("alice", view.id, "Bye", "x");
    w.done(Request::Cancel { reservation: view.id });
    assert_eq!(w.card("alice", view.id)["reason"], "visitor");
    let outcome = |code: &str| ChatVerb::Outcome {
        code: Some(code.into()),
        notes: Some("likes toner".into()),
        priority: Some(6),
    };
    assert_eq!(w.refused(by("alice", view.id, outcome("Nonsense"))).1, "unknown_code");
    w.done(by("alice", view.id, outcome("Sold")));
    assert_eq!(w.card("alice", view.id)["code"], "Sold");
    w.done(by("alice", view.id, ChatVerb::Close));
    w.crash();
    w.ready("bob");
    let later = w.open(wish(1, Mode::Dial));
    assert_eq!(w.desks["bob"].current["reservation"], later.id.to_string());
    let contact = &w.desks["bob"].current["contact"];
    assert_eq!((contact["notes"].as_str(), contact["priority"].as_u64()), (Some("likes toner"), Some(6)));
    let row = &contact["history"][0];
    let told = ["channel", "outcome", "agent", "code", "chat"]
        .map(|key| row[key].as_str().unwrap_or_default().to_owned());
    assert_eq!(told, ["chat", "talked", "Alice", "Sold", &view.id.to_string()]);
    let Reply::Messages { messages, .. } = w.tell(by("bob", view.id, ChatVerb::Read(0))) else { panic!() };
    assert_eq!(messages.last().unwrap().text, "Bye");
}

#[test]
fn to_a_colleague_and_to_a_queue_with_what_was_written() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    w.accept("alice", view.id);
    w.visitor_writes(view.id, "printer 42", "a");
    let to = |name: &str| ChatVerb::Transfer(Target::Agent(name.into()));
    assert_eq!(w.refused(by("alice", view.id, to("bob"))).1, "not_available");
    assert_eq!(w.refused(by("alice", view.id, to("nobody"))).1, "unknown_agent");
    w.ready("bob");
    w.done(by("alice", view.id, to("bob")));
    assert!(w.card("alice", view.id).is_null());
    assert_eq!(
        (w.card("bob", view.id)["from"].as_str(), w.page(view.id).state),
        (Some("Alice"), VisitorState::Ringing)
    );
    w.accept("bob", view.id);
    let kinds: Vec<_> =
        w.transcript(view.id).into_iter().map(|m| (m.kind, m.name.unwrap_or_default())).collect();
    assert_eq!(kinds[2..], [(MessageKind::HandedOn, "Alice".into()), (MessageKind::Joined, "Bob".into())]);
    w.done(by("bob", view.id, ChatVerb::Transfer(Target::Queue("sales".into()))));
    assert_eq!(w.card("alice", view.id)["state"], "offered", "not to him who handed it on");
    w.tell(Request::Logout(World::who("alice")));
    assert_eq!(w.page(view.id).state, VisitorState::Ringing, "who leaves keeps nobody waiting");
    assert_eq!(w.card("bob", view.id)["state"], "offered");
}

#[test]
fn a_chat_is_offered_only_where_somebody_can_chat() {
    let mut w = World::new();
    assert_eq!(w.open(wish(1, Mode::Chat)).mode, ShownMode::Ticket);
    assert!(!w.firms.open_modes(w.now, "shop").contains(&Mode::Chat));
    w.ready("alice");
    assert!(w.firms.open_modes(w.now, "shop").contains(&Mode::Chat));
    let view = w.open(wish(2, Mode::Chat));
    assert_eq!(w.open(wish(2, Mode::Chat)).id, view.id, "one a visitor");
}

#[test]
fn c8_a_chat_becomes_a_call_with_the_same_agent() {
    for mode in [Mode::Dial, Mode::Callme, Mode::Browser] {
        let mut w = World::new();
        // Bob has waited longer: a stranger's call would be his.
        w.ready("bob");
        w.wait_secs(5);
        w.ready("alice");
        w.wait_secs(5);
        let view = w.chat(1);
        w.done(by("bob", view.id, ChatVerb::Decline));
        w.accept("alice", view.id);
        w.visitor_writes(view.id, "May I call?", "a");
        w.done(by("alice", view.id, ChatVerb::ProposeCall));
        assert_eq!(w.transcript(view.id).last().unwrap().kind, MessageKind::CallProposed);
        // She is not ready for others, and bob is; still it is she who is called.
        w.ready("bob");
        w.done(Request::Presence(World::who("alice"), Presence::NotReady, None));
        let call = w.open(OpenReservation { snapshot: None, ..wish(1, mode) });
        assert_ne!(call.id, view.id);
        assert_eq!(call.agent.as_ref().map(|agent| agent.display_name.as_str()), Some("Alice"), "{mode:?}");
        let current = &w.desks["alice"].current;
        assert_eq!(
            (current["snapshot"].as_str(), current["page"]["title"].as_str()),
            (Some(SNAPSHOT), Some("Page 1"))
        );
        assert_eq!(current["contact"]["id"], w.card("alice", view.id)["contact"]["id"]);
        assert_eq!(w.card("alice", view.id)["call"], call.id.to_string());
        let id = match mode {
            Mode::Dial => w.dial(call.number.as_deref().unwrap(), None),
            Mode::Callme => {
                let dialled = w.commands.iter().rev().find_map(|command| match command {
                    Command::Dial { call, .. } => Some(*call),
                    _ => None,
                });
                let id = dialled.expect("dialled");
                w.customer_answers(id);
                id
            }
            _ => {
                let token = match w.tell(Request::Open(Box::new(wish(1, Mode::Browser)))) {
                    Reply::Reservation { token, .. } => token.unwrap(),
                    other => panic!("{other:?}"),
                };
                w.tell(Request::BrowserOffer { reservation: call.id, token, sdp: "v=0".into() });
                let id = w.calls.keys().next_back().copied().unwrap();
                w.customer_answers(id);
                id
            }
        };
        assert_eq!(w.ringing_at("alice"), Some(id), "{mode:?}");
        w.agent_answers(id);
        w.agent_writes("alice", view.id, "I can hear you", "x");
        w.customer_leaves(id);
        assert_eq!(w.card("alice", view.id)["state"], "open", "the chat goes on");
        assert_eq!(w.texts(view.id), ["May I call?", "I can hear you"]);
    }
}

#[test]
fn c8_who_speaks_already_is_not_replaced_and_the_number_keeps_him_in_mind() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.chat(1);
    w.accept("alice", view.id);
    let other = w.dial_queue(None);
    w.agent_answers(other);
    w.ready("bob");
    let call = w.open(OpenReservation { snapshot: None, ..wish(1, Mode::Dial) });
    assert!(call.agent.is_none(), "nobody else is claimed: {:?}", call.agent);
    w.customer_leaves(other);
    w.tell(Request::WrapupDone(World::who("alice")));
    let id = w.dial(call.number.as_deref().unwrap(), None);
    assert_eq!(w.ringing_at("alice"), Some(id));
}
