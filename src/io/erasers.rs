//! Has people erased from the journal beside everything else: a thread for each reading, of which a firm orders one at a time.

use crate::store::decisions::Decisions;
use crate::store::erase;
use crate::store::writer::Writer;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use warmline_coordination::erasure::Erasing;
use warmline_coordination::request::Request;
use warmline_web::{Hub, ReplySender, WebRequest};

/// Firms' readings that go on at once.
const AT_ONCE: usize = 1;

/// The journal's file, its writer, and the way back to the firms.
#[derive(Clone)]
pub struct Erasers {
    file: PathBuf,
    writer: Writer,
    decisions: Option<Decisions>,
    hub: Arc<Hub>,
    requests: mpsc::Sender<WebRequest>,
    places: Arc<Semaphore>,
}

impl Erasers {
    /// On a journal.
    pub fn new(
        file: PathBuf,
        (writer, decisions, hub): (Writer, Option<Decisions>, Arc<Hub>),
        requests: mpsc::Sender<WebRequest>,
    ) -> Self {
        Erasers { file, writer, decisions, hub, requests, places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Reads the firm's journal, has the rows replaced, and tells the firm.
    pub fn erase(&self, erasing: Erasing) {
        let eraser = self.clone();
        tokio::spawn(async move {
            let Ok(_place) = eraser.places.acquire().await else { return };
            let (file, writer, firm) = (eraser.file.clone(), eraser.writer.clone(), erasing.firm.clone());
            let (decisions, hub) = (eraser.decisions.clone(), Arc::clone(&eraser.hub));
            let work = move || {
                let events = |ids: &[String]| hub.forget_events(&erasing.firm, ids);
                erase::carry_out(&file, (&writer, decisions.as_ref()), events, &erasing)
            };
            let done = match tokio::task::spawn_blocking(work).await {
                Ok(Ok(done)) => Some(done),
                Ok(Err(error)) => {
                    tracing::error!(%error, firm, "people cannot be erased; it is tried again");
                    None
                }
                Err(_) => None,
            };
            // Nobody waits for the answer; at the end of the program nobody hears it either, and the next start does it again.
            let (rows, older) = done.map_or((None, None), |(rows, older)| (Some(rows), older));
            let request = Request::RowsErased { firm, rows, older };
            let _ = eraser.requests.send(WebRequest { request, reply: ReplySender::nobody() }).await;
        });
    }
}
