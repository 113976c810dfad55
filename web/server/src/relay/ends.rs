//! The two connections of a showing, and what waits for each: the page hears the latest of its kind only, the view has a backlog.

use super::{Part, Relays};
use crate::pointing::{Kind, Pointed};
use crate::queue::{End, Next};
use crate::stream::Source;
use axum::extract::ws::Utf8Bytes;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use warmline_coordination::ids::ReservationId;

/// Bytes that wait for one agent.
const BACKLOG: usize = 4 * 1024 * 1024;
/// How often a page that owes a picture is looked at.
const LOOK: Duration = Duration::from_secs(1);

pub(super) const WANTED: Utf8Bytes = Utf8Bytes::from_static(r#"{"type":"full_wanted"}"#);
const PAUSED: Utf8Bytes = Utf8Bytes::from_static(r#"{"type":"paused"}"#);

/// The connection of a visitor's page: what it is told. Nothing of it is a queue.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    told: Mutex<Told>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Told {
    wanted: bool,
    /// The latest mark, and where the agent points since.
    mark: Option<Utf8Bytes>,
    point: Option<Utf8Bytes>,
    end: Option<End>,
}

impl Shown {
    fn tell(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner));
        self.wake.notify_one();
    }

    pub(super) fn want(&self) {
        self.tell(|told| told.wanted = true);
    }

    pub(super) fn point(&self, point: Pointed) {
        self.tell(|told| match point.kind {
            Kind::Mark => (told.mark, told.point) = (Some(point.text), None),
            Kind::Point | Kind::End => told.point = Some(point.text),
        });
    }

    pub(super) fn end(&self, end: End) {
        self.tell(|told| {
            told.end.get_or_insert(end);
        });
    }

    pub(super) fn take(&self) -> Option<Next> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = told.end.clone() {
            return Some(Next::End(end));
        }
        if std::mem::take(&mut told.wanted) {
            return Some(Next::Send(WANTED));
        }
        let text = told.mark.take();
        text.or_else(|| told.point.take()).map(Next::Send)
    }
}

/// A page's connection as a stream.
pub(crate) struct PageSource<'a> {
    pub relays: &'a Relays,
    pub reservation: ReservationId,
    pub page: &'a Shown,
}

impl Source for PageSource<'_> {
    async fn next(&mut self) -> Next {
        loop {
            if let Some(next) = self.page.take() {
                return next;
            }
            if tokio::time::timeout(LOOK, self.page.wake.notified()).await.is_err() {
                self.relays.look(self.reservation, self.page);
            }
        }
    }
}

/// The connection of an agent's view: what waits for it.
#[derive(Debug, Default)]
pub(crate) struct Viewer {
    inner: Mutex<Waiting>,
    wake: Notify,
}

#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) items: VecDeque<Utf8Bytes>,
    pub(super) bytes: usize,
    end: Option<End>,
}

impl Waiting {
    fn clear(&mut self) {
        self.items.clear();
        self.bytes = 0;
    }

    fn add(&mut self, text: Utf8Bytes) {
        self.bytes += text.len();
        self.items.push_back(text);
    }
}

impl Viewer {
    pub(super) fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False: there was no room; nothing of what waited is sent.
    pub(super) fn push(&self, part: Part, text: &str) -> bool {
        let mut inner = self.lock();
        if part == Part::Full {
            inner.clear();
        }
        let fits = inner.bytes + text.len() <= BACKLOG;
        if fits {
            inner.add(Utf8Bytes::from(text));
        } else {
            inner.clear();
        }
        drop(inner);
        self.wake.notify_one();
        fits
    }

    pub(super) fn pause(&self) {
        let mut inner = self.lock();
        inner.clear();
        inner.add(PAUSED);
        drop(inner);
        self.wake.notify_one();
    }

    pub(super) fn end(&self, end: End) {
        let mut inner = self.lock();
        inner.clear();
        inner.end.get_or_insert(end);
        drop(inner);
        self.wake.notify_one();
    }
}

impl Source for &Viewer {
    async fn next(&mut self) -> Next {
        loop {
            {
                let mut inner = self.lock();
                if let Some(end) = inner.end.clone() {
                    return Next::End(end);
                }
                if let Some(text) = inner.items.pop_front() {
                    inner.bytes -= text.len();
                    return Next::Send(text);
                }
            }
            self.wake.notified().await;
        }
    }
}
