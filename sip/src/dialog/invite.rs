//! INVITE: ours and what comes back (RFC 3261 §13.2), and a new one of a peer (§13.3.1).

use super::request::{self, Names};
use super::{Dialog, MAX_FORKS, Phase, Session, route};
use crate::endpoint::{
    Answers, Endpoint, Event, Failure, Heard, Incoming, Invite, Outgoing, Owner, SentAck, SessionEvent,
    SessionId, TransactionId, User, via_value,
};
use crate::headers::{CSeq, NameAddr};
use crate::message::{HeaderName, Message, Method};
use crate::transport::Flow;
use crate::uri::Uri;
use warmline_time::Time;

impl Endpoint {
    pub(crate) fn start_invite(&mut self, now: Time, invite: Invite) -> SessionId {
        let id = SessionId(self.next_id());
        let transaction = self.next_transaction();
        let local_tag = self.new_name(invite.token.as_deref());
        let call_id = self.new_name(invite.token.as_deref());
        let local = invite.from.clone().with_tag(&local_tag).to_string();
        let message = self.invite_message(&invite, &call_id, &local);
        let mut session = Session::new(call_id, local_tag, local, transaction, Phase::Calling);
        session.local_cseq = 1;
        session.contact_user = invite.contact_user;
        session.credentials = invite.credentials.clone();
        session.local_body = invite.body;
        self.sessions.insert(id, session);
        let answers = Answers::with(invite.credentials);
        let outgoing = Outgoing { user: User::Invite(id), flow: invite.flow, request: message, answers };
        self.start_client(now, transaction, outgoing);
        id
    }

    fn invite_message(&self, invite: &Invite, call_id: &str, local: &str) -> Message {
        let routes: Vec<String> =
            invite.route.iter().map(|uri| NameAddr::new(uri.clone()).to_string()).collect();
        let (uri, routes) = route::addressed(&invite.uri, &routes);
        let mut message = Message::request(Method::Invite, uri);
        if invite.headers.get(&HeaderName::MAX_FORWARDS).is_none() {
            message.headers.push(HeaderName::MAX_FORWARDS, "70");
        }
        for route in routes {
            message.headers.push(HeaderName::ROUTE, route);
        }
        let mut to = invite.to.clone();
        to.params.retain(|param| param.0 != "tag");
        message.headers.push(HeaderName::FROM, local);
        message.headers.push(HeaderName::TO, to.to_string());
        message.headers.push(HeaderName::CALL_ID, call_id);
        message.headers.push(HeaderName::CSEQ, CSeq { number: 1, method: Method::Invite }.to_string());
        request::add_headers(&mut message, &invite.headers);
        request::add_abilities(&mut message, route::contact(invite.contact_user.as_deref(), &invite.flow));
        if !self.config.product.is_empty() && message.headers.get(&HeaderName::USER_AGENT).is_none() {
            message.headers.push(HeaderName::USER_AGENT, self.config.product.as_str());
        }
        request::add_body(&mut message, invite.body.as_ref());
        message
    }

    /// What came of our INVITE.
    pub(crate) fn on_invite_heard(
        &mut self,
        now: Time,
        transaction: TransactionId,
        id: SessionId,
        heard: Heard,
    ) {
        match heard {
            Heard::Response(response) => match response.status() {
                Some(100) => self.cancel_if_wanted(now, id),
                Some(101..=199) => self.on_progress(now, transaction, id, response),
                Some(200..=299) => self.on_answer(now, transaction, id, response),
                _ => self.on_refusal(now, transaction, id, response),
            },
            Heard::Expired => {
                self.emit_for(id, SessionEvent::Failed(Failure::Timeout));
                if let Some(session) = self.sessions.get_mut(id) {
                    session.forgotten = true;
                    self.cancel(now, id, None);
                }
            }
            failed => self.invite_failed(now, id, failed.into_failure()),
        }
    }

