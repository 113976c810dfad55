//! Evidence for the web: bundles of the journal as it stands, read beside the thread that writes it.

use super::key::Key;
use super::verify::Finding;
use super::{NoEvidence, campaign, collect, person, verify};
use crate::io::clock::Clock;
use crate::store::StoreError;
use crate::store::sqlite::Reader;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;
use warmline_coordination::erasure::Person;
use warmline_coordination::ids::ReservationId;
use warmline_time::Time;
use warmline_web::{Check, Evidence, EvidenceRefused, Verdict};

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

    /// What is gathered from the journal and written by `make`, signed.
    async fn gather(
        &self,
        make: impl FnOnce(&mut Reader, &Key, Time) -> Result<String, NoEvidence> + Send + 'static,
    ) -> Result<Bytes, EvidenceRefused> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| EvidenceRefused::Busy)?;
        let (file, key, now) = (self.file.clone(), self.key.clone(), self.clock.now());
        let work = move || {
            let _place = place;
            make(&mut Reader::open(&file)?, &key, now)
        };
        let done = tokio::task::spawn_blocking(work).await.map_err(|_| EvidenceRefused::Unavailable)?;
        done.map(Bytes::from).map_err(|why| {
            match why {
                NoEvidence::Unknown => return EvidenceRefused::Unknown,
                NoEvidence::UnknownCampaign => return EvidenceRefused::UnknownCampaign,
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
        let make = move |journal: &mut Reader, key: &Key, now| {
            let content = collect::collect(journal, &firm, reservation, now)?;
            content.signed(key).and_then(|bundle| bundle.text()).map_err(unwritten)
        };
        Box::pin(async move { counted(self.gather(make).await) })
    }

    fn campaign(
        &self,
        firm: String,
        campaign: String,
        until: Option<u64>,
    ) -> BoxFuture<'_, Result<Bytes, EvidenceRefused>> {
        let make = move |journal: &mut Reader, key: &Key, now| {
            let content = campaign::collect(journal, &firm, &campaign, until, now)?;
            content.signed(key).and_then(|summary| summary.text()).map_err(unwritten)
        };
        Box::pin(async move { counted(self.gather(make).await) })
    }

    fn person(&self, firm: String, person: Person) -> BoxFuture<'_, Result<Bytes, EvidenceRefused>> {
        let make = move |journal: &mut Reader, _: &Key, now| copied(journal, &firm, person, now);
        Box::pin(self.gather(make))
    }

    fn verify(&self, bundle: Bytes) -> BoxFuture<'_, Result<Verdict, EvidenceRefused>> {
        let own = self.key.public();
        let work = move || {
            let text = std::str::from_utf8(&bundle).ok()?;
            let report = verify::verify(verify::read(text).ok()?.first()?, Some(&own));
            let check = |(&check, found): (&&'static str, &Finding)| Check { check, holds: found.holds };
            let checks = verify::CHECKS.iter().zip(&report.findings).map(check).collect();
            Some(Verdict { holds: report.holds(), checks })
        };
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(work).await.ok().flatten();
            done.ok_or(EvidenceRefused::Unavailable)
        })
    }
}

/// As [`Evidence::person`] gives it.
fn copied(journal: &mut Reader, firm: &str, person: Person, now: Time) -> Result<String, NoEvidence> {
    let copy = person::copy(journal, firm, person, now)?;
    serde_json::to_string(&copy).map_err(unwritten)
}

fn unwritten(error: serde_json::Error) -> NoEvidence {
    NoEvidence::Store(StoreError(error.to_string()))
}

fn counted(done: Result<Bytes, EvidenceRefused>) -> Result<Bytes, EvidenceRefused> {
    let outcome = done.as_ref().err().map_or("made", |why| why.code());
    metrics::counter!("warmline_evidence_bundles_total", "outcome" => outcome).increment(1);
    done
}
