//! A chat as the firm keeps it: what was written in one order, who has it, and how far either side is.

use crate::chat::{Author, MessageKind};
use crate::ids::{DecisionId, ReservationId};
use crate::statistics::Asked;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use warmline_time::Time;

/// Of chats that are over so many bytes of text are kept, and so many chats.
const KEPT_BYTES: usize = 64 << 20;
const KEPT_MOST: usize = 50_000;
/// What a line costs beside its text.
const LINE: usize = 128;
/// A visitor may send so many texts in so much time.
const BURST: usize = 10;
const BURST_TIME: Duration = Duration::from_secs(10);
/// That somebody is writing is told on so often at most.
const TYPING: Duration = Duration::from_millis(900);

/// Where a chat stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// In its queue.
    Waiting,
    /// An agent is asked.
    Offered {
        /// Who, by his index.
        agent: usize,
        /// When the next one is asked.
        until: Time,
    },
    /// An agent has it.
    Open {
        /// Who, by his index.
        agent: usize,
    },
    /// It is over; its agent says what it was about.
    Wrapup {
        /// Who, by his index.
        agent: usize,
        /// When that ends by itself.
        until: Time,
    },
    /// It is over.
    Over,
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Message {
    pub seq: u32,
    pub at: Time,
    pub from: Author,
    /// The agent, by his index, where he is still one of the firm's.
    pub agent: Option<usize>,
    pub kind: MessageKind,
    pub text: String,
    pub client_id: Option<String>,
}

/// One chat.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub id: ReservationId,
    pub phase: Phase,
    /// Since when it is in this phase.
    pub since: Time,
    pub log: Vec<Message>,
    /// All agents who had it.
    pub spoke: Vec<usize>,
    /// In which queue it asked first, and when: there it is counted.
    pub asks: Option<Asked>,
    /// When the first of them took it.
    pub answered: Option<Time>,
    /// Who handed it on last, by his index: for a moment he is not asked.
    pub left: Option<usize>,
    pub code: Option<String>,
    /// Up to which number the visitor's page has it, he and the agent have seen it.
    pub delivered: u32,
    pub read_by_visitor: u32,
    pub read_by_agent: u32,
    /// A page of the visitor's has an open stream.
    pub here: bool,
    /// Since when his page is gone.
    pub away: Option<Time>,
    pub decision: Option<DecisionId>,
    /// Why it is over, for the desktop.
    pub ended: Option<&'static str>,
    posted: VecDeque<Time>,
    /// When it was told last that the visitor, or the agent, writes.
    typed: [Option<Time>; 2],
}

impl Conversation {
    /// Nothing is written, nobody has it.
    pub fn new(id: ReservationId, now: Time) -> Self {
        Conversation {
            id,
            phase: Phase::Waiting,
            since: now,
            log: Vec::new(),
            spoke: Vec::new(),
            asks: None,
            answered: None,
            left: None,
            code: None,
            delivered: 0,
            read_by_visitor: 0,
            read_by_agent: 0,
            here: false,
            away: None,
            decision: None,
            ended: None,
            posted: VecDeque::new(),
            typed: [None; 2],
        }
    }

    /// Whether it is not over.
    pub fn live(&self) -> bool {
        !matches!(self.phase, Phase::Wrapup { .. } | Phase::Over)
    }

    /// Who is asked or has it, also in its wrap-up.
    pub fn agent(&self) -> Option<usize> {
        match self.phase {
            Phase::Offered { agent, .. } | Phase::Open { agent } | Phase::Wrapup { agent, .. } => Some(agent),
            Phase::Waiting | Phase::Over => None,
        }
    }

    /// Who has it.
    pub fn writes(&self) -> Option<usize> {
        match self.phase {
            Phase::Open { agent } => Some(agent),
            _ => None,
        }
    }

    pub fn enter(&mut self, phase: Phase, now: Time) {
        self.phase = phase;
        self.since = now;
    }

    /// The number of the last line; 0: none.
    pub fn last(&self) -> u32 {
        self.log.last().map_or(0, |message| message.seq)
    }

    /// A line is added; whoever writes has seen what was there.
    pub fn add(&mut self, message: Message) {
        match message.from {
            Author::Agent => self.read_by_agent = message.seq,
            Author::Visitor => {
                self.read_by_visitor = message.seq;
                self.delivered = message.seq;
            }
        }
        self.typed[usize::from(message.from == Author::Agent)] = None;
        self.log.push(message);
    }

    /// What this side has sent under this name already.
    pub fn known(&self, from: Author, client_id: &str) -> Option<&Message> {
        let fits = |m: &&Message| m.from == from && m.client_id.as_deref() == Some(client_id);
        self.log.iter().rev().find(fits)
    }

    /// How many texts one side has sent.
    pub fn texts(&self, from: Author) -> usize {
        let fits = |m: &&Message| m.kind == MessageKind::Text && m.from == from;
        self.log.iter().filter(fits).count()
    }

    /// The visitor's texts that the agent has not seen.
    pub fn unread(&self) -> u32 {
        let new = |m: &&Message| m.from == Author::Visitor;
        self.log.iter().rev().take_while(|m| m.seq > self.read_by_agent).filter(new).count() as u32
    }