    /// 101–199: an early dialog where it has a tag (§12.1.2).
    fn on_progress(&mut self, now: Time, transaction: TransactionId, id: SessionId, response: Box<Message>) {
        let dialog = self
            .clients
            .get(transaction)
            .and_then(|client| dialog_of_response(&client.request, &response, client.flow));
        if let (Some(session), Some(dialog)) = (self.sessions.get_mut(id), dialog) {
            let known = session.dialog_with(dialog.remote_tag.as_deref()).is_some();
            if dialog.remote_tag.is_some() && !known && session.forks.len() < MAX_FORKS {
                session.forks.push(dialog);
            }
        }
        self.emit_for(id, SessionEvent::Progress(response));
        self.cancel_if_wanted(now, id);
    }

    /// A 2xx: the first one, its repetition, or another branch of a fork (§13.2.2.4).
    fn on_answer(&mut self, now: Time, transaction: TransactionId, id: SessionId, response: Box<Message>) {
        let Some(client) = self.clients.get(transaction) else { return };
        let tag = response.to().ok().and_then(|to| to.tag().map(str::to_owned));
        if let Some(ack) = client.acks.iter().find(|ack| ack.remote_tag == tag) {
            let (flow, wire) = (ack.flow, ack.wire.clone());
            self.counters.retransmissions_absorbed += 1;
            self.retransmit(flow, wire);
            return;
        }
        if client.acks.len() >= MAX_FORKS {
            self.counters.stray_responses += 1;
            return;
        }
        let Some(mut dialog) = dialog_of_response(&client.request, &response, client.flow) else { return };
        self.send_ack(transaction, &dialog);
        let phase = self.sessions.get(id).map(|session| session.phase);
        if !matches!(phase, Some(Phase::Calling | Phase::Canceling)) {
            return self.send_fork_bye(now, transaction, &dialog);
        }
        let Some(session) = self.sessions.get_mut(id) else { return };
        if let Some(early) = session.forks.iter().find(|early| early.remote_tag == dialog.remote_tag) {
            dialog.remote_cseq = early.remote_cseq;
        }
        session.forks.clear();
        session.peer_takes_update = takes_update(&response);
        session.phase = Phase::Confirmed;
        let canceled = session.cancel.take();
        self.set_dialog(id, dialog);
        self.tell_standing(id);
        if phase == Some(Phase::Canceling) {
            // The 2xx crossed our CANCEL (§15, §9.1).
            return self.send_bye(now, id, canceled.and_then(|cancel| cancel.reason));
        }
        self.adopt_refresh(now, id, &response);
        self.emit_for(id, SessionEvent::Established(response));
    }

    /// 3xx–6xx: a challenge that can be answered, or the end.
    fn on_refusal(&mut self, now: Time, transaction: TransactionId, id: SessionId, response: Box<Message>) {
        let calling = self.sessions.get(id).is_some_and(|session| session.phase == Phase::Calling);
        if calling && let Some(next) = self.answer_challenge(now, transaction, &response) {
            if let Some(session) = self.sessions.get_mut(id) {
                session.transaction = next;
                session.forks.clear();
            }
            return;
        }
        self.invite_failed(now, id, Failure::Response(response));
    }

    fn invite_failed(&mut self, now: Time, id: SessionId, failure: Failure) {
        self.emit_for(id, SessionEvent::Failed(failure));
        self.remove_session(now, id);
    }

    /// The ACK of a 2xx, kept for its repetitions. It carries the INVITE's credentials (§13.2.2.4, §22.1).
    pub(crate) fn send_ack(&mut self, transaction: TransactionId, dialog: &Dialog) {
        let branch = self.new_branch();
        let Some(client) = self.clients.get_mut(transaction) else { return };
        let Ok(cseq) = client.request.cseq() else { return };
        let local = client.request.headers.get(&HeaderName::FROM).unwrap_or("").to_owned();
        let call_id = client.request.headers.get(&HeaderName::CALL_ID).unwrap_or("").to_owned();
        let names = Names { call_id: &call_id, local: &local, product: &self.config.product };
        let mut ack = request::request_in(dialog, &names, Method::Ack, cseq.number);
        for name in [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION] {
            if let Some(value) = client.request.headers.get(&name) {
                ack.headers.push(name, value);
            }
        }
        let flow = route::next_hop(dialog);
        ack.headers.push_front(HeaderName::VIA, via_value(&flow, &branch));
        let wire = ack.write();
        client.acks.push(SentAck { remote_tag: dialog.remote_tag.clone(), wire: wire.clone(), flow });
        self.transmit(flow, wire);
    }

