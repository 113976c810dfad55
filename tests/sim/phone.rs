//! A peer of the switch: a phone, or a carrier. An endpoint, and for each of its calls an RTP socket that speaks and listens.

use bytes::Bytes;
use std::collections::HashMap;
use std::net::SocketAddr;
use warmline_media::rtp;
use warmline_media::sdp::{self, Codec, Direction, Local, Negotiated, Profile};
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::{Body, Endpoint, EndpointConfig, Invite, OutgoingRequest, SessionId};
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Headers, Message, Method};
use warmline_sip::transport::{Flow, Protocol};
use warmline_sip::uri::Uri;
use warmline_time::Time;

/// What marks a payload as spoken by a peer; all else is the switch's own music or silence.
const MARK: &[u8; 8] = b"spoken: ";

/// What a peer said: which call it belongs to, which of its two sides spoke, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Words {
    pub call: usize,
    pub side: u8,
    pub said: Time,
}

impl Words {
    fn payload(self) -> Vec<u8> {
        let mut payload = vec![0xD5; 160];
        payload[..8].copy_from_slice(MARK);
        payload[8..16].copy_from_slice(&(self.call as u64).to_be_bytes());
        payload[16] = self.side;
        payload[17..25].copy_from_slice(&self.said.as_micros().to_be_bytes());
        payload
    }

    fn read(payload: &[u8]) -> Option<Self> {
        if payload.len() != 160 || !payload.starts_with(MARK) {
            return None;
        }
        let number = |at: usize| u64::from_be_bytes(*payload[at..].first_chunk().unwrap());
        Some(Words { call: number(8) as usize, side: payload[16], said: Time::from_micros(number(17)) })
    }
}

/// One call's media at a peer; kept after its end, to catch what comes late.
pub struct Leg {
    pub call: usize,
    /// 0: the customer or caller. 1: the agent or callee.
    pub side: u8,
    pub call_id: String,
    pub over: bool,
    /// When the peer answered, or was answered.
    pub answered: Option<Time>,
    pub spoken: u64,
    pub heard: Vec<(Time, Words)>,
    /// Packets that no peer spoke, and when the last came.
    pub sounds: u64,
    pub last_sound: Option<Time>,
    pub rtp: SocketAddr,
    local: Local,
    offered: Vec<Codec>,
    /// Our answer to the offer that came.
    answer: String,
    negotiated: Option<Negotiated>,
    sequence: u16,
}

pub struct Phone {
    pub endpoint: Endpoint,
    pub user: String,
    pub realm: String,
    pub address: SocketAddr,
    /// Which of the phones of one user it is.
    pub place: usize,
    pub legs: HashMap<SessionId, Leg>,
    pub password: Option<String>,
    switch: SocketAddr,
    sockets: HashMap<u16, SessionId>,
    next_port: u16,
}

impl Phone {
    pub fn new(
        user: &str,
        realm: &str,
        password: Option<&str>,
        address: SocketAddr,
        switch: SocketAddr,
        seed: u64,
    ) -> Self {
        let config = EndpointConfig { product: "Peer".into(), stamp: "9.9.9".into(), ..Default::default() };
        Phone {
            endpoint: Endpoint::new(config, seed),
            user: user.into(),
            realm: realm.into(),
            address,
            place: 0,
            legs: HashMap::new(),
            password: password.map(str::to_owned),
            switch,
            sockets: HashMap::new(),
            next_port: 10_000,
        }
    }

    fn flow(&self) -> Flow {
        Flow { protocol: Protocol::Udp, local: self.address, remote: self.switch, connection: None }
    }

    fn credentials(&self) -> Option<Credentials> {
        let password = self.password.clone()?;
        Some(Credentials { user: self.user.clone(), password })
    }

    pub fn register(&mut self, now: Time, expires: u32) {
        let address = NameAddr::new(Uri::sip(Some(&self.user), &self.realm, None)).to_string();
        let contact = Uri::sip(Some(&self.user), &self.address.ip().to_string(), Some(self.address.port()));
        let mut message = Message::request(Method::Register, Uri::sip(None, &self.realm, None));
        message.headers.push(HeaderName::FROM, address.clone());
        message.headers.push(HeaderName::TO, address);
        message.headers.push(HeaderName::CONTACT, NameAddr::new(contact).to_string());
        message.headers.push(HeaderName::EXPIRES, expires.to_string());
        let request = OutgoingRequest { flow: self.flow(), message, credentials: self.credentials() };
        self.endpoint.request(now, request);
    }

    /// Calls somebody; `from` is the user part of our own address, `session_id` the call's trace.
    pub fn call(
        &mut self,
        now: Time,
        call: usize,
        to: &Uri,
        from: &str,
        session_id: Option<String>,
    ) -> SessionId {
        let mut leg = self.new_leg(call, 0);
        leg.offered = codecs(call);
        let body = Some(Body::sdp(sdp::offer(&leg.local, &leg.offered, Direction::SendRecv)));
        let mut headers = Headers::default();
        headers.push(HeaderName::SESSION_ID, session_id.unwrap_or_else(|| format!("{call:032x}")));
        let session = self.endpoint.invite(
            now,
            Invite {
                flow: self.flow(),
                uri: to.clone(),
                from: NameAddr::new(Uri::sip(Some(from), &self.realm, None)),
                to: NameAddr::new(to.clone()),
                contact_user: Some(self.user.clone()),
                route: Vec::new(),
                token: None,
                headers,
                body,
                credentials: self.credentials(),
            },
        );
        self.keep(session, leg);
        session
    }

