//! RFC 5118: IPv6 in all the places where it can be got wrong.

use crate::{accept_whole, answer, refuse, wire, with_sdp};
use bytes::Bytes;
use warmline_sip::headers::Via;
use warmline_sip::message::{HeaderName, Message};
use warmline_sip::parse::ParseError;

fn register(uri: &str, via: &str) -> Bytes {
    wire(&format!(
        "REGISTER {uri} SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=81x2
Via: {via}
Call-ID: SSG9559905523997077@hlau_4100
Max-Forwards: 70
Contact: \"Caller\" <sip:caller@[2001:db8::1]>
CSeq: 98176 REGISTER
Content-Length: 0

"
    ))
}

const VIA: &str = "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111";

fn host_port(message: &Message) -> (&str, Option<u16>) {
    let uri = message.uri().unwrap();
    (&uri.host, uri.port)
}

/// §4.1: IPv6 references in Request-URI, Via and Contact.
#[test]
fn good_ipv6_references() {
    let message = accept_whole(register("sip:[2001:db8::10]", VIA));
    assert_eq!(host_port(&message), ("2001:db8::10", None));
    assert_eq!(message.via().unwrap().host, "2001:db8::9:1");
    let contact = message.contact().unwrap().unwrap();
    assert_eq!(
        (contact.uri.host.as_str(), contact.to_string().as_str()),
        ("2001:db8::1", "\"Caller\" <sip:caller@[2001:db8::1]>")
    );
}

/// §4.2: without brackets, an address cannot be told from a port. 400.
#[test]
fn bad_ipv6_without_brackets() {
    let bytes = register("sip:2001:db8::10", VIA);
    assert_eq!((refuse(bytes.clone()), answer(&bytes)), (ParseError::StartLine, Some(400)));
}

/// §4.3: what looks like a port is a part of the address.
#[test]
fn a_port_that_is_ambiguous() {
    assert_eq!(
        host_port(&accept_whole(register("sip:[2001:db8::10:5070]", VIA))),
        ("2001:db8::10:5070", None)
    );
}

/// §4.4: the port behind the brackets.
#[test]
fn a_port_that_is_not_ambiguous() {
    assert_eq!(
        host_port(&accept_whole(register("sip:[2001:db8::10]:5070", VIA))),
        ("2001:db8::10", Some(5070))
    );
}

/// §4.5: `received` with and without brackets is the same address.
#[test]
fn received_with_and_without_brackets() {
    for received in ["[2001:db8::9:255]", "2001:db8::9:255"] {
        let via = format!("SIP/2.0/UDP [2001:db8::9:1];received={received};branch=z9hG4bKas3-111");
        let via = accept_whole(register("sip:[2001:db8::10]", &via)).via().unwrap();
        assert_eq!(via.received(), "2001:db8::9:255".parse().ok());
        assert!(via.to_string().contains(&format!(";received={received};")), "written as it came");
    }
}

fn invite(via: &str, sdp: &str) -> Bytes {
    let head = format!(
        "INVITE sip:user@[2001:db8::10] SIP/2.0
To: sip:user@[2001:db8::10]
From: sip:user@example.com;tag=81x2
{via}Call-ID: SSG9559905523997077@hlau_4100
Contact: \"Caller\" <sip:caller@[2001:db8::20]>
CSeq: 8612 INVITE
Max-Forwards: 70
"
    );
    with_sdp(&head, sdp)
}

/// §4.6: IPv6 in SDP is the body's business: handed on untouched.
#[test]
fn ipv6_in_sdp() {
    let sdp = "v=0\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\ns=Live video feed\nc=IN IP6 2001:db8::20\nt=3338481189 3370017201\nm=audio 6000 RTP/AVP 2\na=rtpmap:2 G726-32/8000\n";
    let message = accept_whole(invite(&format!("Via: {VIA}\n"), sdp));
    assert_eq!(
        (&message.body, message.headers.get(&HeaderName::CONTENT_TYPE)),
        (&wire(sdp), Some("application/sdp"))
    );
}

/// §4.7: both families in one message's Vias.
#[test]
fn both_families_in_vias() {
    let vias = "Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144
Via: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200
";
    let message = accept_whole(invite(vias, "v=0\n"));
    let name = HeaderName::VIA;
    let vias: Vec<Via> = message.headers.list(&name).iter().map(|via| via.parse().unwrap()).collect();
    let hosts: Vec<_> = vias.iter().map(|via| (via.host.as_str(), via.port)).collect();
    assert_eq!(hosts, [("2001:db8::9:1", Some(6050)), ("192.0.2.1", None), ("2001:db8::9:255", None)]);
    assert_eq!(vias[2].received(), Some([192, 0, 2, 200].into()));
}

/// §4.8: both families in one SDP.
#[test]
fn both_families_in_sdp() {
    let sdp = "v=0\no=bob 280744730 28977631 IN IP4 host.example.com\ns=\nt=0 0\nm=audio 22334 RTP/AVP 0\nc=IN IP4 192.0.2.1\nm=video 6024 RTP/AVP 107\nc=IN IP6 2001:db8::1\na=rtpmap:107 H263-1998/90000\n";
    assert_eq!(accept_whole(invite(&format!("Via: {VIA}\n"), sdp)).body, wire(sdp));
}

/// §4.9: IPv4 addresses in IPv6 notation.
#[test]
fn ipv4_mapped_addresses() {
    let via = "SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19";
    let message = accept_whole(register("sip:[::ffff:192.0.2.2]", via));
    assert_eq!(host_port(&message), ("::ffff:192.0.2.2", None));
    let via = message.via().unwrap();
    assert_eq!((via.host.as_str(), via.port), ("::ffff:192.0.2.10", Some(19823)));
    assert_eq!(via.to_string(), "SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19");
}

/// §4.10: three colons, which the ABNF of RFC 3261 allowed by mistake, are no address. 400.
#[test]
fn three_colons() {
    let bytes = register("sip:user@[2001:db8:::192.0.2.1]", VIA);
    assert_eq!((refuse(bytes.clone()), answer(&bytes)), (ParseError::StartLine, Some(400)));
}
