//! Session timers (RFC 4028): agreed in INVITE, re-INVITE and UPDATE; refreshed by whose turn it is.

use super::{Phase, Refresh, SessionTimer};
use crate::endpoint::{Endpoint, SessionId, TransactionId};
use crate::message::{HeaderName, Message};
use crate::transport::Flow;
use std::time::Duration;
use warmline_time::Time;

/// The shortest interval we agree to, in seconds (§4: the least there is).
const LEAST: u32 = 90;
/// The longest we keep; more is cut, which §9 allows.
const LONGEST: u32 = 86_400;
/// A refresh that could not be sent, or was refused, is tried again after this.
const AGAIN: Duration = Duration::from_secs(10);

impl Endpoint {
    /// 422 to an interval that is too short, where the peer understands it (§9).
    pub(crate) fn refuse_short_interval(&mut self, flow: Flow, request: &Message) -> bool {
        let short = interval(request).is_some_and(|(seconds, _)| seconds < LEAST);
        if short && supports_timer(request) {
            self.reply_with(flow, request, 422, &[(HeaderName::MIN_SE, LEAST.to_string())]);
            return true;
        }
        false
    }

    /// What our 2xx says of the interval (§9): the peer's wish, and the peer refreshes where it can.
    pub(crate) fn offer_refresh(
        &mut self,
        now: Time,
        id: SessionId,
        transaction: TransactionId,
        response: &mut Message,
    ) {
        let Some(server) = self.servers.get(transaction) else { return };
        let (wish, able) = (interval(&server.request), supports_timer(&server.request));
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.refresh = match (wish, session.refresh) {
            (Some((seconds, refresher)), _) => {
                let ours = !able || refresher == Some(Refresher::Callee);
                Some(Refresh { seconds: seconds.clamp(LEAST, LONGEST), ours })
            }
            (None, Some(agreed)) if able => Some(agreed),
            (None, _) => None,
        };
        if let Some(refresh) = session.refresh {
            let refresher = if refresh.ours { "uas" } else { "uac" };
            let value = format!("{};refresher={refresher}", refresh.seconds);
            response.headers.set(HeaderName::SESSION_EXPIRES, value);
            if !refresh.ours {
                response.headers.push(HeaderName::REQUIRE, "timer");
            }
        }
        self.arm(now, id);
    }

    /// What our re-INVITE or UPDATE says of the interval: as agreed.
    pub(crate) fn ask_refresh(&mut self, id: SessionId, request: &mut Message) {
        if let Some(refresh) = self.sessions.get(id).and_then(|session| session.refresh) {
            let refresher = if refresh.ours { "uac" } else { "uas" };
            let value = format!("{};refresher={refresher}", refresh.seconds);
            request.headers.set(HeaderName::SESSION_EXPIRES, value);
            request.headers.set(HeaderName::MIN_SE, LEAST.to_string());
        }
    }

    /// What the peer's 2xx to our INVITE, re-INVITE or UPDATE agreed to (§7.2).
    pub(crate) fn adopt_refresh(&mut self, now: Time, id: SessionId, response: &Message) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.refresh = interval(response).map(|(seconds, refresher)| Refresh {
                seconds: seconds.clamp(LEAST, LONGEST),
                ours: refresher != Some(Refresher::Callee),
            });
            self.arm(now, id);
        }
    }

    /// 422 to our refresh: the peer's least interval (§7.4); `false` where it is no longer than ours.
    pub(crate) fn adopt_min_se(&mut self, id: SessionId, response: &Message) -> bool {
        let least = response.headers.get(&HeaderName::MIN_SE).and_then(seconds_of);
        let refresh = self.sessions.get_mut(id).and_then(|session| session.refresh.as_mut());
        match (least, refresh) {
            (Some(least), Some(refresh)) if least > refresh.seconds && least <= LONGEST => {
                refresh.seconds = least;
                true
            }
            _ => false,
        }
    }

    /// §10: refresh at half the interval; BYE a third, but 32 s at most, before its end.
    fn arm(&mut self, now: Time, id: SessionId) {
        self.stop_timer(id, SessionTimer::Refresh);
        self.stop_timer(id, SessionTimer::Expiry);
        let Some(refresh) = self.sessions.get(id).and_then(|session| session.refresh) else { return };
        let end = refresh.seconds - (refresh.seconds / 3).min(32);
        self.set_timer(id, SessionTimer::Expiry, now + Duration::from_secs(end.into()));
        if refresh.ours {
            let half = Duration::from_secs((refresh.seconds / 2).into());
            self.set_timer(id, SessionTimer::Refresh, now + half);
        }
    }

    pub(crate) fn send_refresh(&mut self, now: Time, id: SessionId) {
        let Some(session) = self.sessions.get(id) else { return };
        if session.phase != Phase::Confirmed || session.forgotten {
            return;
        }
        if session.is_negotiating() {
            return self.refresh_later(now, id);
        }
        if session.peer_takes_update {
            self.send_update(now, id);
        } else {
            let body = session.local_body.clone();
            self.offer(now, id, body, true, 0);
        }
    }

    pub(crate) fn refresh_later(&mut self, now: Time, id: SessionId) {
        if self.sessions.get(id).is_some_and(|session| session.refresh.is_some()) {
            self.set_timer(id, SessionTimer::Refresh, now + AGAIN);
        }
    }

    pub(crate) fn refresh_missing(&mut self, now: Time, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.refresh = None;
        match session.bye_after_ack.take() {
            Some(reason) => self.send_bye(now, id, reason),
            None => self.give_up(now, id, "SIP;cause=408;text=\"session expired\""),
        }
    }
}

/// Whose turn it is, in the words of one transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Refresher {
    Caller,
    Callee,
}

/// Session-Expires: seconds, and the refresher where it names one.
fn interval(message: &Message) -> Option<(u32, Option<Refresher>)> {
    let value = message.headers.get(&HeaderName::SESSION_EXPIRES)?;
    let refresher = value.split(';').skip(1).find_map(|param| {
        let (name, value) = param.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("refresher") {
            return None;
        }
        match value.trim().to_ascii_lowercase().as_str() {
            "uac" => Some(Refresher::Caller),
            "uas" => Some(Refresher::Callee),
            _ => None,
        }
    });
    Some((seconds_of(value)?, refresher))
}

fn seconds_of(value: &str) -> Option<u32> {
    value.split(';').next()?.trim().parse().ok()
}

fn supports_timer(message: &Message) -> bool {
    let name = HeaderName::SUPPORTED;
    let required = HeaderName::REQUIRE;
    let names_it = |list: Vec<&str>| list.into_iter().any(|tag| tag.trim().eq_ignore_ascii_case("timer"));
    names_it(message.headers.list(&name)) || names_it(message.headers.list(&required))
}
