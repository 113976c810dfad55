//! Keys: for a party to hear, and pressed by one, as RFC 4733 events at the worker or as INFO on the signalling path.

use super::Switch;
use super::call::{Call, PartyState};
use warmline_coordination::cti::Event;
use warmline_coordination::ids::PartyId;
use warmline_media::ids::LegId;
use warmline_media::worker::Command;
use warmline_sip::message::{HeaderName, Message};
use warmline_time::Time;

/// How a peer says which key was pressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// In its media.
    Media,
    Info,
}

/// Keys of one command at most.
const MOST: usize = 32;

impl Switch {
    /// `Digits`: to a party that has answered.
    pub(super) fn press(&mut self, call: &mut Call, party: PartyId, digits: &str) {
        let leg = call.party(party).filter(|party| party.is_talking()).and_then(|party| party.leg());
        let Some(leg) = leg.filter(|leg| leg.is_negotiated()) else { return };
        let digits: String = digits.chars().filter(|key| is_key(*key)).take(MOST).collect();
        if !digits.is_empty() {
            self.send_media(call.worker, Command::Digits { leg: leg.id, digits });
        }
    }

    /// A key was pressed by a party that is in the call. Some phones say each key both ways: the way that the first one came is
    /// the one that is heard.
    pub(super) fn pressed(&mut self, now: Time, call: &mut Call, leg: LegId, way: Way, digit: char) {
        let Some((party, _)) = call.find(leg) else { return };
        if call.party(party).is_some_and(|party| party.state == PartyState::Asked) {
            return self.replied(now, call, party, digit);
        }
        if !call.party(party).is_some_and(|party| party.is_talking()) {
            return;
        }
        let Some(row) = call.leg_mut(leg) else { return };
        if *row.keys.get_or_insert(way) == way {
            self.tell(call, Event::Digit { call: call.id, party, digit });
        }
    }

    /// An INFO. What is no key is ignored: the peer has had its 200.
    pub(super) fn info(&mut self, now: Time, call: &mut Call, leg: LegId, request: &Message) {
        if let Some(digit) = key_of(request) {
            self.pressed(now, call, leg, Way::Info, digit);
        }
    }
}

fn is_key(key: char) -> bool {
    matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')
}

/// The key of an INFO: `Signal=5` of `application/dtmf-relay`, or the bare key of `application/dtmf`. Some phones number
/// `*`, `#` and `A`–`D` as events (RFC 4733 §3.2).
fn key_of(request: &Message) -> Option<char> {
    let kind = request.headers.get(&HeaderName::CONTENT_TYPE)?.split(';').next()?.trim().to_ascii_lowercase();
    let body = std::str::from_utf8(&request.body).ok()?;
    let signal = match kind.as_str() {
        "application/dtmf" => body,
        "application/dtmf-relay" => body.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then_some(value)
        })?,
        _ => return None,
    };
    let signal = signal.trim().to_ascii_uppercase();
    let key = match signal.parse::<usize>() {
        Ok(event @ 10..=15) => "*#ABCD".chars().nth(event - 10),
        _ => signal.chars().next().filter(|_| signal.chars().count() == 1),
    };
    key.filter(|key| is_key(*key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use warmline_sip::message::Method;

    fn key(kind: &str, body: &'static str) -> Option<char> {
        let mut request = Message::request(Method::Info, "sip:a@b".parse().expect("a URI"));
        request.headers.push(HeaderName::CONTENT_TYPE, kind);
        request.body = body.into();
        key_of(&request)
    }

    #[test]
    fn keys_are_read_in_both_ways_of_saying_them() {
        let relay = "application/dtmf-relay";
        assert_eq!(key(relay, "Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(key("Application/DTMF-Relay; x=y", "Duration=160\r\nsignal = #\r\n"), Some('#'));
        assert_eq!(key(relay, "Signal=10\r\n"), Some('*'));
        assert_eq!(key(relay, "Signal=d\r\n"), Some('D'));
        assert_eq!(key("application/dtmf", "7\r\n"), Some('7'));
        for (kind, body) in
            [(relay, "Signal=\r\n"), (relay, "5"), (relay, "Signal=16\r\n"), (relay, "Signal=E")]
        {
            assert_eq!(key(kind, body), None, "{body}");
        }
        assert_eq!(key("application/dtmf", "77"), None);
        assert_eq!(key("text/plain", "7"), None);
    }
}
