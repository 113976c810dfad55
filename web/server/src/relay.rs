//! A visitor's page as it is now, on its way to the one agent who may see it: in memory, bounded, never stored. What is too much is
//! left out, and the page is asked for a whole picture again. Where the agent points goes the other way, the latest only.

mod ends;

pub(crate) use ends::{PageSource, Shown, Viewer};

use crate::limit::Bucket;
use crate::pointing::{self, Kind, Pointed};
use crate::queue::End;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use warmline_coordination::ids::ReservationId;
use warmline_time::Time;

/// Bytes a page may send at once, and each second in the long run.
const BURST: u64 = 6 * 1024 * 1024;
const PER_SECOND: u64 = 256 * 1024;
/// Bytes of one showing in all.
const IN_ALL: u64 = 512 * 1024 * 1024;
/// A whole picture is asked for again after so long.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// What a page's message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// A whole picture: nothing before it is needed any more.
    Full,
    /// What has changed since.
    More,
}

/// All pages that are shown now: one row for each agent who looks.
#[derive(Debug, Default)]
pub(crate) struct Relays {
    rows: Mutex<HashMap<ReservationId, Row>>,
}

#[derive(Debug)]
struct Row {
    number: u64,
    page: Option<Arc<Shown>>,
    viewer: Option<Arc<Viewer>>,
    allowance: Allowance,
    /// The viewer has a picture, and all since.
    whole: bool,
    asked: Option<Instant>,
    /// Points that the agent may send.
    points: Option<Bucket>,
    /// The page has been told where he points.
    pointing: bool,
}

impl Relays {
    fn lock(&self) -> MutexGuard<'_, HashMap<ReservationId, Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on a page may be shown to who holds the address with this number.
    pub fn open(&self, reservation: ReservationId, number: u64) {
        let row = Row {
            number,
            page: None,
            viewer: None,
            allowance: Allowance::full(),
            whole: false,
            asked: None,
            points: None,
            pointing: false,
        };
        if let Some(before) = self.lock().insert(reservation, row) {
            before.end();
        }
    }

    /// It may not any more.
    pub fn close(&self, reservation: ReservationId) {
        if let Some(row) = self.lock().remove(&reservation) {
            row.end();
        }
    }

    /// The program stops.
    pub fn shutdown(&self) {
        self.lock().drain().for_each(|(_, row)| row.end());
    }

    /// The number under which a page is shown.
    pub fn number(&self, reservation: ReservationId) -> Option<u64> {
        self.lock().get(&reservation).map(|row| row.number)
    }

    /// The visitor's page is there; it takes over from an older one. None: nobody may see it.
    pub fn open_page(&self, reservation: ReservationId) -> Option<Arc<Shown>> {
        let mut rows = self.lock();
        let row = rows.get_mut(&reservation)?;
        let page = Arc::new(Shown::default());
        if let Some(earlier) = row.page.replace(Arc::clone(&page)) {
            earlier.end(End::Replaced);
        }
        row.whole = false;
        row.pointing = false;
        row.ask();
        Some(page)
    }

    /// That page has gone, for another one perhaps.
    pub fn close_page(&self, reservation: ReservationId, page: &Arc<Shown>) {
        let mut rows = self.lock();
        let Some(row) = rows.get_mut(&reservation) else { return };
        if row.page.as_ref().is_some_and(|open| Arc::ptr_eq(open, page)) {
            row.page = None;
            row.whole = false;
            row.pointing = false;
            row.tell_paused();
        }
    }

    /// The agent's view is there; it takes over from an older one.
    pub fn open_viewer(&self, reservation: ReservationId, number: u64) -> Option<Arc<Viewer>> {
        let mut rows = self.lock();
        let row = rows.get_mut(&reservation).filter(|row| row.number == number)?;
        let viewer = Arc::new(Viewer::default());
        if let Some(earlier) = row.viewer.replace(Arc::clone(&viewer)) {
            earlier.end(End::Replaced);
            row.point_no_more();
        }
        row.whole = false;
        row.asked = None;
        if row.page.is_none() {
            row.tell_paused();
        }
        row.ask();
        Some(viewer)
    }

    /// That view has gone.
    pub fn close_viewer(&self, reservation: ReservationId, viewer: &Arc<Viewer>) {
        let mut rows = self.lock();
        let Some(row) = rows.get_mut(&reservation) else { return };
        if row.viewer.as_ref().is_some_and(|open| Arc::ptr_eq(open, viewer)) {
            row.viewer = None;
            row.whole = false;
            row.point_no_more();
        }
    }

