//! The firm's statistics, as an agent who is logged in gets them.

use crate::api::{ask, key};
use crate::support::*;
use axum::body::Body;
use axum::http::StatusCode;
use warmline_coordination::figures::*;
use warmline_coordination::request::{Reply, Request};
use warmline_coordination::view::AgentState;
use warmline_web::Right;

fn firm(request: &Request) -> Reply {
    if !matches!(request, Request::Statistics { .. } | Request::FirmStatistics { .. }) {
        return usual(request);
    }
    let today = QueueFigures { service_level: Share::of(2, 3), answered: 2, ..QueueFigures::default() };
    let intervals = vec![Interval { from: "2026-11-22T10:00:00.000Z".into(), figures: today }];
    let queue = QueueStatistics {
        queue: "sales".into(),
        waiting: 1,
        service_level_secs: 20,
        longest_waiting_secs: 7,
        today,
        intervals,
        chats_today: ChatFigures::default(),
        chat_intervals: vec![],
    };
    let agent = AgentStatistics {
        agent: "alice".into(),
        display_name: "Alice".into(),
        state: Some(AgentState::Ready),
        since: "2026-11-22T10:00:00.000Z".into(),
        today: Some(AgentFigures::default()),
        intervals: vec![],
    };
    Reply::Statistics(Box::new(StatisticsView {
        time: "2026-11-22T10:05:00.000Z".into(),
        interval_secs: 900,
        service_level_secs: 20,
        short_secs: 5,
        queues: vec![queue],
        agents: vec![agent],
        pools: vec![],
        trunks: vec![],
    }))
}

#[tokio::test]
async fn an_agent_sees_the_figures_of_his_firm() {
    let mut web = Web::with(settings(), firm);
    let cookie = web.log_in().await;
    let get = async |cookie: &str| {
        let headers = [("cookie", cookie)];
        call(&web.app, request("GET", "/v1/agent/statistics", &headers, Body::empty())).await
    };
    let answer = get(&cookie).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
    let queue = &answer.body["queues"][0];
    assert_eq!((&queue["queue"], &queue["today"]["service_level"]), (&"sales".into(), &0.6667.into()));
    assert!(queue["today"]["asa_secs"].is_null());
    let interval = &queue["intervals"][0];
    assert_eq!((&interval["from"], &interval["answered"]), (&"2026-11-22T10:00:00.000Z".into(), &2.into()));
    assert_eq!(answer.body["agents"][0]["state"], "ready");
    assert_eq!(get("").await.status, StatusCode::UNAUTHORIZED, "nobody else does");
    assert_eq!(web.next().await, Request::Statistics { agent: alice() });
    assert!(web.seen.try_recv().is_err());
}

#[tokio::test]
async fn a_program_that_may_read_gets_the_figures_of_the_firm() {
    let mut settings = settings();
    let (reads, hears) = (key(&mut settings, 1, &[Right::Read]), key(&mut settings, 2, &[Right::Events]));
    let mut web = Web::with(settings, firm);
    let answer = ask(&web, &reads, "GET", "/v1/statistics", "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["queues"][0]["today"]["service_level"], 0.6667);
    assert!(answer.body["queues"][0]["chats_today"]["aht_secs"].is_null());
    assert_eq!(answer.body["pools"], serde_json::json!([]));
    let refused = ask(&web, &hears, "GET", "/v1/statistics", "").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "right_missing"));
    assert_eq!(web.next().await, Request::FirmStatistics { firm: "acme".into() });
    assert!(web.seen.try_recv().is_err());
}

#[tokio::test]
async fn a_program_asks_for_days_gone_by_in_rows_of_days_or_hours() {
    let mut settings = settings();
    let reads = key(&mut settings, 1, &[Right::Read]);
    let other = key(&mut settings, 2, &[Right::Events]);
    let mut web = Web::with(settings, |_| {
        let rows =
            vec![Interval { from: "2026-11-22T00:00:00.000Z".into(), figures: QueueFigures::default() }];
        let queues = vec![QueuePast { queue: "sales".into(), rows, chats: vec![] }];
        let view = PastView { by: Step::Day, queues, agents: vec![], pools: vec![], trunks: vec![] };
        Reply::Past(Box::new(view))
    });
    let path = "/v1/statistics/past?from=2026-11-01&to=2026-11-30";
    let refused = ask(&web, &other, "GET", path, "").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "right_missing"));
    let answer = ask(&web, &reads, "GET", path, "").await;
    assert_eq!(answer.body["by"], "day");
    assert_eq!(answer.body["queues"][0]["rows"][0]["from"], "2026-11-22T00:00:00.000Z");
    let Request::Past { past, .. } = web.next().await else { panic!() };
    assert_eq!(past, Past { days: (20_758, 20_787), by: Step::Day });
    for (query, code) in [
        ("from=2026-11-30&to=2026-11-01", "date_invalid"),
        ("from=soon", "date_invalid"),
        ("from=2026-11-01&to=2026-11-08&by=hour", "date_invalid"),
        ("by=week", "by_invalid"),
    ] {
        let refused = ask(&web, &reads, "GET", &format!("/v1/statistics/past?{query}"), "").await;
        assert_eq!((refused.status.as_u16(), refused.code()), (422, code), "{query}");
    }
    ask(&web, &reads, "GET", "/v1/statistics/past?from=2026-11-01&to=2026-11-07&by=hour", "").await;
    let Request::Past { past, .. } = web.next().await else { panic!() };
    assert_eq!(past, Past { days: (20_758, 20_764), by: Step::Hour });
}
