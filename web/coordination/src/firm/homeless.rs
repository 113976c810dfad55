//! Jobs of sites that are none of the firm's any more: after a restart nobody is called for them, which is told and counted.

use super::Firm;
use crate::fact::ReservationOpened;
use crate::ids::ReservationId;
use std::collections::BTreeMap;

impl Firm {
    /// The journal has a request of a site that is not configured.
    pub(super) fn note_homeless(&mut self, opened: &ReservationOpened) {
        if opened.job.is_some() && opened.moves.is_none() {
            self.homeless.insert(opened.reservation, opened.site.clone());
        }
    }

    /// It was over before, or goes on.
    pub(super) fn homeless_over(&mut self, id: Option<ReservationId>) {
        if let Some(id) = id {
            self.homeless.remove(&id);
        }
    }

    /// How many open jobs the journal has of each site that is not configured: nobody is called for them.
    pub fn homeless(&self) -> BTreeMap<&str, usize> {
        let mut sites = BTreeMap::new();
        for site in self.homeless.values() {
            *sites.entry(site.as_str()).or_default() += 1;
        }
        sites
    }
}