    /// Whether the visitor may send one more text now; if not, when.
    pub fn allow(&mut self, now: Time) -> Result<(), Duration> {
        while self.posted.front().is_some_and(|&at| now.since(at) >= BURST_TIME) {
            self.posted.pop_front();
        }
        if let Some(&first) = self.posted.front().filter(|_| self.posted.len() >= BURST) {
            return Err(BURST_TIME.saturating_sub(now.since(first)));
        }
        self.posted.push_back(now);
        Ok(())
    }

    /// Whether it is worth telling that a side writes, or has stopped.
    pub fn types(&mut self, now: Time, from: Author, on: bool) -> bool {
        let told = &mut self.typed[usize::from(from == Author::Agent)];
        let news = match (*told, on) {
            (Some(at), true) => now.since(at) >= TYPING,
            (None, true) | (Some(_), false) => true,
            (None, false) => false,
        };
        if news {
            *told = on.then_some(now);
        }
        news
    }

    fn bytes(&self) -> usize {
        self.log.iter().map(|message| message.text.len() + LINE).sum::<usize>() + LINE
    }
}

/// A firm's chats: those that are on, and as many of the others as are kept.
#[derive(Debug, Default)]
pub(crate) struct Conversations {
    rows: HashMap<ReservationId, Conversation>,
    over: VecDeque<(ReservationId, usize)>,
    bytes: usize,
}

impl Conversations {
    /// One of them.
    pub fn get(&self, id: ReservationId) -> Option<&Conversation> {
        self.rows.get(&id)
    }

    /// One of them, to change.
    pub fn get_mut(&mut self, id: ReservationId) -> Option<&mut Conversation> {
        self.rows.get_mut(&id)
    }

    /// A new one.
    pub fn insert(&mut self, row: Conversation) {
        self.rows.insert(row.id, row);
    }

    /// How many are not over.
    pub fn on(&self) -> usize {
        self.rows.len() - self.over.len()
    }

    /// One that is over is gone.
    pub fn forget(&mut self, id: ReservationId) {
        let Some(place) = self.over.iter().position(|(other, _)| *other == id) else { return };
        if let Some((id, bytes)) = self.over.remove(place) {
            self.bytes -= bytes;
            self.rows.remove(&id);
        }
    }

    /// It is over: kept while there is room.
    pub fn close(&mut self, id: ReservationId, now: Time) {
        let Some(row) = self.rows.get_mut(&id).filter(|row| row.phase != Phase::Over) else { return };
        row.enter(Phase::Over, now);
        row.posted = VecDeque::new();
        let bytes = row.bytes();
        self.bytes += bytes;
        self.over.push_back((id, bytes));
        while self.bytes > KEPT_BYTES || self.over.len() > KEPT_MOST {
            let Some((id, bytes)) = self.over.pop_front() else { return };
            self.bytes -= bytes;
            self.rows.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> ReservationId {
        ReservationId::mint(Time::ZERO, n)
    }

    fn line(seq: u32, agent: Option<usize>, text: &str) -> Message {
        let (kind, text, client_id) = (MessageKind::Text, text.to_owned(), Some(seq.to_string()));
        let from = if agent.is_some() { Author::Agent } else { Author::Visitor };
        Message { seq, at: Time::ZERO, from, agent, kind, text, client_id }
    }

    #[test]
    fn who_writes_has_seen_what_was_there() {
        let mut chat = Conversation::new(id(1), Time::ZERO);
        [(1, None), (2, None), (3, Some(0)), (4, None)]
            .into_iter()
            .for_each(|(seq, agent)| chat.add(line(seq, agent, "x")));
        assert_eq!((chat.last(), chat.unread(), chat.read_by_visitor), (4, 1, 4));
        assert_eq!(chat.known(Author::Visitor, "2").map(|m| m.seq), Some(2));
        assert!(chat.known(Author::Agent, "2").is_none(), "the other side has names of its own");
        assert_eq!((chat.texts(Author::Visitor), chat.texts(Author::Agent)), (3, 1));
    }

    #[test]
    fn a_visitor_sends_ten_in_ten_seconds() {
        let mut chat = Conversation::new(id(1), Time::ZERO);
        let at = |secs: u64| Time::from_micros(secs * 1_000_000);
        (0..10).for_each(|n| assert_eq!(chat.allow(at(100 + n / 2)), Ok(())));
        assert_eq!(chat.allow(at(105)), Err(Duration::from_secs(5)));
        assert_eq!(chat.allow(at(110)), Ok(()));
    }

    #[test]
    fn what_is_over_is_kept_while_there_is_room() {
        let mut chats = Conversations::default();
        let long = "x".repeat(KEPT_BYTES / 4);
        for n in 0..6 {
            chats.insert(Conversation::new(id(n), Time::ZERO));
            chats.get_mut(id(n)).unwrap().add(line(1, None, &long));
            assert_eq!(chats.on(), 1);
            chats.close(id(n), Time::ZERO);
            chats.close(id(n), Time::ZERO);
        }
        assert!(chats.get(id(0)).is_none() && chats.get(id(5)).is_some());
        assert!(chats.bytes <= KEPT_BYTES);
        assert_eq!((chats.rows.len(), chats.on()), (3, 0));
    }
}
