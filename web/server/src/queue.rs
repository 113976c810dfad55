//! What waits to be sent to one stream: bounded, the latest view of a name in place of an older one.

use axum::extract::ws::Utf8Bytes;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Messages that wait at most.
pub(crate) const LONGEST: usize = 64;

/// Why a stream ends from our side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// A newer one took over, or the agent logged out.
    Replaced,
    /// The session was ended by a supervisor, by his shown name, or because the configuration has the agent no more.
    LoggedOff(Option<String>),
    /// The other side does not keep up.
    Overflow,
    /// We stop.
    Shutdown,
    /// What it showed is not shown any more.
    Over,
}

/// What a stream does next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    Send(Utf8Bytes),
    End(End),
}

/// One stream's queue: filled by the hub, emptied by the stream's task.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    items: VecDeque<(Option<&'static str>, Utf8Bytes)>,
    /// From the answer that opened the stream: what was published before is contained in it.
    live: bool,
    end: Option<End>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on messages are taken.
    pub fn go_live(&self) {
        self.lock().live = true;
    }

    /// Whether messages are taken.
    pub fn is_live(&self) -> bool {
        let inner = self.lock();
        inner.live && inner.end.is_none()
    }

    /// Whether it ends.
    pub fn is_over(&self) -> bool {
        self.lock().end.is_some()
    }

    /// Takes a message; `view` names the view it replaces. `false`: it was one too many and the stream ends.
    pub fn push(&self, view: Option<&'static str>, text: Utf8Bytes) -> bool {
        let mut inner = self.lock();
        if !inner.live || inner.end.is_some() {
            return true;
        }
        let waiting = view.and_then(|_| inner.items.iter_mut().find(|item| item.0 == view));
        if let Some(item) = waiting {
            item.1 = text;
            return true;
        }
        let fits = inner.items.len() < LONGEST;
        if fits {
            inner.items.push_back((view, text));
        } else {
            inner.items.clear();
            inner.end = Some(End::Overflow);
        }
        drop(inner);
        self.wake.notify_one();
        fits
    }

    /// Ends the stream; what still waits is not sent. The first reason counts.
    pub fn end(&self, end: End) {
        let mut inner = self.lock();
        inner.items.clear();
        inner.end.get_or_insert(end);
        drop(inner);
        self.wake.notify_one();
    }

    /// What to do next, as soon as there is something. May be dropped at any await.
    pub async fn next(&self) -> Next {
        loop {
            {
                let mut inner = self.lock();
                if let Some(end) = &inner.end {
                    return Next::End(end.clone());
                }
                if let Some((_, text)) = inner.items.pop_front() {
                    return Next::Send(text);
                }
            }
            self.wake.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(queue: &Queue) -> String {
        match queue.next().await {
            Next::Send(text) => text.to_string(),
            Next::End(end) => format!("{end:?}"),
        }
    }

    #[tokio::test]
    async fn the_latest_view_replaces_the_one_that_waits() {
        let queue = Queue::default();
        queue.go_live();
        queue.push(Some("me"), "me 1".into());
        queue.push(None, "event 1".into());
        queue.push(Some("stats"), "stats 1".into());
        queue.push(Some("me"), "me 2".into());
        queue.push(None, "event 2".into());
        for expected in ["me 2", "event 1", "stats 1", "event 2"] {
            assert_eq!(text(&queue).await, expected);
        }
        queue.push(Some("me"), "me 3".into());
        assert_eq!(text(&queue).await, "me 3");
    }

    #[tokio::test]
    async fn nothing_is_taken_before_the_opening_answer() {
        let queue = Queue::default();
        queue.push(Some("me"), "old".into());
        queue.go_live();
        queue.push(Some("me"), "new".into());
        assert_eq!(text(&queue).await, "new");
    }

    #[tokio::test]
    async fn one_too_many_ends_the_stream() {
        let queue = Queue::default();
        queue.go_live();
        for number in 0..LONGEST {
            assert!(queue.push(None, format!("{number}").into()));
        }
        assert!(!queue.push(None, "one more".into()));
        assert_eq!(text(&queue).await, "Overflow");
        queue.end(End::Replaced);
        assert_eq!(text(&queue).await, "Overflow", "the first reason counts");
        assert!(!queue.is_live());
    }

    #[tokio::test]
    async fn views_never_overflow() {
        let queue = Queue::default();
        queue.go_live();
        for number in 0..1_000 {
            assert!(queue.push(Some("waiting"), format!("{number}").into()));
        }
        assert_eq!(text(&queue).await, "999");
    }
}
