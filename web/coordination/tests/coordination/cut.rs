//! Calls that are on when the program dies: their records are closed at the next start, once, with what is known of their end (E15).

use crate::list::dialled;
use crate::world::*;
use warmline_coordination::cti::Cause;
use warmline_coordination::fact::{CallRecorded, Fact};
use warmline_coordination::request::{Mode, Reply, Request};

fn records(w: &World) -> Vec<CallRecorded> {
    let record = |fact: &Fact| match fact {
        Fact::CallRecorded(record) => Some((**record).clone()),
        _ => None,
    };
    w.journal.iter().filter_map(|entry| record(&entry.fact)).collect()
}

fn cut(w: &World) -> Vec<CallRecorded> {
    records(w).into_iter().filter(|record| record.cause == Cause::NodeRestart).collect()
}

#[test]
fn e15_a_talk_is_closed_by_the_restart_and_by_the_first_one_alone() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    let answered = w.now;
    w.wait_secs(100);
    w.wait_secs(3_600);
    let last = w.journal.last().expect("rows").time;
    w.crash();
    let rows = cut(&w);
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((row.call, row.agent.as_deref()), (call, Some("alice")));
    assert_eq!(row.agents, ["alice"]);
    assert!(row.answered.is_some_and(|at| at <= answered.as_micros()), "{row:?}");
    assert_eq!(row.known_until, Some(last.as_micros()), "the last that is known");
    assert_eq!(row.ended, w.now.as_micros(), "the latest that can be");
    assert!(row.known_until < Some(row.ended));
    assert_eq!(w.firms.counters().calls_cut, 1);
    w.crash();
    assert_eq!((records(&w).len(), w.firms.counters().calls_cut), (1, 0));
    // Whoever calls again is shown it.
    w.ready("alice");
    let again = w.open(wish(1, Mode::Dial));
    w.ready("alice");
    let call = w.dial(&again.number.expect("a number"), None);
    w.agent_answers(call);
    let first = &w.desks["alice"].current["contact"]["history"][0];
    assert_eq!((&first["outcome"], &first["agent"]), (&"node_restart".into(), &"Alice".into()));
    assert!(
        first["talk_secs"].as_u64().is_some_and(|secs| secs <= last.since(answered).as_secs()),
        "{first}"
    );
}

#[test]
fn e15_who_rings_or_waits_is_closed_too() {
    let mut w = World::new();
    w.ready("alice");
    let rings = w.dial_queue(Some("+4915112345678"));
    let waits = w.dial_queue(Some("+4915112345679"));
    w.crash();
    let mut rows: Vec<_> = cut(&w).into_iter().map(|row| (row.call, row.answered)).collect();
    rows.sort_unstable();
    let mut both = [(rings, None), (waits, None)];
    both.sort_unstable();
    assert_eq!(rows, both);
}

#[test]
fn e15_whom_we_call_is_there_from_his_ringing_on() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    w.customer_answers(call);
    w.crash();
    let rows = cut(&w);
    assert_eq!(
        rows.iter().map(|row| (row.call, row.channel.as_str())).collect::<Vec<_>>(),
        [(call, "callme")]
    );
    let treated = rows[0].dialled.as_deref().expect("how he was treated");
    assert!(treated.rang.is_some() && treated.up.is_some(), "{treated:?}");
}

#[test]
fn what_has_ended_is_closed_by_its_end() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.customer_leaves(call);
    w.ready("bob");
    let refused = w.dial_queue(Some("+4915112345678"));
    w.customer_leaves(refused);
    let before = records(&w).len();
    w.crash();
    assert_eq!((cut(&w).len(), records(&w).len()), (0, before));
}

#[test]
fn statistics_count_what_is_known_and_no_more() {
    let mut w = World::new();
    w.ready("alice");
    let call = w.dial_queue(None);
    w.agent_answers(call);
    w.wait_secs(3 * 3_600);
    w.crash();
    w.ready("alice");
    let Reply::Statistics(view) = w.tell(Request::Statistics { agent: World::who("alice") }) else {
        panic!("no statistics");
    };
    let today = view.queues[0].today;
    assert_eq!((today.offered, today.answered), (1, 1));
    assert!(today.talk_secs < 3_600, "nobody knows of these hours: {today:?}");
}
