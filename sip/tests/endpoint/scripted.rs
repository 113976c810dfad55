//! A peer whose messages a test writes itself, byte by byte.

use bytes::Bytes;
use std::time::Duration;
use warmline_sip::endpoint::{Body, Endpoint, EndpointConfig, Event, Invite, SessionEvent, SessionId};
use warmline_sip::message::{HeaderName, Headers, Message};
use warmline_sip::parse::parse;
use warmline_sip::transport::{Flow, Protocol};
use warmline_time::Time;

pub struct Peer {
    pub endpoint: Endpoint,
    pub now: Time,
    pub flow: Flow,
}

impl Peer {
    pub fn new() -> Self {
        Peer::with(EndpointConfig::default())
    }

    pub fn with(config: EndpointConfig) -> Self {
        Peer {
            endpoint: Endpoint::new(config, 1),
            now: Time::from_micros(1_000_000),
            flow: Flow {
                protocol: Protocol::Udp,
                local: "192.0.2.1:5060".parse().unwrap(),
                remote: "192.0.2.2:5060".parse().unwrap(),
                connection: None,
            },
        }
    }

    /// Hands a message to the endpoint. Lines end in LF in the tests.
    pub fn send(&mut self, text: &str) {
        let payload = Bytes::from(text.replace('\n', "\r\n"));
        self.endpoint.handle_message(self.now, self.flow, payload);
    }

    /// A request of method `method` with these further header lines.
    pub fn request(&mut self, method: &str, cseq: u32, to_tag: &str, more: &str) {
        let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
        let branch = format!("z9hG4bK{method}{cseq}");
        self.send(&format!(
            "{method} sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch={branch}\n\
             From: <sip:alice@a.test>;tag=peer\nTo: <sip:bob@b.test>{tag}\nCall-ID: call\n\
             CSeq: {cseq} {method}\nContact: <sip:alice@192.0.2.2:5060>\nContent-Length: 0\n{more}\n"
        ));
    }

    /// The ACK of a final response to the INVITE: `same` in its transaction, otherwise in the dialog.
    pub fn ack(&mut self, cseq: u32, to_tag: &str, same: bool) {
        let branch = if same { format!("z9hG4bKINVITE{cseq}") } else { format!("z9hG4bKack{cseq}") };
        self.send(&format!(
            "ACK sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch={branch}\n\
             From: <sip:alice@a.test>;tag=peer\nTo: <sip:bob@b.test>;tag={to_tag}\nCall-ID: call\n\
             CSeq: {cseq} ACK\nContent-Length: 0\n\n"
        ));
    }

    /// A response to a request of the endpoint, with this To-tag and these further header lines.
    pub fn answer(&mut self, request: &Message, status: u16, to_tag: &str, more: &str) {
        let mut response = Message::response_to(request, status, "", Some(to_tag));
        if (101..300).contains(&status) {
            response.headers.push(HeaderName::CONTACT, "<sip:bob@192.0.2.2:5060>");
        }
        for line in more.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            response.headers.push(HeaderName::from_token(name).unwrap(), value);
        }
        let payload = response.write();
        self.endpoint.handle_message(self.now, self.flow, payload);
    }

    /// The next message on the wire.
    pub fn sent(&mut self) -> Option<Message> {
        self.endpoint.poll_transmit().map(|transmit| parse(transmit.payload).unwrap())
    }

    /// Everything on the wire.
    pub fn all_sent(&mut self) -> Vec<Message> {
        std::iter::from_fn(|| self.sent()).collect()
    }

    /// The status of the only message on the wire; 0 where there is none.
    pub fn status(&mut self) -> u16 {
        let sent = self.all_sent();
        assert!(sent.len() <= 1, "more than one reply: {sent:?}");
        sent.first().map_or(0, |message| message.status().unwrap())
    }

    pub fn event(&mut self) -> Option<Event> {
        self.endpoint.poll_event()
    }

    pub fn session_event(&mut self) -> Option<SessionEvent> {
        match self.event()? {
            Event::Session { event, .. } => Some(event),
            other => panic!("no session's event: {other:?}"),
        }
    }

    /// Time goes by, timers fire one by one.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.endpoint.poll_timeout().filter(|at| *at <= until) {
            self.now = at.max(self.now);
            self.endpoint.handle_timeout(self.now);
        }
        self.now = until;
    }

    /// The endpoint calls the peer: the session and the INVITE.
    pub fn call(&mut self) -> (SessionId, Message) {
        self.call_with(|_| {})
    }

    pub fn call_with(&mut self, change: impl FnOnce(&mut Invite)) -> (SessionId, Message) {
        let mut invite = Invite {
            flow: self.flow,
            uri: "sip:bob@192.0.2.2:5060".parse().unwrap(),
            from: "<sip:alice@a.test>".parse().unwrap(),
            to: "<sip:bob@b.test>".parse().unwrap(),
            contact_user: Some("alice".into()),
            route: Vec::new(),
            token: None,
            headers: Headers::default(),
            body: Some(Body::sdp("v=0 offer")),
            credentials: None,
        };
        change(&mut invite);
        let id = self.endpoint.invite(self.now, invite);
        let sent = self.sent().unwrap();
        (id, sent)
    }

    /// The endpoint calls, the peer answers with tag `b`: the session, established and acknowledged.
    pub fn called(&mut self, more: &str) -> SessionId {
        let (id, invite) = self.call();
        self.answer(&invite, 200, "b", more);
        assert_eq!(method(&self.sent().unwrap()), "ACK");
        assert!(matches!(self.session_event(), Some(SessionEvent::Established(_))));
        id
    }

    /// The peer calls, the endpoint answers, the ACK comes: the session and our tag. CSeq 1 is used.
    pub fn calls(&mut self, more: &str) -> (SessionId, String) {
        self.request("INVITE", 1, "", more);
        let Some(Event::Invite { session, .. }) = self.event() else { panic!("no INVITE") };
        self.endpoint.accept(self.now, session, Headers::default(), Some(Body::sdp("v=0 answer"))).unwrap();
        let sent = self.all_sent();
        assert_eq!(sent.iter().map(|sent| sent.status().unwrap()).collect::<Vec<_>>(), [100, 200]);
        let tag = sent[1].to().unwrap().tag().unwrap().to_owned();
        self.ack(1, &tag, false);
        assert!(matches!(self.session_event(), Some(SessionEvent::Confirmed(_))));
        (session, tag)
    }
}

/// The method of a request, or the status of a response.
pub fn method(message: &Message) -> String {
    match message.status() {
        Some(status) => status.to_string(),
        None => message.method().unwrap().to_string(),
    }
}

pub fn header(message: &Message, name: &str) -> String {
    message.headers.get(&HeaderName::from_token(name).unwrap()).unwrap_or("").to_owned()
}
