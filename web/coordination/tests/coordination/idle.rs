//! Firms that have nothing to do cost nothing, and a sum over all of them is no loop over all of them.

use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::Event;
use warmline_coordination::request::{Mode, Reply, Request};
use warmline_coordination::settings::FirmSettings;

/// Acme among so many others, each on a trunk and with sites of its own.
fn crowd(others: usize) -> Vec<FirmSettings> {
    let other = |n: usize| {
        let mut firm = acme();
        firm.name = format!("firm{n}");
        firm.sites[0].name = format!("site{n}");
        firm.pools[0].trunk = format!("trunk{n}");
        firm.agents.retain(|agent| agent.name == "alice");
        firm
    };
    (0..others).map(other).chain([acme()]).collect()
}

#[test]
fn a_thousand_idle_firms_are_not_looked_at() {
    let mut w = World::with(crowd(1_000));
    let start = w.firms.counters().firm_steps;
    let mut alone = World::new();
    let alone_start = alone.firms.counters().firm_steps;
    for world in [&mut w, &mut alone] {
        world.ready("alice");
        world.ready("carol");
        world.event(Event::TrunkDown { trunk: "carrier".into() });
        world.event(Event::TrunkUp { trunk: "carrier".into() });
        let call = world.talk("alice", 1);
        world.wait(Duration::from_secs(3));
        world.customer_leaves(call);
        world.wait(Duration::from_secs(120));
        let view = world.open(wish(2, Mode::Dial));
        assert_eq!(world.tell(Request::Cancel { reservation: view.id }), Reply::Done);
    }
    let steps = w.firms.counters().firm_steps - start;
    assert_eq!(steps, alone.firms.counters().firm_steps - alone_start, "the others were not touched once");
    assert!(steps > 0);
}

#[test]
fn what_all_firms_counted_is_kept_as_a_sum() {
    let mut w = World::with(crowd(3));
    w.open(wish(1, Mode::Dial));
    w.open(warmline_coordination::request::OpenReservation { site: "site1".into(), ..wish(2, Mode::Dial) });
    let counters = w.firms.counters();
    assert_eq!((counters.reservations_live, counters.numbers_held), (2, 2));
    w.wait(Duration::from_secs(400));
    let counters = w.firms.counters();
    assert_eq!((counters.reservations_live, counters.numbers_held), (0, 0));
    w.crash();
    assert_eq!(w.firms.counters().reservations_live, 0);
}
