//! The coordination task: drives the firms with what the web, the switch, the store and time bring, and carries their effects out.
//!
//! An effect is released when the firm's journal is durable up to its number: nothing is told before it is kept.

use super::clock::Clock;
use super::erasers::Erasers;
use super::release::Release;
use super::signalling::{self, Input};
use crate::ops::reload::Reload;
use crate::store::decisions::Decisions;
use crate::store::writer::{Full, Writer};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use warmline_coordination::cti;
use warmline_coordination::effect::{Action, Effect};
use warmline_coordination::fact::Entry;
use warmline_coordination::firms::{Counters, Firms};
use warmline_coordination::request::RequestId;
use warmline_time::Time;
use warmline_web::{Hub, Lookups, Mails, ReplySender, WebRequest};

/// Queues' and agents' figures are published at most this often.
const FIGURES: Duration = Duration::from_secs(1);
/// And at least this often, though nothing happens: time goes on.
const FIGURES_IDLE: Duration = Duration::from_secs(10);

/// What the task is connected to.
pub struct Links {
    /// From the web.
    pub requests: mpsc::Receiver<WebRequest>,
    /// Other settings.
    pub reloads: mpsc::Receiver<Reload>,
    /// From the switch.
    pub events: mpsc::Receiver<cti::Event>,
    /// To the switch.
    pub signalling: signalling::Handle,
    /// To the journal.
    pub writer: Writer,
    /// To the pages.
    pub hub: Arc<Hub>,
    /// To the firms' CRMs.
    pub lookups: Arc<Lookups>,
    /// To the firms' mail servers.
    pub mails: Arc<Mails>,
    /// Where decisions are kept for days, if they are.
    pub decisions: Option<Decisions>,
    /// To the journal, for people who are to be erased.
    pub erasers: Erasers,
    /// For metrics.
    pub counters: watch::Sender<Counters>,
}

struct Driver {
    firms: Firms,
    clock: Clock,
    links: Links,
    replies: HashMap<RequestId, ReplySender>,
    next_request: u64,
    /// Rows that the writer had no room for; everything behind them waits.
    unwritten: VecDeque<Entry>,
    /// What waits for the disk.
    waiting: Release<Action>,
    /// Commands that signalling had no room for.
    commands: VecDeque<cti::Command>,
    writable: bool,
    /// When the figures were published last.
    published: Time,
    /// What the firms know of the clock.
    clock_off: bool,
}

/// Runs until the web and the switch are both gone.
pub async fn run(firms: Firms, clock: Clock, links: Links) {
    let mut durable = links.writer.durable.changed.subscribe();
    let mut driver = Driver {
        firms,
        clock,
        links,
        replies: HashMap::new(),
        next_request: 0,
        unwritten: VecDeque::new(),
        waiting: Release::new(),
        commands: VecDeque::new(),
        writable: true,
        published: Time::ZERO,
        clock_off: false,
    };
    driver.look_at_clock();
    driver.drain().await;
    loop {
        let due = driver.firms.poll_timeout().map(|due| driver.clock.until(due));
        let pause = due.map_or(FIGURES_IDLE, |due| due.min(FIGURES_IDLE));
        tokio::select! {
            biased;
            event = driver.links.events.recv() => match event {
                Some(event) => driver.switch(event),
                None => return,
            },
            changed = durable.changed() => if changed.is_err() { return },
            request = driver.links.requests.recv() => match request {
                Some(request) => driver.request(request),
                None => return,
            },
            reload = driver.links.reloads.recv() => match reload {
                Some(reload) => driver.reload(reload).await,
                None => return,
            },
            () = tokio::time::sleep(pause) => {}
        }
        // One commit serves all that waits: take what is there before the effects are looked at.
        for _ in 0..256 {
            let Ok(event) = driver.links.events.try_recv() else { break };
            driver.switch(event);
        }
        for _ in 0..256 {
            let Ok(request) = driver.links.requests.try_recv() else { break };
            driver.request(request);
        }
        driver.look_at_clock();
        driver.timeout();
        driver.drain().await;
    }
}

impl Driver {
    fn look_at_clock(&mut self) {
        let (off, now) = (self.clock.is_off(), self.clock.now());
        if std::mem::replace(&mut self.clock_off, off) != off {
            self.guarded(|firms| firms.handle_clock(now, off));
        }
    }