    /// Hands a page's message on, if it is that of the page that is shown and there is room for it.
    pub fn pass(&self, reservation: ReservationId, page: &Arc<Shown>, part: Part, text: &str) {
        let mut rows = self.lock();
        let Entry::Occupied(mut row) = rows.entry(reservation) else { return };
        if !row.get().page.as_ref().is_some_and(|open| Arc::ptr_eq(open, page)) {
            return;
        }
        if row.get_mut().pass(part, text).is_err() {
            metrics::counter!("warmline_web_live_ended_total", "why" => "too_much").increment(1);
            row.remove().end();
        }
    }

    /// Tells the page that is shown where its agent points, if he has its picture; what comes too fast is left out.
    pub fn point(&self, reservation: ReservationId, viewer: &Arc<Viewer>, point: Pointed, now: Time) {
        let mut rows = self.lock();
        let Some(row) = rows.get_mut(&reservation) else { return };
        if row.viewer.as_ref().is_some_and(|open| Arc::ptr_eq(open, viewer)) {
            row.point(point, now);
        }
    }

    /// Asks a page for the picture it owes, where it is time.
    fn look(&self, reservation: ReservationId, page: &Shown) {
        let mut rows = self.lock();
        let Some(row) = rows.get_mut(&reservation) else { return };
        if row.page.as_ref().is_some_and(|open| std::ptr::eq(&**open, page)) {
            row.ask();
        }
    }
}

/// A showing that has sent more than anybody looks at.
struct TooMuch;

impl Row {
    fn pass(&mut self, part: Part, text: &str) -> Result<(), TooMuch> {
        let fits = self.allowance.take(text.len() as u64)?;
        let Some(viewer) = &self.viewer else { return Ok(()) };
        if part == Part::More && !self.whole {
            return Ok(());
        }
        self.whole = fits && viewer.push(part, text);
        if self.whole {
            self.asked = None;
        } else {
            metrics::counter!("warmline_web_live_dropped_total").increment(1);
        }
        Ok(())
    }

    /// A whole picture is asked for where somebody looks and has none, the page can afford one, and was not asked just now.
    fn ask(&mut self) {
        let now = Instant::now();
        let lately = self.asked.is_some_and(|asked| now < asked + ASK_AGAIN);
        let Some(page) = self.page.as_ref().filter(|_| self.viewer.is_some() && !self.whole && !lately)
        else {
            return;
        };
        if self.allowance.left(now) >= BURST / 4 {
            self.asked = Some(now);
            page.want();
        }
    }

    fn point(&mut self, point: Pointed, now: Time) {
        let bucket = self.points.get_or_insert_with(|| Bucket::full(pointing::RATE, now));
        if bucket.take(pointing::RATE, now).is_err() {
            metrics::counter!("warmline_web_live_points_dropped_total").increment(1);
            return;
        }
        // Without its picture, a number of his names something else there, or nothing.
        let Some(page) = self.page.as_ref().filter(|_| self.whole) else { return };
        self.pointing = point.kind != Kind::End;
        page.point(point);
    }

    fn point_no_more(&mut self) {
        if let Some(page) = self.page.as_ref().filter(|_| self.pointing) {
            page.point(Pointed::end());
        }
        self.pointing = false;
    }

    fn tell_paused(&self) {
        if let Some(viewer) = &self.viewer {
            viewer.pause();
        }
    }

    fn end(self) {
        if let Some(page) = self.page {
            page.end(End::Over);
        }
        if let Some(viewer) = self.viewer {
            viewer.end(End::Over);
        }
    }
}

/// Bytes a page may send.
#[derive(Debug)]
struct Allowance {
    left: u64,
    at: Instant,
    taken: u64,
}

impl Allowance {
    fn full() -> Self {
        Allowance { left: BURST, at: Instant::now(), taken: 0 }
    }

    fn left(&self, now: Instant) -> u64 {
        let gained = (now - self.at).as_millis() as u64 * PER_SECOND / 1_000;
        (self.left + gained).min(BURST)
    }

