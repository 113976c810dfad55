//! UPDATE: the peer's, and ours where it refreshes a session (RFC 3311, RFC 4028 §7.4).

use super::request;
use super::{Offering, Phase};
use crate::endpoint::{
    Answers, Endpoint, Failure, Heard, Incoming, Outgoing, SessionEvent, SessionId, TransactionId, User,
};
use crate::message::{Message, Method};
use warmline_time::Time;

impl Endpoint {
    /// An UPDATE of the peer: one without an offer only refreshes target and timer, and is answered at once.
    pub(crate) fn on_update(&mut self, now: Time, id: SessionId, incoming: Incoming) {
        if self.refuse_short_interval(incoming.flow, &incoming.request) {
            return;
        }
        let offers = !incoming.request.body.is_empty();
        if offers && self.refuse_crossing(id, &incoming) {
            return;
        }
        self.refresh_target(id, &incoming.request);
        let request = Box::new(incoming.request.clone());
        let transaction = self.start_within(now, id, incoming);
        if offers {
            self.set_offered(id, transaction);
            self.emit_for(id, SessionEvent::Offer(request));
        } else {
            let ok = Message::response_to(&request, 200, "", None);
            self.answer_update(now, id, transaction, ok);
        }
    }

    pub(crate) fn answer_update(
        &mut self,
        now: Time,
        id: SessionId,
        transaction: TransactionId,
        mut response: Message,
    ) {
        if let Some(contact) = self.contact_of(id) {
            request::add_abilities(&mut response, contact);
        }
        if self.sessions.get(id).is_some_and(|session| session.phase == Phase::Confirmed) {
            self.offer_refresh(now, id, transaction, &mut response);
        }
        self.server_respond(now, transaction, response);
    }

    /// Sends an UPDATE without an offer to refresh the session.
    pub(crate) fn send_update(&mut self, now: Time, id: SessionId) {
        let Some((mut request, flow)) = self.next_request(id, Method::Update) else { return };
        self.ask_refresh(id, &mut request);
        let transaction = self.next_transaction();
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.offering =
            Some(Offering { transaction, body: None, refresh: true, glares: 0, waiting: None });
        let answers = Answers::with(session.credentials.clone());
        self.start_client(now, transaction, Outgoing { user: User::Update(id), flow, request, answers });
    }

    /// What came of our UPDATE.
    pub(crate) fn on_update_heard(
        &mut self,
        now: Time,
        transaction: TransactionId,
        id: SessionId,
        heard: Heard,
    ) {
        let response = match heard {
            Heard::Response(response) => response,
            failed => return self.offer_failed(now, transaction, id, failed.into_failure()),
        };
        if response.status().is_some_and(|status| status < 200) || self.offering_of(id, transaction).is_none()
        {
            return;
        }
        match response.status() {
            Some(200..=299) => {
                self.take_offering(id, transaction);
                if let Ok(Some(contact)) = response.contact() {
                    self.set_target(id, contact.uri);
                }
                self.adopt_refresh(now, id, &response);
            }
            Some(405 | 501) => {
                self.take_offering(id, transaction);
                if let Some(session) = self.sessions.get_mut(id) {
                    session.peer_takes_update = false;
                }
                self.send_refresh(now, id);
            }
            Some(422) if self.adopt_min_se(id, &response) => {
                self.take_offering(id, transaction);
                self.send_refresh(now, id);
            }
            _ => match self.answer_challenge(now, transaction, &response) {
                Some(next) => self.continue_offering(id, next),
                None => self.offer_failed(now, transaction, id, Failure::Response(response)),
            },
        }
    }
}