    fn guarded(&mut self, work: impl FnOnce(&mut Firms)) {
        let firms = &mut self.firms;
        if catch_unwind(AssertUnwindSafe(|| work(firms))).is_err() {
            metrics::counter!("warmline_panics_total", "part" => "coordination").increment(1);
            tracing::error!("coordination panicked; ending so that the journal rebuilds it");
            std::process::exit(70);
        }
    }

    fn switch(&mut self, event: cti::Event) {
        let now = self.clock.now();
        self.guarded(|firms| firms.handle_switch(now, event));
    }

    fn request(&mut self, request: WebRequest) {
        let now = self.clock.now();
        let id = RequestId(self.next_request);
        self.next_request += 1;
        self.replies.insert(id, request.reply);
        self.guarded(|firms| firms.handle_request(now, id, request.request));
    }

    /// Firms first, then the switch, then what the firms have to tell it: neither is asked for what it does not know yet.
    async fn reload(&mut self, reload: Reload) {
        let held = self.firms.held_elsewhere(&reload.firms);
        if !held.is_empty() {
            // Whoever asked may have gone.
            let _ = reload.done.send(Err(held));
            return;
        }
        let now = self.clock.now();
        self.guarded(|firms| firms.reload(now, reload.firms));
        self.links.signalling.send_waiting(Input::Reload(Box::new(reload.switch))).await;
        let _ = reload.done.send(Ok(()));
    }

    fn timeout(&mut self) {
        let now = self.clock.now();
        let writable = self.links.writer.durable.writable();
        if writable != self.writable {
            self.writable = writable;
            self.guarded(|firms| firms.handle_store(now, writable));
        }
        if self.firms.poll_timeout().is_some_and(|due| due <= now) {
            self.guarded(|firms| firms.handle_timeout(now));
        }
    }

    async fn drain(&mut self) {
        let mut ready = Vec::new();
        while let Some(effect) = self.firms.poll_effect() {
            match effect {
                Effect::Persist(entry) => self.unwritten.push_back(entry),
                Effect::Act { firm, after, action } => {
                    let durable = self.links.writer.durable.up_to(&firm);
                    self.waiting.push(&firm, (after, action), durable, &mut ready);
                }
            }
            ready.drain(..).for_each(|action| self.act(action));
        }
        while let Some(entry) = self.unwritten.pop_front() {
            if let Err(Full(entry)) = self.links.writer.append(entry) {
                self.unwritten.push_front(*entry);
                break;
            }
        }
        self.release();
        while let Some(command) = self.commands.pop_front() {
            self.links.signalling.send_waiting(Input::Command(Box::new(command))).await;
        }
        self.links.counters.send_replace(self.firms.counters());
        self.publish();
    }

    fn publish(&mut self) {
        let now = self.clock.now();
        if now.since(self.published) >= FIGURES {
            self.published = now;
            crate::ops::statistics::publish(&self.firms.figures(now));
        }
    }

    fn release(&mut self) {
        let mut ready = Vec::new();
        let durable = &self.links.writer.durable;
        self.waiting.look(|firm| durable.up_to(firm), &mut ready);
        ready.into_iter().for_each(|action| self.act(action));
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Switch(command) => self.commands.push_back(command),
            Action::Notify(audience, notice) => self.links.hub.publish(&audience, &notice),
            Action::Share { reservation, to, number } => {
                self.links.hub.share(reservation, to.map(|_| number))
            }
            Action::Lookup(question) => self.links.lookups.ask(*question),
            Action::Mail(sending) => self.links.mails.send(*sending),
            Action::Decided { firm, decision } => {
                if let Some(decisions) = &self.links.decisions {
                    decisions.keep(firm, decision);
                }
            }
            Action::Watch { firm, who, command } => self.links.hub.watch(&firm, who, command),
            Action::Erase(erasing) => {
                self.links.hub.forget_answers(&erasing.firm);
                self.links.erasers.erase(*erasing);
            }
            Action::Reply(id, reply) => {
                // A client that went away wants no answer.
                if let Some(waiting) = self.replies.remove(&id) {
                    waiting.send(reply);
                }
            }
        }
    }
}