    /// Takes an INVITE in: it has a leg from now on, and our answer is ready.
    pub fn ring(&mut self, now: Time, session: SessionId, call: usize, side: u8, request: &Message) -> bool {
        let mut leg = self.new_leg(call, side);
        let Ok(offer) = sdp::read_offer(&request.body) else { return false };
        let answer = sdp::answer(&offer, &leg.local, &codecs(call / 2), Direction::SendRecv);
        let Ok((text, negotiated)) = answer else { return false };
        leg.answer = text;
        leg.negotiated = Some(negotiated);
        self.keep(session, leg);
        self.endpoint.progress(now, session, 180, Headers::default(), None).is_ok()
    }

    pub fn answer(&mut self, now: Time, session: SessionId) -> bool {
        let Some(leg) = self.legs.get_mut(&session) else { return false };
        let body = Body::sdp(leg.answer.clone());
        let accepted = self.endpoint.accept(now, session, Headers::default(), Some(body)).is_ok();
        if accepted {
            leg.answered = Some(now);
        }
        accepted
    }

    pub fn refuse(&mut self, now: Time, session: SessionId, status: u16) -> bool {
        self.end_leg(session);
        self.endpoint.reject(now, session, status, Headers::default()).is_ok()
    }

    pub fn hang_up(&mut self, now: Time, session: SessionId) {
        self.end_leg(session);
        self.endpoint.hangup(now, session, None);
    }

    /// Offers anew: holds, or takes back.
    pub fn hold(&mut self, now: Time, session: SessionId, on: bool) -> bool {
        let Some(leg) = self.legs.get_mut(&session) else { return false };
        leg.local.version += 1;
        let voice = leg.negotiated.as_ref().map_or_else(Codec::defaults, |media| media.codecs.clone());
        leg.offered = voice;
        let direction = if on { Direction::SendOnly } else { Direction::SendRecv };
        let body = Body::sdp(sdp::offer(&leg.local, &leg.offered, direction));
        self.endpoint.reinvite(now, session, body).is_ok()
    }

    /// The answer to an offer of ours; false: it is none.
    pub fn take_answer(&mut self, now: Time, session: SessionId, response: &Message) -> bool {
        let Some(leg) = self.legs.get_mut(&session) else { return false };
        leg.answered = leg.answered.or(Some(now));
        let read = sdp::read_answer(&leg.local, &leg.offered, &response.body);
        leg.negotiated = read.as_ref().ok().cloned().or(leg.negotiated.take());
        read.is_ok()
    }

    pub fn end_leg(&mut self, session: SessionId) {
        if let Some(leg) = self.legs.get_mut(&session) {
            leg.over = true;
        }
    }

    /// The next packet of a leg: from, to, bytes. `None`: it is over, or knows nobody to speak to.
    pub fn speak(&mut self, now: Time, session: SessionId) -> Option<(SocketAddr, SocketAddr, Bytes)> {
        let leg = self.legs.get_mut(&session).filter(|leg| !leg.over)?;
        let media = leg.negotiated.as_ref()?;
        let voice = media.codecs.iter().find(|codec| codec.is_voice())?;
        let mut head = [0; 12];
        leg.sequence = leg.sequence.wrapping_add(1);
        let timestamp = u32::from(leg.sequence) * 160;
        rtp::write(&mut head, false, voice.payload_type, leg.sequence, timestamp, leg.rtp.port().into());
        let words = Words { call: leg.call, side: leg.side, said: now };
        leg.spoken += 1;
        Some((leg.rtp, media.remote?, [head.as_slice(), &words.payload()].concat().into()))
    }

    /// A datagram on one of our RTP sockets.
    pub fn hear(&mut self, now: Time, port: u16, packet: &[u8]) {
        let Some(leg) = self.sockets.get(&port).and_then(|session| self.legs.get_mut(session)) else {
            return;
        };
        let Some(header) = rtp::read(packet) else { return };
        match Words::read(&packet[header.length..]) {
            Some(words) => leg.heard.push((now, words)),
            None => {
                leg.sounds += 1;
                leg.last_sound = Some(now);
            }
        }
    }

    fn new_leg(&mut self, call: usize, side: u8) -> Leg {
        let rtp = SocketAddr::new(self.address.ip(), self.next_port);
        self.next_port += 2;
        let local = Local {
            address: rtp,
            profile: Profile::Plain,
            ice: None,
            fingerprint: None,
            session_id: u64::from(rtp.port()),
            version: 1,
        };
        Leg {
            call,
            side,
            call_id: String::new(),
            over: false,
            answered: None,
            spoken: 0,
            heard: Vec::new(),
            sounds: 0,
            last_sound: None,
            rtp,
            local,
            offered: Vec::new(),
            answer: String::new(),
            negotiated: None,
            sequence: 0,
        }
    }

    fn keep(&mut self, session: SessionId, mut leg: Leg) {
        leg.call_id = self.endpoint.call_id(session).unwrap_or_default().to_owned();
        self.sockets.insert(leg.rtp.port(), session);
        self.legs.insert(session, leg);
    }
}

/// What a peer of this call speaks, in its order.
fn codecs(call: usize) -> Vec<Codec> {
    match call % 3 {
        0 => vec![Codec::pcma(), Codec::pcmu(), Codec::telephone_event(101)],
        1 => vec![Codec::pcmu(), Codec::pcma(), Codec::telephone_event(96)],
        _ => vec![Codec::pcmu(), Codec::pcma()],
    }
}
