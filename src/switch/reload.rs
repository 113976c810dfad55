//! Other settings while calls go on: accounts, trunks and routes are others from the next request on. What is removed takes nothing
//! new; the dialogs of calls that are on go on. Trunks keep their places for the life of the process: legs name them by these.

use super::Switch;
use super::registrar::Aor;
use super::settings::{Settings, Trunk};
use super::trunk::{self, TrunkState};
use std::collections::{BTreeSet, HashSet};
use warmline_coordination::cti::Event;
use warmline_sip::digest::Credentials;
use warmline_time::Time;

impl Switch {
    /// Checked settings take the place of those it has. `domain`, `stamp` and `webrtc_ports` are those of before: they change with a
    /// restart only. Which phones and trunks are there is told again: coordination may know more of them now.
    pub fn reload(&mut self, now: Time, settings: Settings) {
        let mut settings = settings.normalised();
        self.reload_accounts(&settings);
        self.routes.reload(&settings);
        let trunks = std::mem::take(&mut settings.trunks);
        self.settings = Settings { trunks: std::mem::take(&mut self.settings.trunks), ..settings };
        self.reload_trunks(now, trunks);
        for Aor { user, realm } in self.registrar.addresses() {
            self.emit(Event::DeviceUp { user, realm });
        }
        for trunk in 0..self.trunks.len() {
            self.trunks[trunk].tell_again();
            self.tell_trunk(trunk);
        }
        self.pump(now);
    }

    fn reload_accounts(&mut self, settings: &Settings) {
        let realm = &settings.domain;
        let users: HashSet<&String> = settings.accounts.iter().map(|account| &account.user).collect();
        let gone = self.settings.accounts.iter().filter(|account| !users.contains(&account.user));
        let gone: Vec<Aor> =
            gone.map(|account| Aor { user: account.user.clone(), realm: realm.clone() }).collect();
        for aor in gone {
            self.credentials.remove(&(aor.user.clone(), aor.realm.clone()));
            self.remove_bindings(&aor, |_| true);
        }
        self.credentials.extend(settings.account_passwords());
    }

    fn reload_trunks(&mut self, now: Time, trunks: Vec<Trunk>) {
        let mut gone: BTreeSet<usize> = (0..self.trunks.len()).collect();
        for trunk in trunks {
            match self.trunk_named(&trunk.name) {
                Some(index) => {
                    gone.remove(&index);
                    self.change_trunk(now, index, trunk);
                }
                None => {
                    self.trunks.push(TrunkState::new(&trunk, self.mint.hex(32)));
                    self.settings.trunks.push(trunk);
                    self.begin_trunk(now, self.trunks.len() - 1);
                }
            }
        }
        for index in gone {
            let removed = self.settings.trunks[index].retired();
            self.change_trunk(now, index, removed);
        }
    }

    /// Its pings begin anew where its peers are others; a registration that is not wanted any more is taken back.
    fn change_trunk(&mut self, now: Time, index: usize, trunk: Trunk) {
        let before = std::mem::replace(&mut self.settings.trunks[index], trunk);
        let is = &self.settings.trunks[index];
        let registered = registration(&before) != registration(is);
        if !registered && before.peers == is.peers && before.ping == is.ping {
            return;
        }
        if registered {
            self.send_register(now, index, &before, 0);
        }
        trunk::timers(index, &before).for_each(|timer| self.periodic.cancel(timer));
        self.clients.retain(|_, purpose| purpose.trunk() != Some(index));
        self.trunks[index].restart(&self.settings.trunks[index]);
        self.begin_trunk(now, index);
    }

    fn begin_trunk(&mut self, now: Time, index: usize) {
        trunk::first_timers(index, &self.settings.trunks[index])
            .for_each(|timer| self.periodic.set(timer, now));
    }
}

/// As whom and where it registers.
fn registration(trunk: &Trunk) -> Option<(&Credentials, &warmline_sip::transport::Flow)> {
    trunk.credentials.as_ref().filter(|_| trunk.register).zip(trunk.peers.first())
}
