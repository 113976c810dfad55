//! A final response other than 2xx to a peer's INVITE (RFC 3261 §13.3.1.2, §13.3.1.3).

use super::request;
use crate::endpoint::{Endpoint, SessionId, WrongState};
use crate::message::Headers;
use warmline_time::Time;

impl Endpoint {
    pub(crate) fn send_reject(
        &mut self,
        now: Time,
        id: SessionId,
        status: u16,
        headers: Headers,
    ) -> Result<(), WrongState> {
        if !(300..=699).contains(&status) {
            return Err(WrongState);
        }
        let (transaction, mut response) = self.response_to_invite(id, status)?;
        request::add_headers(&mut response, &headers);
        self.server_respond(now, transaction, response);
        self.remove_session(now, id);
        Ok(())
    }
}
