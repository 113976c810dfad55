//! The description of the interfaces: every route is in it, and everything in it is routed.

use crate::support::*;
use axum::body::Body;
use serde_json::Value;
use std::collections::BTreeSet;

const ROUTES: [&str; 7] = [
    include_str!("../../src/routes.rs"),
    include_str!("../../src/api/mod.rs"),
    include_str!("../../src/chat.rs"),
    include_str!("../../src/contacts.rs"),
    include_str!("../../src/outbound/mod.rs"),
    include_str!("../../src/watch/desk.rs"),
    include_str!("../../src/watch/report.rs"),
];
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

async fn description() -> Value {
    let (web, _requests) = Web::unanswered(settings(), 1);
    let answer = call(&web.app, get("/v1/openapi.json")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    assert!(answer.body.is_object(), "{}", answer.text);
    answer.body
}

fn described(description: &Value) -> BTreeSet<(String, String)> {
    let paths = description["paths"].as_object().unwrap();
    let methods = |path: &str, item: &Value| {
        let path = path.to_owned();
        let item = item.as_object().unwrap();
        item.keys().map(move |method| (method.clone(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(|(path, item)| methods(path, item)).collect()
}

/// What the routers' text says: `.route("/v1/…", get(…).post(…))`.
fn routed() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for text in ROUTES {
        for route in text.split(".route(").skip(1) {
            let mut parts = route.trim_start().trim_start_matches('"').splitn(2, '"');
            let (path, rest) = (parts.next().unwrap(), parts.next().unwrap());
            // Up to the next one, or the end of the function.
            let handlers = rest.split("\n        .").next().unwrap().split("\n}").next().unwrap();
            // Verbs about an alert are posted (`about` of watch/desk.rs).
            let handlers = handlers.replace(" about(AlertVerb", " post(AlertVerb");
            for method in METHODS.iter().filter(|_| path.starts_with("/v1/")) {
                let named = [format!(" {method}("), format!("\n{method}("), format!(").{method}(")];
                if named.iter().any(|word| handlers.contains(word.as_str())) {
                    found.insert((method.to_string(), path.to_owned()));
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let described = described(&description().await);
    let routed = routed();
    assert!(routed.len() > 25, "{routed:?}");
    let missing: Vec<_> = routed.difference(&described).collect();
    let invented: Vec<_> = described.difference(&routed).collect();
    assert!(missing.is_empty(), "openapi.json does not describe {missing:?}");
    assert!(invented.is_empty(), "openapi.json describes what is not there: {invented:?}");
}

#[tokio::test]
async fn what_is_described_answers() {
    let (web, _requests) = Web::unanswered(settings(), 1);
    for (method, path) in described(&description().await) {
        let id = path.replace("{id}", "rsv_01ARZ3NDEKTSV4RRFFQ69G5FAV");
        let headers = [("origin", SHOP)];
        let answer = call(&web.app, request(&method.to_uppercase(), &id, &headers, Body::empty())).await;
        assert_ne!(answer.status, 405, "{method} {path}");
        assert_ne!(answer.code(), "not_found", "{method} {path}");
    }
}

/// Every `$ref` leads somewhere, every operation has a name of its own, and the version is the program's.
#[tokio::test]
async fn the_description_holds_together() {
    let description = description().await;
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut names = BTreeSet::new();
    let mut open = vec![&description];
    while let Some(value) = open.pop() {
        if let Some(target) = value["$ref"].as_str() {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(description.pointer(pointer).is_some(), "{target}");
        }
        if let Some(name) = value["operationId"].as_str() {
            assert!(names.insert(name.to_owned()), "{name} twice");
        }
        match value {
            Value::Object(fields) => open.extend(fields.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}