    /// A new INVITE of a peer: 100, and the owner decides.
    pub(crate) fn on_invite(&mut self, now: Time, incoming: Incoming) {
        let Incoming { request, flow, .. } = &incoming;
        let flow = *flow;
        if self.refuse_short_interval(flow, request) {
            return;
        }
        let local_tag = self.new_name(None);
        let names = (request.call_id(), request.to(), dialog_of_request(request, flow));
        let (Ok(call_id), Ok(to), Some(dialog)) = names else {
            self.counters.malformed += 1;
            return self.reply(flow, request, 400);
        };
        let id = SessionId(self.next_id());
        let transaction = self.next_transaction();
        let local = to.with_tag(&local_tag).to_string();
        let mut session = Session::new(call_id.to_owned(), local_tag, local, transaction, Phase::Incoming);
        session.contact_user = request.uri().and_then(|uri| uri.user.clone());
        session.peer_takes_update = takes_update(request);
        self.sessions.insert(id, session);
        self.set_dialog(id, dialog);
        let trying = Message::response_to(request, 100, "", None);
        let request = Box::new(request.clone());
        self.start_server(now, transaction, Owner::Invite(id), incoming, true);
        self.server_respond(now, transaction, trying);
        self.emit(Event::Invite { session: id, request, flow });
    }

    /// The stream of an INVITE that is not answered yet is closed: there is nobody to answer.
    pub(crate) fn on_invite_unreachable(&mut self, now: Time, id: SessionId) {
        if self.sessions.get(id).is_some_and(|session| session.phase == Phase::Incoming) {
            let reason = Some("SIP;cause=503;text=\"connection closed\"".to_owned());
            self.emit_for(id, SessionEvent::Ended { by_peer: false, reason });
            self.remove_session(now, id);
        }
    }
}

/// The callee's dialog (§12.1.1); `None` without a Contact.
fn dialog_of_request(request: &Message, flow: Flow) -> Option<Dialog> {
    let from = request.from().ok()?;
    Some(Dialog {
        remote_tag: from.tag().map(str::to_owned),
        remote: request.headers.get(&HeaderName::FROM)?.to_owned(),
        target: request.contact().ok()??.uri,
        routes: route::recorded(&request.headers),
        remote_cseq: request.cseq().ok().map(|cseq| cseq.number),
        flow,
        behind_nat: route::is_behind_nat(request, &flow),
    })
}

/// The caller's dialog (§12.1.2). A response without a Contact leaves the INVITE's target.
pub(crate) fn dialog_of_response(invite: &Message, response: &Message, flow: Flow) -> Option<Dialog> {
    let called = invite.uri()?;
    let target = response.contact().ok().flatten().map_or_else(|| called.clone(), |contact| contact.uri);
    // We went to the flow although the URI says another address, and the peer names it again.
    let behind_nat = target.host == called.host && route::is_other(&called.host, &flow);
    Some(Dialog { behind_nat, ..dialog_of(response, target, flow)? })
}

/// The caller's dialog with this target.
pub(crate) fn dialog_of(response: &Message, target: Uri, flow: Flow) -> Option<Dialog> {
    let mut routes = route::recorded(&response.headers);
    routes.reverse();
    Some(Dialog {
        remote_tag: response.to().ok()?.tag().map(str::to_owned),
        remote: response.headers.get(&HeaderName::TO)?.to_owned(),
        target,
        routes,
        remote_cseq: None,
        flow,
        behind_nat: false,
    })
}

/// Whether the peer lists UPDATE in Allow (RFC 3311 §4).
fn takes_update(message: &Message) -> bool {
    let name = HeaderName::ALLOW;
    message.headers.list(&name).into_iter().any(|method| method.trim() == "UPDATE")
}
