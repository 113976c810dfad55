//! Where a request within a dialog goes: route set, remote target, flow (RFC 3261 §12.2.1.1).

use super::Dialog;
use crate::endpoint::Endpoint;
use crate::endpoint::{Row, SessionId};
use crate::headers::NameAddr;
use crate::message::{HeaderName, Headers, Message};
use crate::transport::{Flow, Protocol};
use crate::uri::Uri;
use std::net::{IpAddr, SocketAddr};

/// The Record-Route of a message, as the callee keeps it; the caller keeps it reversed (§12.1).
pub(crate) fn recorded(headers: &Headers) -> Vec<String> {
    let name = HeaderName::RECORD_ROUTE;
    headers.list(&name).into_iter().map(|route| route.trim().to_owned()).collect()
}

/// The Request-URI and the Route values of a request: loose routing, or strict where the first hop asks for it.
pub(crate) fn addressed(target: &Uri, routes: &[String]) -> (Uri, Vec<String>) {
    let Some((first, rest)) = routes.split_first() else { return (target.clone(), Vec::new()) };
    match first.parse::<NameAddr>() {
        Ok(first) if first.uri.param("lr").is_none() => {
            let mut routes = rest.to_vec();
            routes.push(NameAddr::new(target.clone()).to_string());
            (first.uri, routes)
        }
        _ => (target.clone(), routes.to_vec()),
    }
}

/// The Contact that we name on this flow.
pub(crate) fn contact(user: Option<&str>, flow: &Flow) -> String {
    let mut uri = Uri::sip(user, &flow.local.ip().to_string(), Some(flow.local.port()));
    let transport = match flow.protocol {
        Protocol::Udp => None,
        Protocol::Tcp => Some("tcp"),
        Protocol::Tls => Some("tls"),
        // RFC 7118 §5.2 knows one name for both.
        Protocol::Ws | Protocol::Wss => Some("ws"),
    };
    if let Some(transport) = transport {
        uri.params.push(("transport".into(), Some(transport.into())));
    }
    NameAddr::new(uri).to_string()
}

/// Whether the sender of a request sits behind a NAT: it came straight from a host that calls itself otherwise.
pub(crate) fn is_behind_nat(request: &Message, flow: &Flow) -> bool {
    let name = HeaderName::VIA;
    let hops = request.headers.list(&name).len();
    hops == 1 && request.via().is_ok_and(|via| is_other(&via.host, flow))
}

/// Whether this host is an address, and not the flow's.
pub(crate) fn is_other(host: &str, flow: &Flow) -> bool {
    host.parse::<IpAddr>().is_ok_and(|address| address != flow.remote.ip())
}

/// The way of a request within the dialog.
///
/// A stream that is open is kept: browsers and phones behind NAT have no other. On datagrams the next hop is the
/// first route or the target where that is an address which can be reached as the flow was; what a NAT made
/// useless (a private address seen from outside) gives way to the flow.
pub(crate) fn next_hop(dialog: &Dialog) -> Flow {
    if dialog.flow.connection.is_some() { dialog.flow } else { next_hop_anew(dialog) }
}

/// The same for who has no stream to the peer: another process.
pub(crate) fn next_hop_anew(dialog: &Dialog) -> Flow {
    let flow = Flow { connection: None, ..dialog.flow };
    let is_socket = matches!(flow.protocol, Protocol::Ws | Protocol::Wss);
    if is_socket || dialog.behind_nat {
        return flow;
    }
    let first = dialog.routes.first().and_then(|route| route.parse::<NameAddr>().ok());
    let uri = first.as_ref().map_or(&dialog.target, |first| &first.uri);
    match address(uri) {
        Some(remote) if class(remote.ip()) == class(flow.remote.ip()) => Flow { remote, ..flow },
        _ => flow,
    }
}

fn address(uri: &Uri) -> Option<SocketAddr> {
    let secure =
        uri.scheme == "sips" || uri.param("transport").is_some_and(|name| name.eq_ignore_ascii_case("tls"));
    let port = uri.port.unwrap_or(if secure { 5061 } else { 5060 });
    let ip = uri.host.parse::<IpAddr>().ok()?;
    (port != 0 && !ip.is_unspecified()).then_some(SocketAddr::new(ip, port))
}

#[derive(PartialEq, Eq)]
enum Class {
    Loopback,
    Private(bool),
    Public(bool),
}

/// Addresses of one class can be expected to reach each other; those of different families cannot.
fn class(ip: IpAddr) -> Class {
    let six = ip.is_ipv6();
    let private = match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private() || ip.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => matches!(ip.segments()[0] & 0xffc0, 0xfe80) || ip.segments()[0] & 0xfe00 == 0xfc00,
    };
    match (ip.is_loopback(), private) {
        (true, _) => Class::Loopback,
        (false, true) => Class::Private(six),
        (false, false) => Class::Public(six),
    }
}

