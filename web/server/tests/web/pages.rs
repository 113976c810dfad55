//! Pages, the page-view origin, the shop, health.

use crate::support::*;
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use warmline_web::{Pages, admin_router};

#[tokio::test]
async fn the_desktop_runs_only_what_is_ours_and_is_framed_by_nobody() {
    let web = Web::new();
    for path in ["/desktop/", "/desktop/index.html", "/desktop/calls/7"] {
        let page = call(&web.app, get(path)).await;
        assert_eq!((page.status, page.text.as_str()), (StatusCode::OK, "<title>desktop</title>"), "{path}");
        let policy = page.header("content-security-policy");
        for rule in [
            "default-src 'self';",
            "script-src 'self';",
            "style-src 'self';",
            "connect-src 'self' ws://desk.test:8080;",
            "frame-src http://desk.test:8444;",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(rule), "{rule} in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(page.header("referrer-policy"), "strict-origin");
        assert_eq!(page.header("cache-control"), "no-cache");
    }
    let script = call(&web.app, get("/desktop/assets/app-1a2b.js")).await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert!(script.header("cache-control").contains("immutable"));
    assert_eq!(call(&web.app, get("/desktop/assets/gone.js")).await.code(), "not_found");
    assert_eq!(call(&web.app, get("/desktop/../widget.js")).await.code(), "not_found");
    for path in ["/", "/desktop"] {
        let to = call(&web.app, get(path)).await;
        assert_eq!((to.status.as_u16(), to.header("location")), (307, "/desktop/"));
    }
}

#[tokio::test]
async fn a_host_header_cannot_write_into_the_policy() {
    let web = Web::new();
    let headers = [("host", "desk.test; script-src *")];
    let page = call(&web.app, request("GET", "/desktop/", &headers, Body::empty())).await;
    assert_eq!((page.status.as_u16(), page.code()), (400, "host_invalid"));
}

#[tokio::test]
async fn the_widget_is_for_any_page_and_kept_for_five_minutes() {
    let web = Web::new();
    for (path, text) in [("/widget.js", "widget()"), ("/widget/snapshot.js", "snapshot()")] {
        let file = call(&web.app, get(path)).await;
        assert_eq!(file.text, text);
        assert_eq!(file.header("cross-origin-resource-policy"), "cross-origin");
        assert_eq!(file.header("access-control-allow-origin"), "*");
        assert_eq!(file.header("cache-control"), "public, max-age=300");
        let etag = file.header("etag").to_owned();
        let headers = [("if-none-match", etag.as_str())];
        let again = call(&web.app, request("GET", path, &headers, Body::empty())).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        let headers = [("if-none-match", "\"other\"")];
        let changed = call(&web.app, request("GET", path, &headers, Body::empty())).await;
        assert_eq!(changed.status, StatusCode::OK);
    }
    assert_eq!(call(&web.app, get("/widget/gone.js")).await.status, StatusCode::NOT_FOUND);
    let nothing = call(&web.app, get("/v1/nothing")).await;
    assert_eq!((nothing.status.as_u16(), nothing.code()), (404, "not_found"));
}

#[tokio::test]
async fn pages_that_were_not_built_say_so() {
    let mut settings = settings();
    settings.pages = Pages::given([]);
    let web = Web::with(settings, usual);
    for page in [
        call(&web.app, get("/desktop/")).await,
        call(&web.app, get("/widget.js")).await,
        call(&web.shop(), get("/")).await,
    ] {
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.text.contains("npm run build"), "{}", page.text);
    }
}

