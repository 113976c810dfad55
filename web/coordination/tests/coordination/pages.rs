//! From which pages people came, and how long they waited: counted by day, and the same after a restart.

use crate::world::*;
use serde_json::{Value, json};
use warmline_coordination::request::*;

fn report(w: &mut World) -> Value {
    match w.tell(Request::Report { firm: "acme".into(), what: Report::Pages, days: (0, u64::MAX) }) {
        Reply::Pages(view) => serde_json::to_value(view).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn row<'a>(report: &'a Value, page: &Value) -> &'a Value {
    let rows = report["pages"].as_array().unwrap();
    rows.iter().find(|row| row["page"] == *page).unwrap_or_else(|| panic!("no {page} in {report}"))
}

#[test]
fn a_page_has_its_requests_its_answers_and_how_long_they_took() {
    let mut w = World::new();
    w.ready("alice");
    // One who speaks after 4 s, and one who only looks at the same page.
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(&view.number.unwrap(), None);
    w.wait_secs(4);
    w.agent_answers(call);
    w.wait_secs(60);
    w.customer_leaves(call);
    w.done(Request::WrapupDone(World::who("alice")));
    let view = w.open(OpenReservation { page: wish(1, Mode::Dial).page, ..wish(2, Mode::Dial) });
    w.done(Request::Cancel { reservation: view.id });
    // A caller without a page waits 40 s for the only agent, and another leaves before.
    w.done(Request::Presence(World::who("alice"), Presence::NotReady, None));
    let [plain, lost] = ["+4930111111", "+4930222222"].map(|from| w.dial_queue(Some(from)));
    w.wait_secs(20);
    w.customer_leaves(lost);
    w.wait_secs(20);
    w.done(Request::Presence(World::who("alice"), Presence::Ready, None));
    w.agent_answers(plain);
    w.customer_leaves(plain);

    let seen = report(&mut w);
    let page = row(&seen, &json!("shop.test/p/1"));
    assert_eq!(page["title"], "Page 1");
    let figures = |row: &Value| {
        ["requests", "answered", "lost", "p50_secs", "p90_secs"].map(|name| row[name].as_u64().unwrap_or(999))
    };
    assert_eq!(figures(page), [2, 1, 0, 5, 5], "4 s is told as at most 5");
    assert_eq!(figures(row(&seen, &Value::Null)), [0, 1, 1, 45, 45]);
    let days = seen["days"].as_array().unwrap();
    assert_eq!((days.len(), figures(&days[0])), (1, [2, 2, 1, 5, 45]));
    w.crash();
    assert_eq!(report(&mut w), seen);
}

#[test]
fn supervisors_see_it_and_nobody_else() {
    let mut w = World::new();
    w.ready("alice");
    let asked = Request::AgentReport { agent: World::who("alice"), what: Report::Pages, days: (0, 1) };
    let Reply::Problem(problem) = w.tell(asked) else { panic!("she is none") };
    assert_eq!((problem.status, problem.code), (403, "not_supervisor"));
}
