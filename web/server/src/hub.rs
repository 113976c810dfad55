//! Open streams by whom they show, and what is published to them.

use crate::api::once::Once;
use crate::clock;
use crate::event_log::EventLog;
use crate::feed::{Feed, FeedLimits};
use crate::links::DesktopLinks;
use crate::queue::{End, Queue};
use crate::relay::Relays;
use crate::watch::Watching;
use axum::extract::ws::Utf8Bytes;
use serde_json::json;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use warmline_coordination::activity::Who;
use warmline_coordination::effect::Audience;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::invitation::WatchCommand;
use warmline_coordination::request::AgentRef;
use warmline_coordination::view::Notice;
use warmline_time::Time;

/// Streams of one reservation: pages of one visitor, and those that died unnoticed.
const STREAMS_A_RESERVATION: usize = 4;

/// All open streams. One for each agent: a newer one takes over; some for each reservation.
#[derive(Default)]
pub struct Hub {
    tables: Mutex<Tables>,
    /// By firm: as many as are configured.
    feeds: Mutex<HashMap<String, Arc<Feed>>>,
    feed_limits: FeedLimits,
    /// Where firms' events are kept, a folder each; none: in memory alone.
    event_logs: Option<PathBuf>,
    /// Sessions begun until then are over; an agent a row, so it is bounded by the directory.
    logged_out: Mutex<HashMap<AgentRef, Time>>,
    /// Visitors' pages that agents see as they are now.
    pub(crate) relays: Relays,
    /// Visitors who have not asked for anything yet.
    pub(crate) watching: Watching,
    /// What commands were answered that may come again.
    pub(crate) once: Once,
}

#[derive(Default)]
struct Tables {
    agents: HashMap<AgentRef, AgentStream>,
    visitors: HashMap<ReservationId, Vec<Arc<Queue>>>,
    visitor_streams: usize,
    last_number: u64,
    closed: bool,
}

struct AgentStream {
    number: u64,
    queue: Arc<Queue>,
    links: Arc<DesktopLinks>,
    /// When the log-in began with which it was opened.
    logged_in: Time,
}

impl Hub {
    /// No streams.
    pub fn new() -> Self {
        Hub::default()
    }

    /// No streams; so much of the firms' events is kept.
    pub fn keeping(feed_limits: FeedLimits) -> Self {
        Hub { feed_limits, ..Hub::default() }
    }

    /// No streams; firms' events are kept in a folder of their own each, in this one. Needs a tokio runtime from then on.
    pub fn logging(event_logs: PathBuf) -> Self {
        Hub { event_logs: Some(event_logs), ..Hub::default() }
    }

    /// Somebody of a firm is erased: events about these ids are on the disk no more. Blocks.
    ///
    /// # Errors
    /// Where some of them still are.
    pub fn forget_events(&self, firm: &str, ids: &[String]) -> std::io::Result<()> {
        self.feed(firm).forget(ids)
    }

    /// Somebody of a firm is erased: nothing is kept of what its programs were answered.
    pub fn forget_answers(&self, firm: &str) {
        self.once.forget(firm);
    }

    /// Sends a notice to the streams that are open, if any. Never blocks: a stream that does not keep up with 64 messages is closed.
    /// `Notice::Replaced` is not sent on: take-over and log-out are known here first.
    pub fn publish(&self, to: &Audience, notice: &Notice) {
        match to {
            Audience::Agent(agent) => self.publish_to_agent(agent, notice),
            Audience::Desktops(firm) => self.publish_to_desktops(firm, notice),
            Audience::Visitor(reservation) => self.publish_to_visitor(*reservation, notice),
            Audience::Firm(firm) => {
                if let Notice::Event(event) = notice {
                    self.feed(firm).publish(event);
                }
            }
        }
    }

    /// What a visitor's page sends of itself goes to the agent's view of this number from now on, or to nobody.
    pub fn share(&self, reservation: ReservationId, number: Option<u64>) {
        match number {
            Some(number) => self.relays.open(reservation, number),
            None => self.relays.close(reservation),
        }
    }

    /// What a firm wants done about a visitor who is watched.
    pub fn watch(&self, firm: &str, who: Who, command: WatchCommand) {
        self.watching.obey(firm, who, command);
    }