    /// Whether so many bytes may pass.
    fn take(&mut self, bytes: u64) -> Result<bool, TooMuch> {
        let now = Instant::now();
        self.left = self.left(now);
        self.at = now;
        self.taken += bytes;
        if self.taken > IN_ALL {
            return Err(TooMuch);
        }
        let fits = bytes <= self.left;
        self.left = self.left.saturating_sub(bytes);
        Ok(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::ends::WANTED;
    use super::*;
    use crate::queue::Next;
    use crate::stream::Source;

    fn id(n: u128) -> ReservationId {
        ReservationId::mint(Time::ZERO, n)
    }

    /// One that is shown, with page and viewer.
    fn shown() -> (Relays, Arc<Shown>, Arc<Viewer>) {
        let relays = Relays::default();
        relays.open(id(1), 7);
        let page = relays.open_page(id(1)).unwrap();
        let viewer = relays.open_viewer(id(1), 7).unwrap();
        assert_eq!(page.take(), Some(Next::Send(WANTED)));
        (relays, page, viewer)
    }

    async fn text(viewer: &Viewer) -> String {
        match { viewer }.next().await {
            Next::Send(text) => text.to_string(),
            Next::End(end) => format!("{end:?}"),
        }
    }

    fn waits(viewer: &Viewer) -> usize {
        viewer.lock().items.len()
    }

    #[tokio::test]
    async fn a_page_is_shown_to_whom_it_may_and_from_a_whole_picture_on() {
        let relays = Relays::default();
        assert!(relays.open_page(id(1)).is_none(), "nobody may see it");
        relays.open(id(1), 7);
        assert!(relays.open_viewer(id(1), 6).is_none(), "the address of an earlier showing");
        let page = relays.open_page(id(1)).unwrap();
        assert_eq!(page.take(), None, "nobody looks yet");
        let viewer = relays.open_viewer(id(1), 7).unwrap();
        assert_eq!(page.take(), Some(Next::Send(WANTED)));
        relays.pass(id(1), &page, Part::More, "change of a picture nobody has");
        relays.pass(id(1), &page, Part::Full, "picture");
        relays.pass(id(1), &page, Part::More, "change");
        assert_eq!([text(&viewer).await, text(&viewer).await], ["picture", "change"]);
        relays.close(id(1));
        assert_eq!((text(&viewer).await.as_str(), page.take()), ("Over", Some(Next::End(End::Over))));
        assert!(relays.open_viewer(id(1), 7).is_none());
        relays.pass(id(1), &page, Part::Full, "late");
        assert!(relays.number(id(1)).is_none());
    }

    #[tokio::test]
    async fn the_next_page_takes_over_and_a_whole_picture_begins_anew() {
        let (relays, first, viewer) = shown();
        relays.pass(id(1), &first, Part::Full, "first");
        let second = relays.open_page(id(1)).unwrap();
        assert_eq!(first.take(), Some(Next::End(End::Replaced)));
        assert_eq!(second.take(), Some(Next::Send(WANTED)));
        relays.pass(id(1), &first, Part::More, "of the first");
        relays.pass(id(1), &second, Part::Full, "second");
        assert_eq!(text(&viewer).await, "second", "what waited of the first is of no use");
        relays.close_page(id(1), &first);
        assert_eq!(waits(&viewer), 0);
        relays.close_page(id(1), &second);
        assert_eq!(text(&viewer).await, r#"{"type":"paused"}"#);
    }

    #[tokio::test(start_paused = true)]
    async fn a_backlog_is_dropped_and_a_fresh_picture_asked_for() {
        let (relays, page, viewer) = shown();
        relays.pass(id(1), &page, Part::Full, "picture");
        let large = "x".repeat(1024 * 1024);
        for _ in 0..5 {
            relays.pass(id(1), &page, Part::More, &large);
        }
        assert_eq!(waits(&viewer), 0, "more than may wait");
        let mut source = PageSource { relays: &relays, reservation: id(1), page: &page };
        assert_eq!(source.next().await, Next::Send(WANTED));
        relays.pass(id(1), &page, Part::Full, "picture");
        assert_eq!(text(&viewer).await, "picture");
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_not_handed_on_and_ends_in_the_end() {
        let (relays, page, viewer) = shown();
        let large = "x".repeat(1024 * 1024);
        let mut handed_on = 0;
        for _ in 0..20 {
            relays.pass(id(1), &page, Part::Full, &large);
            handed_on += std::mem::take(&mut viewer.lock().bytes);
            viewer.lock().items.clear();
        }
        assert_eq!(handed_on as u64, BURST);
        for _ in 0..IN_ALL / large.len() as u64 {
            relays.pass(id(1), &page, Part::Full, &large);
        }
        assert_eq!((text(&viewer).await.as_str(), page.take()), ("Over", Some(Next::End(End::Over))));
    }

    /// A point at node `n`, or another kind with its text.
    fn point(n: u32) -> Pointed {
        Pointed { kind: Kind::Point, text: format!("point {n}").into() }
    }

    fn mark(n: u32) -> Pointed {
        Pointed { kind: Kind::Mark, text: format!("mark {n}").into() }
    }

    fn told(page: &Shown) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(next) = page.take() {
            match next {
                Next::Send(text) => all.push(text.to_string()),
                Next::End(end) => {
                    all.push(format!("{end:?}"));
                    break;
                }
            }
        }
        all
    }

    const END: &str = r#"{"type":"point_end"}"#;

    #[tokio::test]
    async fn the_latest_point_replaces_the_one_that_waits_and_no_mark() {
        let (relays, page, viewer) = shown();
        relays.pass(id(1), &page, Part::Full, "picture");
        for n in 1..=5 {
            relays.point(id(1), &viewer, point(n), Time::ZERO);
        }
        assert_eq!(told(&page), ["point 5"]);
        for n in [point(6), mark(7), mark(8), point(9), point(10)] {
            relays.point(id(1), &viewer, n, Time::ZERO);
        }
        assert_eq!(told(&page), ["mark 8", "point 10"]);
        relays.point(id(1), &viewer, point(11), Time::ZERO);
        relays.point(id(1), &viewer, Pointed::end(), Time::ZERO);
        assert_eq!(told(&page), [END]);
    }

    #[tokio::test]
    async fn points_that_come_too_fast_are_left_out() {
        let (relays, page, viewer) = shown();
        relays.pass(id(1), &page, Part::Full, "picture");
        let heard = |now: Time| {
            let points = (1..=100).map(|n| {
                relays.point(id(1), &viewer, point(n), now);
                told(&page).len()
            });
            points.sum::<usize>()
        };
        assert_eq!(heard(Time::ZERO), 20);
        assert_eq!(heard(Time::ZERO), 0);
        assert_eq!(heard(Time::ZERO + Duration::from_secs(1)), 10);
        assert_eq!(heard(Time::ZERO + Duration::from_secs(60)), 20);
        // Another connection of the same showing is given no more.
        let again = relays.open_viewer(id(1), 7).unwrap();
        relays.pass(id(1), &page, Part::Full, "picture");
        let before = told(&page).len();
        relays.point(id(1), &again, point(1), Time::ZERO + Duration::from_secs(60));
        assert_eq!((before > 0, told(&page).len()), (true, 0));
    }

    #[tokio::test]
    async fn only_the_view_that_is_open_points_and_only_at_the_page_it_has() {
        let (relays, first, earlier) = shown();
        relays.point(id(1), &earlier, point(1), Time::ZERO);
        assert_eq!(told(&first), [""; 0], "it has no picture yet");
        relays.pass(id(1), &first, Part::Full, "picture");
        relays.point(id(2), &earlier, point(2), Time::ZERO);
        relays.point(id(1), &earlier, point(3), Time::ZERO);
        assert_eq!(told(&first), ["point 3"]);
        let viewer = relays.open_viewer(id(1), 7).unwrap();
        relays.pass(id(1), &first, Part::Full, "picture");
        assert_eq!(told(&first), [r#"{"type":"full_wanted"}"#, END], "who pointed has gone");
        relays.point(id(1), &earlier, point(4), Time::ZERO);
        relays.point(id(1), &Arc::default(), point(5), Time::ZERO);
        assert_eq!(told(&first), [""; 0], "a view that was replaced, or never was");
        relays.point(id(1), &viewer, mark(6), Time::ZERO);
        let second = relays.open_page(id(1)).unwrap();
        relays.point(id(1), &viewer, point(7), Time::ZERO);
        assert_eq!(told(&first), ["Replaced"], "what waited goes with it");
        assert!(!told(&second).iter().any(|text| text.starts_with("point")), "its picture is not there yet");
        relays.pass(id(1), &second, Part::Full, "picture");
        relays.point(id(1), &viewer, point(8), Time::ZERO);
        assert!(told(&second).contains(&"point 8".into()));
        relays.close_viewer(id(1), &viewer);
        assert_eq!(told(&second), [END]);
        relays.close_viewer(id(1), &viewer);
        assert_eq!(told(&second), [""; 0], "once");
    }

    #[tokio::test]
    async fn nothing_is_pointed_at_when_it_is_over() {
        let (relays, page, viewer) = shown();
        relays.pass(id(1), &page, Part::Full, "picture");
        relays.point(id(1), &viewer, mark(1), Time::ZERO);
        relays.close(id(1));
        relays.point(id(1), &viewer, point(2), Time::ZERO);
        assert_eq!(told(&page), ["Over"]);
    }
}
