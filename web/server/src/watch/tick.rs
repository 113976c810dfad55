//! Time for those who are watched: four times a second what is due, once a second what desktops are told.

use super::WatchedFirm;
use crate::clock;
use crate::state::WebState;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use warmline_coordination::activity::Counters;
use warmline_coordination::request::Request;

const TICK: Duration = Duration::from_millis(250);
/// Of these, every so many desktops are told.
const TOLD: u32 = 4;

/// Runs until the web is gone.
pub fn start(state: &Arc<WebState>) {
    let state = Arc::downgrade(state);
    tokio::spawn(async move {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 1u32.. {
            ticks.tick().await;
            let Some(state) = Weak::upgrade(&state) else { return };
            for (name, firm) in state.hub.watching.all() {
                firm.time(&state, clock::now());
                if number % TOLD == 0 {
                    firm.sweep(clock::now());
                    tell(&state, &name, &firm);
                }
            }
        }
    });
}

fn tell(state: &WebState, name: &str, firm: &WatchedFirm) {
    publish(name, &firm.counters());
    // What cannot be told now is told in a second.
    if !state.has_room() {
        return;
    }
    let policy = firm.policy();
    let (list, followed) = (firm.list_news(&policy), firm.followed_news(&policy));
    if list.is_some() || !followed.is_empty() {
        state.tell(Request::Watched { firm: name.to_owned(), list, followed });
    }
}

/// For metrics, all parts of a firm's table together.
fn publish(firm: &str, shards: &[Counters]) {
    let sum = |field: fn(&Counters) -> u64| shards.iter().map(field).sum::<u64>();
    let gauge =
        |name: &'static str, value: u64| metrics::gauge!(name, "firm" => firm.to_owned()).set(value as f64);
    gauge("warmline_watch_visitors", sum(|row| row.live));
    let total =
        |name: &'static str, value: u64| metrics::counter!(name, "firm" => firm.to_owned()).absolute(value);
    total("warmline_watch_events_total", sum(|row| row.events));
    total("warmline_watch_evaluations_total", sum(|row| row.evaluations));
    total("warmline_watch_expressions_failed_total", sum(|row| row.failed));
    total("warmline_watch_matches_total", sum(|row| row.matched));
    total("warmline_watch_evicted_total", sum(|row| row.evicted));
    total("warmline_watch_expired_total", sum(|row| row.expired));
    total("warmline_watch_visits_total", sum(|row| row.visits));
}
