//! HTTP and WebSocket clients: what a widget and a desktop send.

use super::until;
use serde_json::{Value, json};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(super::PATIENCE))
        .build()
        .into()
}

pub fn get(url: &str) -> String {
    agent().get(url).call().expect("answered").body_mut().read_to_string().expect("text")
}

/// Status and JSON, asked with a program's key.
pub fn get_with(url: &str, authorization: &str) -> (u16, Value) {
    let mut response = agent().get(url).header("Authorization", authorization).call().expect("answered");
    let text = response.body_mut().read_to_string().expect("text");
    (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// The same, with what is to be.
pub fn put_with(url: &str, authorization: &str, body: &Value) -> (u16, Value) {
    let request = agent().put(url).header("Authorization", authorization);
    let mut response = request.send_json(body).expect("answered");
    let text = response.body_mut().read_to_string().expect("text");
    (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Status and JSON of a program's command.
pub fn command(url: &str, authorization: &str, key: &str, body: &Value) -> (u16, Value) {
    let request = agent().post(url).header("Authorization", authorization).header("Idempotency-Key", key);
    let mut response = request.send_json(body).expect("answered");
    let text = response.body_mut().read_to_string().expect("text");
    (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// The same with a text of this kind.
pub fn post_text(url: &str, authorization: &str, (kind, text): (&str, &str)) -> (u16, Value) {
    let request = agent().post(url).header("Authorization", authorization).header("Content-Type", kind);
    let request = request.header("Idempotency-Key", format!("{:x}", super::random()));
    let mut response = request.send(text).expect("answered");
    let text = response.body_mut().read_to_string().expect("text");
    (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// A visitor of the shop.
#[derive(Clone)]
pub struct Visitor {
    pub base: String,
    pub id: String,
    /// The address it comes from, where the program believes its proxy.
    pub address: Option<String>,
    agent: ureq::Agent,
}

pub const ORIGIN: &str = "https://shop.test";

impl Visitor {
    pub fn new(base: &str) -> Self {
        Self::open(base, None)
    }

    /// Behind a proxy that the program trusts.
    pub fn from_address(base: &str, address: String) -> Self {
        Self::open(base, Some(address))
    }

    fn open(base: &str, address: Option<String>) -> Self {
        let mut visitor = Visitor { base: base.into(), id: String::new(), address, agent: agent() };
        let (status, session) = visitor.post("/v1/web/sessions", &json!({ "site": "shop" }));
        assert_eq!(status, 200, "{session}");
        visitor.id = session["visitor"].as_str().expect("an id").into();
        visitor
    }

    /// The same visitor where the program has come back on another port.
    pub fn at(&self, base: &str) -> Self {
        Visitor { base: base.into(), ..self.clone() }
    }

    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post_text(path, &body.to_string(), None).expect("answered")
    }

    /// Whatever text as JSON; none where the program went away before it had answered whole.
    pub fn post_text(&self, path: &str, body: &str, key: Option<&str>) -> Option<(u16, Value)> {
        let mut request = self.agent.post(format!("{}{path}", self.base)).header("Origin", ORIGIN);
        request = request.header("Content-Type", "application/json");
        if let Some(address) = &self.address {
            request = request.header("X-Forwarded-For", address);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let mut response = request.send(body).ok()?;
        let text = response.body_mut().read_to_string().ok()?;
        Some((response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// Asks for another channel of the call of a reservation; the reservation with what it changes to.
    pub fn change(&self, reservation: &Value, mode: &str) -> Value {
        let id = reservation["id"].as_str().expect("an id");
        let key = reservation["key"].as_str().expect("a key");
        let request = self.agent.post(format!("{}/v1/web/reservations/{id}/channel", self.base));
        let request = request.header("Origin", ORIGIN).header("Authorization", format!("Bearer {key}"));
        let request = request.header("Content-Type", "application/json");
        let mut response = request.send(json!({ "mode": mode }).to_string()).expect("answered");
        let text = response.body_mut().read_to_string().expect("whole");
        assert_eq!(response.status().as_u16(), 200, "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Asks to hold what it has for longer.
    pub fn renew(&self, reservation: &Value) -> (u16, Value) {
        self.said(reservation, "renew")
    }

    /// Taps the number: a call follows.
    pub fn dials(&self, reservation: &Value) {
        let (status, said) = self.said(reservation, "dial-intent");
        assert_eq!(status, 204, "{said}");
    }

    fn said(&self, reservation: &Value, what: &str) -> (u16, Value) {
        let id = reservation["id"].as_str().expect("an id");
        let key = reservation["key"].as_str().expect("a key");
        let request = self.agent.post(format!("{}/v1/web/reservations/{id}/{what}", self.base));
        let request = request.header("Origin", ORIGIN).header("Authorization", format!("Bearer {key}"));
        let mut response = request.send_empty().expect("answered");
        let text = response.body_mut().read_to_string().expect("text");
        (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Gives a reservation up.
    pub fn cancel(&self, reservation: &Value) -> u16 {
        let id = reservation["id"].as_str().expect("an id");
        let key = reservation["key"].as_str().expect("a key");
        let request = self.agent.delete(format!("{}/v1/web/reservations/{id}", self.base));
        let mut request = request.header("Origin", ORIGIN).header("Authorization", format!("Bearer {key}"));
        if let Some(address) = &self.address {
            request = request.header("X-Forwarded-For", address);
        }
        request.call().expect("answered").status().as_u16()
    }

    /// The body of a request to be called.
    pub fn callme(&self, number: &str) -> Value {
        let mut wish = self.wish("callme");
        wish["number"] = number.into();
        wish
    }

    /// The body of a request to talk.
    pub fn wish(&self, mode: &str) -> Value {
        json!({
            "site": "shop", "mode": mode, "visitor": self.id,
            "page": { "url": "https://shop.test/printers/42", "title": "Printer 42" },
            "snapshot": "<!doctype html><title>Printer 42</title><h1>Printer 42</h1>",
            "consent": { "version": "2026-11", "call": true },
        })
    }

    /// Asks to talk; 201 or 200.
    pub fn reserve(&self, wish: &Value) -> Value {
        let (status, reservation) = self.post("/v1/web/reservations", wish);
        assert!(status == 201 || status == 200, "{status} {reservation}");
        reservation
    }

    /// The stream of a reservation.
    pub fn stream(&self, reservation: &Value) -> Stream {
        let path = reservation["stream"].as_str().expect("a stream");
        Stream::open(&self.base, path, &[("Origin", ORIGIN)])
    }
}

/// A logged-in agent with a desktop that answers probes and has drawn what it is shown.
pub struct Desktop {
    base: String,
    cookie: String,
    pub stream: Stream,
    agent: ureq::Agent,
}

impl Desktop {
    pub fn login(base: &str, name: &str) -> Self {
        Self::of_firm(base, None, name)
    }

    /// Of this firm, where there are several.
    pub fn of_firm(base: &str, firm: Option<&str>, name: &str) -> Self {
        let agent = agent();
        let body = json!({ "firm": firm, "agent": name, "password": super::switch::PASSWORD });
        let mut response = agent
            .post(format!("{base}/v1/agent/login"))
            .header("Origin", base)
            .send_json(&body)
            .expect("answered");
        let text = response.body_mut().read_to_string().expect("text");
        assert_eq!(response.status(), 200, "{text}");
        let cookie = response.headers()["set-cookie"]
            .to_str()
            .expect("text")
            .split(';')
            .next()
            .expect("a pair")
            .to_string();
        let stream = Stream::open(base, "/v1/agent/stream", &[("Origin", base), ("Cookie", &cookie)]);
        Desktop { base: base.into(), cookie, stream, agent }
    }

    /// Ready where somebody may be waiting already: he is busy at once.
    pub fn serving(base: &str, name: &str) -> Self {
        let desktop = Self::login(base, name);
        assert_eq!(desktop.put("/v1/agent/state", &json!({ "state": "ready" })), 204);
        desktop
    }

    pub fn ready(base: &str, name: &str) -> Self {
        let mut desktop = Self::serving(base, name);
        desktop.stream.view("me", |me| me["state"] == "ready");
        desktop
    }

    /// Takes what has come, as fast as a desktop may answer, and is ready again where a probe has found it too slow; who is killed meanwhile
    /// hears nothing.
    pub fn stays_ready(&mut self) {
        while self.stream.may_answer()
            && let Some(next) = self.stream.take()
        {
            self.stream.seen.push(next);
        }
        let me = self.stream.seen.iter().rev().find(|message| message["view"] == "me");
        if me.is_some_and(|me| ["unreachable", "not_ready"].iter().any(|state| me["data"]["state"] == *state))
        {
            let request =
                self.agent.put(format!("{}/v1/agent/state", self.base)).header("Origin", &self.base);
            let _ = request.header("Cookie", &self.cookie).send_json(json!({ "state": "ready" }));
        }
    }

    /// The call in which he talks, as far as he has been told.
    pub fn talk(&self) -> Option<String> {
        let current = self.stream.seen.iter().rev().find(|message| message["view"] == "current")?;
        let talks = current["data"]["state"] == "talking";
        current["data"]["call"].as_str().filter(|_| talks).map(str::to_owned)
    }

    /// Leaves his call; who is killed meanwhile hears nothing.
    pub fn hangs_up(&self) {
        let request = self.agent.post(format!("{}/v1/agent/hangup", self.base)).header("Origin", &self.base);
        let _ = request.header("Cookie", &self.cookie).send_json(json!({}));
    }

    pub fn put(&self, path: &str, body: &Value) -> u16 {
        let request = self.agent.put(format!("{}{path}", self.base)).header("Origin", &self.base);
        request.header("Cookie", &self.cookie).send_json(body).expect("answered").status().as_u16()
    }

    pub fn post(&self, path: &str, body: &Value) -> u16 {
        let request = self.agent.post(format!("{}{path}", self.base)).header("Origin", &self.base);
        request.header("Cookie", &self.cookie).send_json(body).expect("answered").status().as_u16()
    }
}

/// The request that opens a WebSocket.
pub fn request(base: &str, path: &str, headers: &[(&str, &str)]) -> tungstenite::handshake::client::Request {
    use tungstenite::client::IntoClientRequest;
    let url = format!("{}{path}", base.replacen("http", "ws", 1));
    let mut request = url.into_client_request().expect("a URL");
    for (name, value) in headers {
        let name = tungstenite::http::HeaderName::from_bytes(name.as_bytes()).expect("a name");
        request.headers_mut().insert(name, value.parse().expect("a value"));
    }
    request
}

/// A WebSocket of the program.
pub struct Stream {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    /// Everything that came, oldest first.
    pub seen: Vec<Value>,
    /// Whether probes and claims are answered as a good desktop would.
    pub draws: bool,
    opened: Instant,
    answers: u32,
}

impl Stream {
    pub fn open(base: &str, path: &str, headers: &[(&str, &str)]) -> Self {
        let (socket, _) = tungstenite::connect(request(base, path, headers)).expect("it opens");
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(Duration::from_millis(10))).expect("set");
        }
        Stream { socket, seen: Vec::new(), draws: true, opened: Instant::now(), answers: 0 }
    }

    /// The bare socket.
    pub fn into_socket(self) -> WebSocket<MaybeTlsStream<TcpStream>> {
        self.socket
    }

    pub fn send(&mut self, value: &Value) {
        self.socket.send(Message::text(value.to_string())).expect("it takes it");
    }

    /// A program that is killed meanwhile takes nothing any more: what comes of that shows elsewhere.
    fn try_send(&mut self, value: &Value) {
        self.answers += 1;
        let _ = self.socket.send(Message::text(value.to_string()));
    }

    /// Whoever sends more than 20 messages a second in the long run, or 200 at once, is cut off.
    fn may_answer(&self) -> bool {
        f64::from(self.answers) < 100.0 + 18.0 * self.opened.elapsed().as_secs_f64()
    }

    /// Takes what has come, answering as a desktop.
    pub fn read(&mut self) {
        while let Some(value) = self.take() {
            self.seen.push(value);
        }
    }

    /// The next message, answered; none where there is none for a moment.
    pub fn take(&mut self) -> Option<Value> {
        loop {
            let Message::Text(text) = self.socket.read().ok()? else { continue };
            let value = serde_json::from_str(&text).expect("JSON");
            if self.draws {
                self.answer(&value);
            }
            return Some(value);
        }
    }

    fn answer(&mut self, value: &Value) {
        if value["type"] == "probe" {
            let answer = json!({ "type": "probe_answer", "probe": value["id"], "drawn": value["snapshot"], "hidden": false, "microphone": true });
            self.try_send(&answer);
        }
        let current = &value["data"];
        if value["view"] == "current" && current["state"] == "claimed" {
            self.try_send(&json!({ "type": "rendered", "reservation": current["reservation"], "snapshot": current["snapshot"] }));
        }
    }

    /// Waits until something that came is so; its place among all that came.
    pub fn came(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> usize {
        until(what, || {
            self.read();
            self.seen.iter().position(&is)
        })
    }

    /// Waits until the latest view of that name is so.
    pub fn view(&mut self, name: &str, is: impl Fn(&Value) -> bool) -> Value {
        until(&format!("the view {name} to be so"), || {
            self.read();
            self.latest(name).filter(&is)
        })
    }

    /// A view as it is after its changes: colleagues by log-in name, who waits by rank.
    fn latest(&self, name: &str) -> Option<Value> {
        let of_it: Vec<&Value> = self.seen.iter().filter(|message| message["view"] == name).collect();
        let whole = of_it.iter().rposition(|message| message["type"] == "view")?;
        let mut data = of_it[whole]["data"].clone();
        let key = if name == "waiting" { "rank" } else { "agent" };
        for change in &of_it[whole + 1..] {
            let (set, gone) = (change["data"]["set"].as_array()?, change["data"]["gone"].as_array()?);
            let rows = data.as_array_mut()?;
            rows.retain(|row| !gone.contains(&row[key]) && set.iter().all(|new| new[key] != row[key]));
            rows.extend(set.iter().cloned());
            rows.sort_by_key(|row| {
                (row["display_name"].to_string(), [0, 1, 2].map(|part| row["rank"][part].as_u64()))
            });
        }
        Some(data)
    }
}