    /// Ends all streams and takes no more: the program stops.
    pub fn shutdown(&self) {
        let mut tables = self.lock();
        tables.closed = true;
        let visitors = tables.visitors.values().flatten();
        for queue in tables.agents.values().map(|stream| &stream.queue).chain(visitors) {
            queue.end(End::Shutdown);
        }
        drop(tables);
        self.relays.shutdown();
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner).values().for_each(|feed| feed.close());
    }

    /// A firm's feed.
    pub(crate) fn feed(&self, firm: &str) -> Arc<Feed> {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = feeds.get(firm) {
            return Arc::clone(feed);
        }
        let log = self.event_logs.as_ref().and_then(|folder| {
            let opened = EventLog::open(folder.join(firm));
            opened.inspect_err(|error| tracing::error!(%error, firm, "events are kept in memory alone")).ok()
        });
        let logged = log.is_some();
        let feed = Arc::new(Feed::new(self.feed_limits, log));
        if logged {
            tokio::spawn(Arc::clone(&feed).write());
        }
        feeds.insert(firm.to_owned(), Arc::clone(&feed));
        feed
    }

    /// Open streams: of agents, of visitors.
    pub fn open_streams(&self) -> (usize, usize) {
        let tables = self.lock();
        (tables.agents.len(), tables.visitor_streams)
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish_to_agent(&self, agent: &AgentRef, notice: &Notice) {
        if let Notice::LoggedOff { by } = notice {
            self.log_out(agent);
            if let Some(stream) = self.lock().agents.get(agent) {
                stream.queue.end(End::LoggedOff(by.clone()));
            }
            return;
        }
        let open = {
            let tables = self.lock();
            tables.agents.get(agent).map(|stream| (Arc::clone(&stream.queue), Arc::clone(&stream.links)))
        };
        let Some((queue, links)) = open.filter(|(queue, _)| queue.is_live()) else { return };
        if let Some((view, text)) = message(notice, Some(&links)) {
            count_overflow(queue.push(view, text));
        }
    }

    /// Made into text once for all of them.
    fn publish_to_desktops(&self, firm: &str, notice: &Notice) {
        let Some((view, text)) = message(notice, None) else { return };
        let tables = self.lock();
        for (_, stream) in tables.agents.iter().filter(|(agent, _)| agent.firm == firm) {
            count_overflow(stream.queue.push(view, text.clone()));
        }
    }

    fn publish_to_visitor(&self, reservation: ReservationId, notice: &Notice) {
        let queues = self.lock().visitors.get(&reservation).cloned().unwrap_or_default();
        if queues.is_empty() {
            return;
        }
        if let Some((view, text)) = message(notice, None) {
            for queue in queues {
                count_overflow(queue.push(view, text.clone()));
            }
        }
    }

    /// Opens an agent's stream in place of an earlier one. `announce` tells the firm its number and must not wait: numbers reach the
    /// firm in the order in which streams take over.
    pub(crate) fn open_agent<T, E>(
        &self,
        agent: &AgentRef,
        links: Arc<DesktopLinks>,
        logged_in: Time,
        announce: impl FnOnce(u64, &Arc<Queue>) -> Result<T, E>,
    ) -> Result<(u64, Arc<Queue>, T), E> {
        let mut tables = self.lock();
        let number = tables.last_number + 1;
        let queue = Arc::new(Queue::default());
        let announced = announce(number, &queue)?;
        tables.last_number = number;
        if tables.closed {
            queue.end(End::Shutdown);
        }
        let stream = AgentStream { number, queue: Arc::clone(&queue), links, logged_in };
        if let Some(earlier) = tables.agents.insert(agent.clone(), stream) {
            earlier.queue.end(End::Replaced);
        }
        Ok((number, queue, announced))
    }

    /// An agent's stream is over; a newer one stays.
    pub(crate) fn close_agent(&self, agent: &AgentRef, number: u64) {
        let mut tables = self.lock();
        if tables.agents.get(agent).is_some_and(|stream| stream.number == number) {
            tables.agents.remove(agent);
        }
    }

    /// Since when an agent is logged in where his desktop is open now; none: nowhere.
    pub(crate) fn open_since(&self, agent: &AgentRef) -> Option<Time> {
        self.lock().agents.get(agent).filter(|stream| !stream.queue.is_over()).map(|stream| stream.logged_in)
    }

    /// Ends all sessions of an agent that have begun by now.
    pub(crate) fn log_out(&self, agent: &AgentRef) {
        let mut rows = self.logged_out.lock().unwrap_or_else(PoisonError::into_inner);
        rows.insert(agent.clone(), clock::now());
    }

    /// Whether a session begun at `issued` was ended since.
    pub(crate) fn was_logged_out(&self, agent: &AgentRef, issued: Time) -> bool {
        let rows = self.logged_out.lock().unwrap_or_else(PoisonError::into_inner);
        rows.get(agent).is_some_and(|&until| issued <= until)
    }

    /// The agent logged out.
    pub(crate) fn end_agent(&self, agent: &AgentRef) {
        if let Some(stream) = self.lock().agents.get(agent) {
            stream.queue.end(End::Replaced);
        }
    }

    /// Opens a visitor's stream, unless `most` are open. The oldest of too many for one reservation ends.
    pub(crate) fn open_visitor(&self, reservation: ReservationId, most: usize) -> Option<Arc<Queue>> {
        let mut tables = self.lock();
        if tables.visitor_streams >= most || tables.closed {
            return None;
        }
        let queue = Arc::new(Queue::default());
        let queues = tables.visitors.entry(reservation).or_default();
        queues.push(Arc::clone(&queue));
        let one_too_many = queues.len().checked_sub(STREAMS_A_RESERVATION + 1);
        if let Some(index) = one_too_many {
            queues.remove(index).end(End::Replaced);
        } else {
            tables.visitor_streams += 1;
        }
        Some(queue)
    }

    /// A visitor's stream is over. `gone` is called where it was the last of its reservation, before a new one can open, and
    /// must not wait.
    pub(crate) fn close_visitor(&self, reservation: ReservationId, queue: &Arc<Queue>, gone: impl FnOnce()) {
        let mut tables = self.lock();
        let Entry::Occupied(mut row) = tables.visitors.entry(reservation) else { return };
        let Some(index) = row.get().iter().position(|open| Arc::ptr_eq(open, queue)) else { return };
        row.get_mut().remove(index);
        if row.get().is_empty() {
            row.remove();
            gone();
        }
        tables.visitor_streams -= 1;
    }
}

