//! Evidence for the web: bundles of the journal as it stands, read beside the thread that writes it.

use super::key::Key;
use super::{NoEvidence, collect};
use crate::io::clock::Clock;
use crate::store::sqlite::Reader;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;
use warmline_coordination::ids::ReservationId;
use warmline_web::{Evidence, EvidenceRefused};

/// Bundles that are gathered at once: each reads as much of the journal as was written since its request.
const AT_ONCE: usize = 1;

/// The journal's file and the key.
pub struct Archive {
    file: PathBuf,
    key: Arc<Key>,
    clock: Clock,
    places: Arc<Semaphore>,
}

impl Archive {
    /// On a journal.
    pub fn new(file: PathBuf, key: Key, clock: Clock) -> Self {
        Archive { file, key: Arc::new(key), clock, places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    async fn gather(&self, firm: String, reservation: ReservationId) -> Result<Bytes, EvidenceRefused> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| EvidenceRefused::Busy)?;
        let (file, key, now) = (self.file.clone(), self.key.clone(), self.clock.now());
        let work = move || {
            let _place = place;
            let mut journal = Reader::open(&file)?;
            let content = collect::collect(&mut journal, &firm, reservation, now)?;
            let bundle = content.signed(&key).and_then(|bundle| bundle.text());
            bundle.map_err(|error| NoEvidence::Store(crate::store::StoreError(error.to_string())))
        };
        let done = tokio::task::spawn_blocking(work).await.map_err(|_| EvidenceRefused::Unavailable)?;
        done.map(Bytes::from).map_err(|why| {
            match why {
                NoEvidence::Unknown => return EvidenceRefused::Unknown,
                NoEvidence::TooLong(_) => return EvidenceRefused::TooLong,
                NoEvidence::Damaged(..) => tracing::error!(%why, "evidence"),
                NoEvidence::Store(_) => {
                    tracing::error!(%why, "evidence");
                    return EvidenceRefused::Unavailable;
                }
            }
            EvidenceRefused::Damaged
        })
    }
}

impl Evidence for Archive {
    fn bundle(
        &self,
        firm: String,
        reservation: ReservationId,
    ) -> BoxFuture<'_, Result<Bytes, EvidenceRefused>> {
        Box::pin(async move {
            let done = self.gather(firm, reservation).await;
            let outcome = done.as_ref().err().map_or("made", |why| why.code());
            metrics::counter!("warmline_evidence_bundles_total", "outcome" => outcome).increment(1);
            done
        })
    }
}
