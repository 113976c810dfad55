//! Which of its site's numbers a visitor is given: one of his country, never a toll-free one of another (E25).
//!
//! Where he is says the number at which he is to be called, else his own word, else his record's; his browser's languages only choose
//! among a site's pools and keep toll-free numbers from him, for they say little of where he is. Nobody's address is looked up.

use super::Firm;
use crate::ids::ContactId;
use crate::number::{PoolKind, country_of_e164};
use crate::request::{Mode, Whence};
use crate::settings::{Abroad, PoolSettings};
use warmline_time::Time;

/// A site's pool for a visitor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    pub pool: usize,
    /// No pool is of his country: its numbers are written as they are dialled from there.
    pub abroad: bool,
    /// None of its numbers is shown to him.
    pub hidden: bool,
}

impl Choice {
    /// A pool that was chosen already.
    pub fn of(pool: usize) -> Self {
        Choice { pool, abroad: false, hidden: false }
    }
}

impl Firm {
    /// What works for who says nothing of where he is.
    pub fn working_at_home(&self, now: Time, site: usize, modes: &[Mode]) -> Vec<Mode> {
        self.working(now, site, modes, &Choice::of(self.pool_of_site(site)))
    }

    /// The pools of a site that are there, in the order of the configuration; at least one, where the firm has any.
    pub(super) fn pools_of_site(&self, site: usize) -> Vec<usize> {
        let settings = &self.settings.sites[site];
        let names = std::iter::once(&settings.pool).chain(&settings.further);
        let mut pools: Vec<usize> = Vec::new();
        for pool in names.filter_map(|name| self.pool_named(name)) {
            if !pools.contains(&pool) {
                pools.push(pool);
            }
        }
        if pools.is_empty() {
            pools.push(self.first_pool());
        }
        pools
    }

    /// The pool for who is there. `number`: his own, where he has said it.
    pub(super) fn pool_for(
        &self,
        site: usize,
        whence: &Whence,
        number: Option<&str>,
        contact: Option<ContactId>,
    ) -> Choice {
        let known = || {
            let contact = contact.and_then(|id| self.contacts.get(id))?;
            contact.numbers.first().and_then(|number| country_of_e164(number))
        };
        let said = number.and_then(country_of_e164).or_else(|| whence.country.clone()).or_else(known);
        self.choose_pool(site, said.as_deref(), whence.region.as_deref())
    }

    fn choose_pool(&self, site: usize, said: Option<&str>, region: Option<&str>) -> Choice {
        let pools = self.pools_of_site(site);
        let first = pools.first().copied().unwrap_or(0);
        let shown = |pool, abroad| Choice { pool, abroad, hidden: false };
        if self.settings.pools.is_empty() {
            return shown(first, false);
        }
        let of = |pool: &usize| &self.settings.pools[*pool];
        let home = of(&first).country.as_deref();
        let country = said.or(region).or(home);
        let here: Vec<usize> = pools.iter().copied().filter(|pool| is_in(of(pool), country)).collect();
        if let Some(pool) = self.readiest(&here) {
            return shown(pool, false);
        }
        let reached = |pool: &usize| of(pool).kind != PoolKind::TollFree;
        let reached: Vec<usize> = pools.iter().copied().filter(reached).collect();
        // A language says too little to send somebody abroad.
        let at_home: Vec<usize> = reached.iter().copied().filter(|pool| is_in(of(pool), home)).collect();
        let at_home = self.readiest(&at_home).filter(|_| said.is_none());
        match (at_home, self.readiest(&reached)) {
            (Some(pool), _) => shown(pool, false),
            (None, Some(pool)) => {
                let hidden = self.settings.sites[site].abroad == Abroad::Hide;
                Choice { pool, abroad: true, hidden }
            }
            (None, None) => Choice { pool: first, abroad: true, hidden: true },
        }
    }

    /// Of these the first that has a number to give; else the first with a shared one; else the first whose trunk is up.
    fn readiest(&self, pools: &[usize]) -> Option<usize> {
        let up = |pool: &&usize| self.trunk_up(**pool);
        let free = pools.iter().filter(up).find(|pool| self.pools[**pool].has_free());
        let shared = || pools.iter().filter(up).find(|pool| self.settings.pools[**pool].shared.is_some());
        free.or_else(shared).or_else(|| pools.iter().find(up)).or(pools.first()).copied()
    }
}

/// Whether a pool's numbers are of a country; those that are none of the network are everybody's.
fn is_in(pool: &PoolSettings, country: Option<&str>) -> bool {
    pool.country.is_none() || pool.country.as_deref() == country
}