fn count_overflow(fits: bool) {
    if !fits {
        metrics::counter!("warmline_web_stream_overflows_total").increment(1);
    }
}

/// A notice as text, and the view it is.
fn message(notice: &Notice, links: Option<&DesktopLinks>) -> Option<(Option<&'static str>, Utf8Bytes)> {
    let (view, text) = match notice {
        Notice::View { view, data } => {
            let mut message = json!({"type": "view", "view": view, "data": data});
            if let Some(links) = links {
                links.add_to(view, &mut message["data"], clock::now());
            }
            (Some(*view), message.to_string())
        }
        Notice::Replaced | Notice::LoggedOff { .. } => return None,
        Notice::Change { .. }
        | Notice::Probe { .. }
        | Notice::Answer { .. }
        | Notice::Event(_)
        | Notice::Message { .. }
        | Notice::Typing { .. } => (None, serde_json::to_string(notice).ok()?),
    };
    Some((view, text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Origin, PublicOrigin};
    use crate::queue::Next;
    use crate::seal::Keys;
    use crate::settings::WebSettings;

    fn links() -> Arc<DesktopLinks> {
        let desktop = Origin::parse("http://desk.test").unwrap();
        let settings = WebSettings::new([1; 64], PublicOrigin::Fixed("http://pages.test".into()));
        Arc::new(DesktopLinks::new(&desktop, &settings, Arc::new(Keys::new(&[1; 64])), false))
    }

    fn alice() -> AgentRef {
        AgentRef { firm: "acme".into(), agent: "alice".into() }
    }

    fn open(hub: &Hub) -> (u64, Arc<Queue>) {
        let announce = |_, queue: &Arc<Queue>| {
            queue.go_live();
            Ok::<(), ()>(())
        };
        let (number, queue, ()) = hub.open_agent(&alice(), links(), Time::ZERO, announce).unwrap();
        (number, queue)
    }

    fn view(view: &'static str, data: serde_json::Value) -> Notice {
        Notice::View { view, data }
    }

    #[tokio::test]
    async fn the_newest_stream_of_an_agent_takes_over() {
        let hub = Hub::new();
        let (first, old) = open(&hub);
        let (second, new) = open(&hub);
        assert!(second > first);
        assert_eq!(old.next().await, Next::End(End::Replaced));
        hub.close_agent(&alice(), first);
        hub.publish(&Audience::Agent(alice()), &view("stats", json!({"waiting": 1})));
        let sent = new.next().await;
        assert_eq!(
            sent,
            Next::Send(r#"{"data":{"waiting":1},"type":"view","view":"stats"}"#.into()),
            "closing the old one leaves the new one"
        );
        hub.close_agent(&alice(), second);
        assert_eq!(hub.open_streams(), (0, 0));
    }

    #[tokio::test]
    async fn a_published_replaced_never_ends_the_newer_stream() {
        let hub = Hub::new();
        let (_, queue) = open(&hub);
        hub.publish(&Audience::Agent(alice()), &Notice::Replaced);
        assert!(queue.is_live());
        hub.end_agent(&alice());
        assert_eq!(queue.next().await, Next::End(End::Replaced));
    }

    #[tokio::test]
    async fn a_stream_that_could_not_be_announced_takes_over_nothing() {
        let hub = Hub::new();
        let (_, queue) = open(&hub);
        assert!(hub.open_agent(&alice(), links(), Time::ZERO, |_, _| Err::<(), ()>(())).is_err());
        assert!(queue.is_live());
    }

    #[tokio::test]
    async fn visitors_streams_are_bounded_in_all_and_for_each_reservation() {
        let hub = Hub::new();
        let id = ReservationId::mint(Time::ZERO, 1);
        let queues: Vec<_> = (0..6).map(|_| hub.open_visitor(id, 5).unwrap()).collect();
        assert_eq!(hub.open_streams(), (0, 4));
        assert_eq!(queues[0].next().await, Next::End(End::Replaced));
        assert_eq!(queues[1].next().await, Next::End(End::Replaced));
        hub.close_visitor(id, &queues[0], || panic!("others are open"));
        assert_eq!(hub.open_streams(), (0, 4), "it was not counted any more");
        let other = ReservationId::mint(Time::ZERO, 2);
        assert!(hub.open_visitor(other, 5).is_some());
        assert!(hub.open_visitor(other, 5).is_none());
        let mut gone = 0;
        for queue in &queues {
            hub.close_visitor(id, queue, || gone += 1);
        }
        assert_eq!(gone, 1);
        assert_eq!(hub.open_streams(), (0, 1));
    }

    #[tokio::test]
    async fn all_streams_of_a_reservation_hear_it_and_nobody_else() {
        let hub = Hub::new();
        let ids = [ReservationId::mint(Time::ZERO, 1), ReservationId::mint(Time::ZERO, 2)];
        let queues = [ids[0], ids[0], ids[1]].map(|id| hub.open_visitor(id, 9).unwrap());
        queues.iter().for_each(|queue| queue.go_live());
        hub.publish(&Audience::Visitor(ids[0]), &view("reservation", json!({"state": "held"})));
        hub.publish(&Audience::Visitor(ids[1]), &view("reservation", json!({"state": "ended"})));
        for (queue, state) in queues.iter().zip(["held", "held", "ended"]) {
            let Next::Send(text) = queue.next().await else { panic!() };
            assert!(text.contains(state), "{text}");
        }
    }

    #[tokio::test]
    async fn shutdown_ends_all_and_takes_no_more() {
        let hub = Hub::new();
        let (_, agent) = open(&hub);
        let visitor = hub.open_visitor(ReservationId::mint(Time::ZERO, 1), 9).unwrap();
        hub.shutdown();
        assert_eq!(agent.next().await, Next::End(End::Shutdown));
        assert_eq!(visitor.next().await, Next::End(End::Shutdown));
        assert!(hub.open_visitor(ReservationId::mint(Time::ZERO, 1), 9).is_none());
        assert_eq!(open(&hub).1.next().await, Next::End(End::Shutdown));
    }
}