impl Endpoint {
    /// The peer has come by another way: requests of ours go there.
    pub(crate) fn move_dialog(&mut self, id: SessionId, flow: Flow) {
        let session = self.sessions.get_mut(id);
        let Some(dialog) = session.and_then(|session| session.dialog.as_mut()) else { return };
        let before = std::mem::replace(&mut dialog.flow, flow);
        if before.connection != flow.connection {
            self.unbind(before, Row::Session(id));
            self.bind(flow, Row::Session(id));
        }
        self.tell_standing(id);
    }

    /// The peer's latest request came this way: ours go back on it.
    pub(crate) fn learn_flow(
        &mut self,
        id: SessionId,
        remote_tag: Option<&str>,
        flow: Flow,
        behind_nat: bool,
    ) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let is_standing =
            session.dialog.as_ref().is_some_and(|dialog| dialog.remote_tag.as_deref() == remote_tag);
        let Some(dialog) = session.dialog_with(remote_tag) else { return };
        let before = std::mem::replace(&mut dialog.flow, flow);
        dialog.behind_nat = behind_nat;
        if is_standing && before.connection != flow.connection {
            self.unbind(before, Row::Session(id));
            self.bind(flow, Row::Session(id));
        }
        self.tell_standing(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(remote: &str) -> Flow {
        Flow {
            protocol: Protocol::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: remote.parse().unwrap(),
            connection: None,
        }
    }

    fn dialog(target: &str, routes: &[&str], remote: &str) -> Dialog {
        Dialog {
            remote_tag: None,
            remote: String::new(),
            target: target.parse().unwrap(),
            routes: routes.iter().map(|route| (*route).to_owned()).collect(),
            remote_cseq: None,
            flow: flow(remote),
            behind_nat: false,
        }
    }

    fn hop(target: &str, routes: &[&str], remote: &str) -> String {
        next_hop(&dialog(target, routes, remote)).remote.to_string()
    }

    #[test]
    fn loose_routes_keep_the_target_and_strict_ones_take_its_place() {
        let target: Uri = "sip:b@192.0.2.9".parse().unwrap();
        let loose = ["<sip:192.0.2.5;lr>".to_owned(), "<sip:192.0.2.6;lr>".to_owned()];
        assert_eq!(addressed(&target, &loose), (target.clone(), loose.to_vec()));
        let strict = ["<sip:192.0.2.5>".to_owned(), "<sip:192.0.2.6;lr>".to_owned()];
        let (uri, routes) = addressed(&target, &strict);
        assert_eq!(uri.to_string(), "sip:192.0.2.5");
        assert_eq!(routes, ["<sip:192.0.2.6;lr>", "<sip:b@192.0.2.9>"]);
    }

    #[test]
    fn follows_route_and_contact_but_not_into_a_private_net() {
        assert_eq!(hop("sip:b@203.0.113.4:5070", &[], "203.0.113.9:5060"), "203.0.113.4:5070");
        assert_eq!(
            hop("sip:b@203.0.113.4", &["<sip:203.0.113.5;lr>"], "203.0.113.9:5080"),
            "203.0.113.5:5060"
        );
        assert_eq!(hop("sip:b@192.168.1.7:5070", &[], "203.0.113.9:1024"), "203.0.113.9:1024");
        assert_eq!(hop("sip:b@pbx.test", &[], "203.0.113.9:5060"), "203.0.113.9:5060");
    }

    #[test]
    fn keeps_an_open_stream_and_opens_another_when_it_is_closed() {
        let mut dialog = dialog("sip:b@203.0.113.4:5070;transport=tcp", &[], "203.0.113.4:39000");
        dialog.flow.protocol = Protocol::Tcp;
        dialog.flow.connection = Some(crate::transport::ConnectionId { id: 1, generation: 1 });
        assert_eq!(next_hop(&dialog), dialog.flow);
        dialog.flow.connection = None;
        assert_eq!(next_hop(&dialog).remote.port(), 5070);
        dialog.flow.protocol = Protocol::Wss;
        assert_eq!(next_hop(&dialog), dialog.flow);
    }

    #[test]
    fn contact_names_the_transport() {
        let mut flow = flow("203.0.113.9:5060");
        assert_eq!(contact(Some("a"), &flow), "<sip:a@192.0.2.1:5060>");
        flow.protocol = Protocol::Wss;
        assert_eq!(contact(None, &flow), "<sip:192.0.2.1:5060;transport=ws>");
    }
}
