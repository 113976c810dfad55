//! Provisional responses to a peer's INVITE (RFC 3261 §13.3.1.1).

use super::request;
use super::{Phase, SessionTimer, route};
use crate::endpoint::{Body, Endpoint, SessionId, WrongState};
use crate::message::{Headers, Message};
use std::time::Duration;
use warmline_time::Time;

/// Proxies on the way give an INVITE up after three minutes without a provisional response (§16.6 step 11).
const AGAIN: Duration = Duration::from_secs(60);

impl Endpoint {
    pub(crate) fn send_progress(
        &mut self,
        now: Time,
        id: SessionId,
        status: u16,
        headers: Headers,
        body: Option<Body>,
    ) -> Result<(), WrongState> {
        if !(101..=199).contains(&status) {
            return Err(WrongState);
        }
        let (transaction, mut response) = self.response_to_invite(id, status)?;
        request::add_headers(&mut response, &headers);
        if let Some(contact) = self.contact_of(id) {
            request::add_abilities(&mut response, contact);
        }
        request::add_body(&mut response, body.as_ref());
        self.server_respond(now, transaction, response);
        self.set_timer(id, SessionTimer::Progress, now + AGAIN);
        Ok(())
    }

    pub(crate) fn repeat_progress(&mut self, now: Time, id: SessionId) {
        let Some(session) = self.sessions.get(id) else { return };
        if session.phase == Phase::Incoming {
            self.server_resend(session.transaction);
            self.set_timer(id, SessionTimer::Progress, now + AGAIN);
        }
    }

    /// A response with our tag to the INVITE that is not answered yet, and its transaction.
    pub(crate) fn response_to_invite(
        &self,
        id: SessionId,
        status: u16,
    ) -> Result<(crate::endpoint::TransactionId, Message), WrongState> {
        let session = self.sessions.get(id).filter(|session| session.phase == Phase::Incoming);
        let session = session.ok_or(WrongState)?;
        let server = self.servers.get(session.transaction).ok_or(WrongState)?;
        let response = Message::response_to(&server.request, status, "", Some(&session.local_tag));
        Ok((session.transaction, response))
    }

    /// Our Contact in the standing dialog.
    pub(crate) fn contact_of(&self, id: SessionId) -> Option<String> {
        let session = self.sessions.get(id)?;
        let flow = session.dialog.as_ref()?.flow;
        Some(route::contact(session.contact_user.as_deref(), &flow))
    }
}
