//! What a desktop needs and a firm's views do not say: `whole_firm`, `sip_ws`, `ice_servers` and `pageview_url` in `me`, `snapshot_url` in
//! `current` and `chats`.

use crate::origin::Origin;
use crate::seal::Keys;
use crate::settings::WebSettings;
use crate::turn::{DAY, TurnServer};
use serde_json::{Value, json};
use std::sync::Arc;
use warmline_coordination::view::AgentViews;
use warmline_time::Time;

/// How one desktop reaches us.
pub(crate) struct DesktopLinks {
    desktop: String,
    sip_ws: String,
    pageview: String,
    turn: Option<TurnServer>,
    keys: Arc<Keys>,
    /// Its agent supervises the whole firm.
    leads: bool,
}

impl DesktopLinks {
    pub fn new(desktop: &Origin, settings: &WebSettings, keys: Arc<Keys>, leads: bool) -> Self {
        DesktopLinks {
            desktop: desktop.to_string(),
            sip_ws: format!("{}/sip", desktop.websocket()),
            pageview: settings.pageview_origin.at(desktop.host(), desktop.is_secure()),
            turn: settings.turn.clone(),
            keys,
            leads,
        }
    }

    /// Adds to the view of this name what belongs to it.
    pub fn add_to(&self, view: &str, data: &mut Value, now: Time) {
        match view {
            "me" if data.is_object() => {
                data["whole_firm"] = json!(self.leads);
                data["sip_ws"] = json!(self.sip_ws);
                let turn = self.turn.iter().map(|turn| turn.grant("agent", now, DAY));
                data["ice_servers"] = turn.collect();
                data["pageview_url"] = json!(format!("{}/view?desktop={}", self.pageview, self.escaped()));
            }
            "current" if data.is_object() => {
                let url = data["snapshot"].as_str().map(|hash| self.snapshot_url(hash, now));
                data["snapshot_url"] = json!(url);
                if let Some(url) = self.live_url(data) {
                    data["share"]["live_url"] = json!(url);
                }
            }
            "chats" => {
                for card in data.as_array_mut().into_iter().flatten() {
                    let url = card["snapshot"].as_str().map(|hash| self.snapshot_url(hash, now));
                    card["snapshot_url"] = json!(url);
                }
            }
            _ => {}
        }
    }

    /// A whole desktop: `{me, current, waiting, stats, colleagues, parked, chats}`.
    pub fn desktop(&self, views: &AgentViews, now: Time) -> Value {
        let mut all = json!(views);
        for view in ["me", "current", "chats"] {
            self.add_to(view, &mut all[view], now);
        }
        all
    }

    /// Where the page in hand is seen as it is now, while it may be.
    fn live_url(&self, current: &Value) -> Option<String> {
        let id = current["reservation"].as_str()?;
        let number = current["share"]["number"].as_u64()?;
        let token = self.keys.live_token(id.parse().ok()?, number, &self.desktop);
        Some(format!("{}/live/{id}?token={token}&desktop={}", self.pageview, self.escaped()))
    }

    fn snapshot_url(&self, hash: &str, now: Time) -> String {
        let token = self.keys.snapshot_token(hash, &self.desktop, now);
        format!("{}/view/{hash}?token={token}&desktop={}", self.pageview, self.escaped())
    }

    fn escaped(&self) -> String {
        self.desktop.chars().map(escaped).collect()
    }
}

/// Of the characters of an origin, those that mean something in a query.
fn escaped(letter: char) -> String {
    match letter {
        ':' => "%3A".into(),
        '/' => "%2F".into(),
        '[' => "%5B".into(),
        ']' => "%5D".into(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::PublicOrigin;

    #[test]
    fn views_get_their_addresses() {
        let desktop = Origin::parse("https://desk.test:8443").unwrap();
        let pageview = PublicOrigin::SameHost { http: 8444, https: 8444 };
        let mut settings = WebSettings::new([1; 64], pageview);
        settings.turn = Some(TurnServer::new(vec!["turn:relay.test".into()], "north"));
        let keys = Arc::new(Keys::new(&[1; 64]));
        let links = DesktopLinks::new(&desktop, &settings, Arc::clone(&keys), true);
        let now = Time::from_micros(5_000_000);
        let mut me = json!({"agent": "alice"});
        links.add_to("me", &mut me, now);
        assert_eq!(me["whole_firm"], true);
        assert_eq!(me["sip_ws"], "wss://desk.test:8443/sip");
        assert_eq!(me["ice_servers"][0]["username"], "86405:agent");
        assert_eq!(me["pageview_url"], "https://desk.test:8444/view?desktop=https%3A%2F%2Fdesk.test%3A8443");
        let mut current = json!({"snapshot": "ab"});
        links.add_to("current", &mut current, now);
        let token = keys.snapshot_token("ab", "https://desk.test:8443", now);
        let url =
            format!("https://desk.test:8444/view/ab?token={token}&desktop=https%3A%2F%2Fdesk.test%3A8443");
        assert_eq!(current["snapshot_url"], url);
        let mut without = json!({"snapshot": null});
        links.add_to("current", &mut without, now);
        assert!(without["snapshot_url"].is_null());
        let mut chats = json!([{"snapshot": "ab"}, {"snapshot": null}]);
        links.add_to("chats", &mut chats, now);
        assert_eq!(
            (&chats[0]["snapshot_url"], chats[1]["snapshot_url"].is_null()),
            (&current["snapshot_url"], true)
        );
        let mut nothing = Value::Null;
        links.add_to("current", &mut nothing, now);
        assert!(nothing.is_null(), "nothing in hand stays nothing");
    }
}