#[tokio::test]
async fn the_shop_is_told_where_the_switch_is() {
    let web = Web::new();
    let home = call(&web.shop(), get("/")).await;
    assert_eq!(home.text, "<script src=\"http://desk.test:8080/widget.js\"></script>");
    assert_eq!(home.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(call(&web.shop(), get("/printers/42")).await.text, "printer 42");
    assert_eq!(
        call(&web.shop(), get("/assets/style.css")).await.header("content-type"),
        "text/css; charset=utf-8"
    );
    assert_eq!(call(&web.shop(), get("/assets/gone.css")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(call(&web.shop(), get("/desktop/index.html")).await.status, StatusCode::NOT_FOUND);
}

/// A snapshot in the store, and its address as the desktop gets it.
async fn snapshot(web: &Web) -> (String, String) {
    let visitor = web.visitor().await;
    let body = json!({
        "site": "shop", "mode": "dial", "visitor": visitor, "snapshot": "<script>alert(1)</script>",
        "page": {"url": "https://shop.test/", "title": ""},
    });
    assert_eq!(call(&web.app, post("/v1/web/reservations", SHOP, body)).await.status, StatusCode::CREATED);
    let hash = web.store.kept.lock().unwrap().keys().next().unwrap().clone();
    let views =
        call(&web.app, post("/v1/agent/login", DESK, json!({"agent": "alice", "password": PASSWORD}))).await;
    let url = views.body["current"]["snapshot_url"].as_str().unwrap().to_owned();
    (hash, url)
}

/// A firm whose agent has that snapshot in hand.
fn known_snapshot(
    request: &warmline_coordination::request::Request,
) -> warmline_coordination::request::Reply {
    use sha2::{Digest, Sha256};
    use warmline_coordination::request::{Reply, Request};
    let hash =
        Sha256::digest(b"<script>alert(1)</script>").iter().map(|byte| format!("{byte:02x}")).collect();
    match request {
        Request::Login(_) => {
            let mut views = views();
            if let Some(current) = views.current.as_mut() {
                current.snapshot = Some(hash);
            }
            Reply::Agent(Box::new(views))
        }
        other => usual(other),
    }
}

#[tokio::test]
async fn a_snapshot_is_shown_to_the_desktop_that_has_its_address_and_runs_nothing() {
    let web = Web::with(settings(), known_snapshot);
    let (hash, url) = snapshot(&web).await;
    let path = url.strip_prefix("http://desk.test:8444").unwrap();
    assert!(path.starts_with(&format!("/view/{hash}?token=")), "{path}");
    let pages = web.pageview();
    let view = call(&pages, get(path)).await;
    assert_eq!((view.status, view.text.as_str()), (StatusCode::OK, "<title>view</title>"));
    let policy = view.header("content-security-policy");
    assert!(policy.ends_with("frame-ancestors http://desk.test:8080"), "{policy}");
    assert!(
        policy.contains("script-src 'self';") && policy.contains("img-src 'self' data: blob:;"),
        "{policy}"
    );
    let raw = call(&pages, get(&path.replace("/view/", "/snapshot/"))).await;
    assert_eq!((raw.status, raw.text.as_str()), (StatusCode::OK, "<script>alert(1)</script>"));
    assert_eq!(
        raw.header("content-security-policy"),
        "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; sandbox"
    );
    assert_eq!(raw.header("x-content-type-options"), "nosniff");
    for answer in [&view, &raw] {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.headers.get("set-cookie").is_none());
    }
    assert_eq!(
        call(&web.app, get(&path.replace("/view/", "/snapshot/"))).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_snapshot_needs_its_own_token_for_this_desktop() {
    let web = Web::with(settings(), known_snapshot);
    let (hash, url) = snapshot(&web).await;
    let pages = web.pageview();
    let path = url.strip_prefix("http://desk.test:8444").unwrap().replace("/view/", "/snapshot/");
    let other_hash = path.replace(&hash, &"cd".repeat(32));
    let other_desktop = path.replace("desk.test", "evil.test");
    let token = path.split("token=").nth(1).unwrap().split('&').next().unwrap();
    let later = path.replace(token, &format!("ffffffff.{}", token.split('.').nth(1).unwrap()));
    for wrong in [format!("/snapshot/{hash}"), other_hash, other_desktop, later] {
        for wrong in [wrong.clone(), wrong.replace("/snapshot/", "/view/")] {
            let answer = call(&pages, get(&wrong)).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (403, "wrong_token"), "{wrong}");
        }
    }
    web.store.kept.lock().unwrap().clear();
    assert_eq!(call(&pages, get(&path)).await.code(), "unknown_snapshot");
}

#[tokio::test]
async fn an_empty_view_is_framed_by_the_desktop_that_it_names_alone() {
    let web = Web::new();
    let pages = web.pageview();
    let view = call(&pages, get("/view?desktop=http%3A%2F%2Fdesk.test%3A8080")).await;
    assert_eq!((view.status, view.text.as_str()), (StatusCode::OK, "<title>view</title>"));
    let policy = view.header("content-security-policy");
    assert!(policy.ends_with("frame-ancestors http://desk.test:8080"), "{policy}");
    for wrong in [
        "/view",
        "/view?desktop=",
        "/view?desktop=*",
        "/view?desktop=http%3A%2F%2Fa.test%3B%20script-src%20*",
    ] {
        assert_eq!(call(&pages, get(wrong)).await.code(), "wrong_desktop", "{wrong}");
    }
}

#[tokio::test]
async fn the_view_page_finds_its_own_files_only() {
    let web = Web::new();
    let pages = web.pageview();
    for path in ["/assets/view.js", "/view/assets/view.js", "/pageview/assets/view.js"] {
        assert_eq!(call(&pages, get(path)).await.text, "view()", "{path}");
    }
    for path in ["/index.html", "/view/index.html", "/desktop/index.html", "/widget.js", "/"] {
        assert_eq!(call(&pages, get(path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn health_and_metrics() {
    let ready = Arc::new(AtomicBool::new(false));
    let app = admin_router(|| "warmline_up 1\n".to_owned(), Arc::clone(&ready));
    assert_eq!(call(&app, get("/healthz")).await.status, StatusCode::OK);
    assert_eq!(call(&app, get("/readyz")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    ready.store(true, Ordering::Relaxed);
    assert_eq!(call(&app, get("/readyz")).await.status, StatusCode::OK);
    let metrics = call(&app, get("/metrics")).await;
    assert_eq!(metrics.text, "warmline_up 1\n");
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
}
