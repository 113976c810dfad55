//! ACK of a 2xx of ours (RFC 3261 §13.3.1.4).

use super::{SessionTimer, route};
use crate::endpoint::{Endpoint, SessionEvent};
use crate::headers::CSeq;
use crate::message::Message;
use crate::transport::Flow;
use warmline_time::Time;

impl Endpoint {
    /// An ACK that no transaction took. One that fits no answer is dropped: nothing may be answered to it.
    pub(crate) fn on_ack(&mut self, now: Time, flow: Flow, cseq: CSeq, request: Message) {
        let (Ok(to), Ok(from)) = (request.to(), request.from()) else { return };
        let Some(id) = to.tag().and_then(|tag| self.sessions.find(tag)) else { return };
        let Some(session) = self.sessions.get_mut(id) else { return };
        let is_its_peer =
            session.dialog.as_ref().is_some_and(|dialog| dialog.remote_tag.as_deref() == from.tag());
        if !is_its_peer || request.call_id() != Ok(session.call_id.as_str()) {
            return;
        }
        if session.answer.is_none_or(|answer| answer.cseq != cseq.number) {
            self.counters.retransmissions_absorbed += 1;
            return;
        }
        session.answer = None;
        let bye = session.bye_after_ack.take();
        self.stop_timer(id, SessionTimer::Answer);
        self.stop_timer(id, SessionTimer::NoAck);
        self.learn_flow(id, from.tag(), flow, route::is_behind_nat(&request, &flow));
        match bye {
            Some(reason) => self.send_bye(now, id, reason),
            None => self.emit_for(id, SessionEvent::Confirmed(Box::new(request))),
        }
    }
}
