//! Other settings for all firms at once.

use super::Firms;
use crate::settings::FirmSettings;
use warmline_time::Time;

impl Firms {
    /// Numbers of these settings that another firm's visitors still hold: until they are free there no firm else can have them.
    pub fn held_elsewhere(&self, firms: &[FirmSettings]) -> Vec<String> {
        let held = |name: &str, number: &&String| {
            let others = self.firms.iter().filter(|firm| firm.settings.name != name);
            others.into_iter().any(|firm| firm.has_in_use(number))
        };
        let numbers = firms.iter().flat_map(|firm| {
            let numbers = firm.pools.iter().flat_map(|pool| pool.numbers.iter().chain(&pool.shared));
            numbers.filter(|number| held(&firm.name, number)).cloned()
        });
        numbers.collect()
    }

    /// Checked settings take the place of those that the firms of these names have; see `firm/reload.rs` for what becomes of what is
    /// removed. Firms themselves come and go with a restart.
    pub fn reload(&mut self, now: Time, firms: Vec<FirmSettings>) {
        self.now = now;
        for settings in firms {
            let Some(&firm) = self.named.get(&settings.name) else { continue };
            self.step(firm).reload(now, settings);
            self.index(firm);
            self.settle(firm);
        }
    }
}
