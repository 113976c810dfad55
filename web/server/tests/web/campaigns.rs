//! Campaigns over HTTP: the right, what the firm gets, and imports by JSON and CSV.

use crate::api::{ask, key};
use crate::support::*;
use axum::body::Body;
use serde_json::json;
use warmline_coordination::campaign::{CampaignVerb, ImportView, Pacing};
use warmline_coordination::request::{Reply, Request};
use warmline_web::Right;

const ID: &str = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn answers(request: &Request) -> Reply {
    match request {
        Request::FillCampaign { jobs, .. } => {
            let refused = Vec::new();
            Reply::Imported(Box::new(ImportView { accepted: jobs.len(), refused }))
        }
        Request::Campaigns { .. } => Reply::Campaigns(Vec::new()),
        _ => Reply::Done,
    }
}

#[tokio::test]
async fn campaigns_need_their_right_and_reach_the_firm_as_they_are_written() {
    let mut settings = settings();
    let mine = key(&mut settings, 1, &[Right::Campaigns]);
    let other = key(&mut settings, 2, &[Right::Read, Right::Visitors, Right::Calls, Right::People]);
    let mut web = Web::with(settings, answers);
    let jobs = format!("/v1/campaigns/{ID}/jobs");
    let start = format!("/v1/campaigns/{ID}/start");
    for (method, path, body) in [
        ("GET", "/v1/campaigns", ""),
        ("POST", "/v1/campaigns", r#"{"name":"x","site":"shop"}"#),
        ("POST", jobs.as_str(), "[]"),
        ("POST", start.as_str(), ""),
    ] {
        let answer = ask(&web, &other, method, path, body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, "right_missing"), "{path}");
    }
    assert_eq!(ask(&web, &mine, "GET", "/v1/campaigns", "").await.body, json!({ "campaigns": [] }));
    assert!(matches!(web.next().await, Request::Campaigns { campaign: None, .. }));
    let wanted = json!({
        "name": "Spring", "site": "shop", "pacing": "predictive", "ends": "2026-12-31T17:00:00Z",
        "window": {"from": "09:00", "until": "17:00"},
        "retry": {"after": {"busy": {"after_secs": 60, "times": 2}}, "max_attempts": 3},
    });
    ask(&web, &mine, "POST", "/v1/campaigns", &wanted.to_string()).await;
    let Request::OpenCampaign { terms, .. } = web.next().await else { panic!() };
    assert_eq!((terms.pacing, terms.retry.unwrap().max_attempts), (Pacing::Predictive, 3));
    assert!(terms.ends.is_some() && terms.starts.is_none());
    let bad = json!({ "name": "Spring", "site": "shop", "starts": "soon" }).to_string();
    assert_eq!(ask(&web, &mine, "POST", "/v1/campaigns", &bad).await.code(), "time_invalid");
    ask(&web, &mine, "POST", &start, "").await;
    let verb = CampaignVerb::Start;
    assert!(matches!(web.next().await, Request::SetCampaign { verb: set, .. } if set == verb));
    let answer = ask(&web, &mine, "POST", &format!("/v1/campaigns/{ID}/begin"), "").await;
    assert_eq!(answer.status.as_u16(), 404);
    assert_eq!(ask(&web, &mine, "POST", "/v1/campaigns/x/start", "").await.code(), "unknown_campaign");
}

#[tokio::test]
async fn jobs_come_as_json_or_csv_and_a_bad_line_spoils_no_other() {
    let mut settings = settings();
    let mine = key(&mut settings, 1, &[Right::Campaigns]);
    let mut web = Web::with(settings, answers);
    let path = format!("/v1/campaigns/{ID}/jobs");
    let jobs = json!([{"number": "0151 23456789", "consent": "form"}, {"number": 5}]).to_string();
    assert_eq!(ask(&web, &mine, "POST", &path, &jobs).await.body, json!({ "accepted": 2, "refused": [] }));
    let Request::FillCampaign { jobs, .. } = web.next().await else { panic!() };
    assert!(jobs[0].1.is_ok() && jobs[1] == (2, Err("job_invalid")));
    let bearer = format!("Bearer {mine}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "text/csv; charset=utf-8")];
    let csv = "number,consent,due\n0151 23456789,form,\n0151 23456780,form,soon\n";
    let answer = call(&web.app, request("POST", &path, &headers, Body::from(csv))).await;
    assert_eq!(answer.body["accepted"], 2);
    let Request::FillCampaign { jobs, .. } = web.next().await else { panic!() };
    assert!(jobs[0].1.is_ok() && jobs[1] == (3, Err("due_invalid")));
    let answer = call(&web.app, request("POST", &path, &headers, Body::from("a,b\n"))).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (422, "csv_invalid"));
}
