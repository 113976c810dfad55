//! RFC 4475 §3.2–§3.4: right in their syntax; what is wrong is for the transaction, the dialog or the user to see.

use crate::{SDP, accept, accept_whole, fault, wire, with_sdp};
use bytes::Bytes;
use warmline_sip::digest::{Verdict, Verifier};
use warmline_sip::message::{HeaderName, Method, Start};

/// A request of the usual headers with further lines.
fn request(first: &str, more: &str) -> Bytes {
    let method = first.split(' ').next().expect("a method");
    wire(&format!(
        "{first}
To: sip:j_user@example.com
From: sip:caller@example.net;tag=242etr
Max-Forwards: 6
Call-ID: layers.0ha0isndaksdj
CSeq: 8 {method}
Via: SIP/2.0/TCP host15.example.com;branch=z9hG4bKkdjuw
{more}l: 0

"
    ))
}

/// §3.2.1 badbranch: nothing behind the magic cookie. The transaction is told apart as in RFC 2543.
#[test]
fn badbranch_a_branch_that_is_only_the_cookie() {
    let text = String::from_utf8(request("OPTIONS sip:user@example.com SIP/2.0", "").to_vec()).unwrap();
    let message = accept_whole(text.replace("z9hG4bKkdjuw", "z9hG4bK").into());
    assert_eq!(message.via().unwrap().branch(), "z9hG4bK");
}

/// §3.3.1 insuf: From, To and Call-ID are missing. 400, which cannot hold them either.
#[test]
fn insuf_missing_headers() {
    let bytes = with_sdp(
        "INVITE sip:user@example.com SIP/2.0
CSeq: 193942 INVITE
Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf
",
        SDP,
    );
    assert_eq!(fault(bytes), HeaderName::FROM);
}

/// §3.3.2 unkscm: an unknown scheme in the Request-URI. Accepted here; 416 by whoever routes.
#[test]
fn unkscm_unknown_scheme() {
    let message = accept_whole(request("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0", ""));
    let uri = message.uri().unwrap();
    assert_eq!(
        (uri.scheme.as_str(), uri.opaque.as_deref()),
        ("nobodyknowsthisscheme", Some("totallyopaquecontent"))
    );
}

/// §3.3.3 novelsc: a known scheme that is no SIP. Accepted here; 416 by whoever routes.
#[test]
fn novelsc_a_novel_scheme() {
    let message = accept_whole(request("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", ""));
    assert_eq!(message.uri().unwrap().to_string(), "soap.beep://192.0.2.103:3002");
}

/// §3.3.4 unksm2: unknown schemes in To, From and Contact. Accepted; a registrar refuses them.
#[test]
fn unksm2_unknown_schemes_in_headers() {
    let message = accept_whole(wire(
        "REGISTER sip:example.com SIP/2.0
To: isbn:2983792873
From: <http://www.example.com>;tag=3234233
Call-ID: unksm2.daksdj@hyphenated-host.example.com
CSeq: 234902 REGISTER
Max-Forwards: 70
Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bKkdjuw
Contact: <name:John_Smith>
l: 0

",
    ));
    assert_eq!(message.to().unwrap().uri.opaque.as_deref(), Some("2983792873"));
    assert_eq!(
        (message.from().unwrap().uri.scheme.as_str(), message.from().unwrap().tag()),
        ("http", Some("3234233"))
    );
    assert_eq!(message.contact().unwrap().unwrap().uri.scheme, "name");
}

/// §3.3.5 bext01: Require and Proxy-Require that nobody supports. 420 names them.
#[test]
fn bext01_unknown_extensions() {
    let message = accept_whole(request(
        "OPTIONS sip:user@example.com SIP/2.0",
        "Require: nothingSupportsThis, nothingSupportsThisEither\nProxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis\n",
    ));
    let (require, proxy) = (HeaderName::REQUIRE, HeaderName::PROXY_REQUIRE);
    assert_eq!(message.headers.list(&require), ["nothingSupportsThis", "nothingSupportsThisEither"]);
    assert_eq!(message.headers.list(&proxy).len(), 2);
}

/// §3.3.6 invut: a body of an unknown type. 415 by whoever reads it.
#[test]
fn invut_unknown_content_type() {
    let message = accept_whole(wire(
        "INVITE sip:user@example.com SIP/2.0
Contact: <sip:caller@host5.example.net>
To: sip:j.user@example.com
From: sip:caller@example.net;tag=8392034
Max-Forwards: 70
Call-ID: invut.0ha0isndaksdjadsfij34n23d
CSeq: 235448 INVITE
Via: SIP/2.0/UDP somehost.example.com;branch=z9hG4bKkdjuw
Content-Type: application/unknownformat
Content-Length: 40

<audio>
 <pcmu port=\"443\"/>
</audio>  \n",
    ));
    assert_eq!(message.headers.get(&HeaderName::CONTENT_TYPE), Some("application/unknownformat"));
    assert_eq!(message.body.len(), 40);
}

/// §3.3.7 regaut01: an unknown Authorization scheme. It counts as none: challenge.
#[test]
fn regaut01_unknown_authorization_scheme() {
    let message = accept_whole(request(
        "REGISTER sip:example.com SIP/2.0",
        "Authorization: NoOneKnowsThisScheme opaque-data=here\n",
    ));
    let verdict = Verifier::new([1; 32]).verify(
        warmline_time::Time::ZERO,
        [192, 0, 2, 1].into(),
        "example.com",
        &message,
        Some("secret"),
    );
    assert_eq!(verdict, Verdict::Challenge { stale: false });
}

/// §3.3.8 multi01: headers that may stand once stand twice. 400.
#[test]
fn multi01_multiple_values_of_single_headers() {
    let bytes = with_sdp(
        "INVITE sip:user@company.com SIP/2.0
Contact: <sip:caller@host25.example.net>
Via: SIP/2.0/UDP 192.0.2.25;branch=z9hG4bKkdjuw
Max-Forwards: 70
CSeq: 5 INVITE
Call-ID: multi01.98asdh@192.0.2.1
CSeq: 59 INVITE
Call-ID: multi01.98asdh@192.0.2.2
From: sip:caller@example.com;tag=3413415
To: sip:user@example.com
To: sip:other@example.net
From: sip:caller@example.net;tag=2923420123
",
        SDP,
    );
    assert_eq!(fault(bytes), HeaderName::FROM);
}

/// §3.3.10 bcast: the topmost Via of a response is not ours, the next a broadcast address: no transaction, dropped.
#[test]
fn bcast_a_broadcast_address_in_via() {
    let message = accept_whole(wire(
        "SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23
Call-ID: bcast.0384840201234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: 0
Contact: <sip:user@host28.example.com>

",
    ));
    assert_eq!((message.status(), message.via().unwrap().host.as_str()), (Some(200), "192.0.2.198"));
}

/// §3.3.11 zeromf: Max-Forwards 0 is for us if we are the end; 483 if we are not.
#[test]
fn zeromf_max_forwards_zero() {
    let text = String::from_utf8(request("OPTIONS sip:user@example.com SIP/2.0", "").to_vec()).unwrap();
    let message = accept_whole(text.replace("Max-Forwards: 6", "Max-Forwards: 0").into());
    assert_eq!(message.headers.number(&HeaderName::MAX_FORWARDS), Some(0));
}

/// §3.3.12 cparam01: without angle brackets, a parameter belongs to the Contact.
#[test]
fn cparam01_a_parameter_of_the_contact() {
    let more = "Contact: sip:+19725552222@gw1.example.net;unknownparam\n";
    let contact = accept_whole(request("REGISTER sip:example.com SIP/2.0", more)).contact().unwrap().unwrap();
    assert_eq!((contact.param("unknownparam"), contact.uri.param("unknownparam")), (Some(""), None));
}

/// §3.3.13 cparam02: within angle brackets, it belongs to the URI.
#[test]
fn cparam02_a_parameter_of_the_uri() {
    let more = "Contact: <sip:+19725552222@gw1.example.net;unknownparam>\n";
    let contact = accept_whole(request("REGISTER sip:example.com SIP/2.0", more)).contact().unwrap().unwrap();
    assert_eq!((contact.param("unknownparam"), contact.uri.param("unknownparam")), (None, Some("")));
}

/// §3.3.14 regescrt: an escaped Route in a Contact's URI is kept as it is.
#[test]
fn regescrt_an_escaped_header_in_the_contact() {
    let more = "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\n";
    let contact = accept_whole(request("REGISTER sip:example.com SIP/2.0", more)).contact().unwrap().unwrap();
    assert_eq!(contact.uri.headers.as_deref(), Some("Route=%3Csip:sip.example.com%3E"));
    assert_eq!(contact.to_string(), "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>");
}

/// §3.3.15 sdp01: an Accept without SDP. Accepted here; 406 by whoever would answer.
#[test]
fn sdp01_accept_without_sdp() {
    let bytes = with_sdp(
        "INVITE sip:user@example.com SIP/2.0
To: sip:j_user@example.com
Contact: <sip:caller@host15.example.net>
From: sip:caller@example.net;tag=234
Max-Forwards: 5
Call-ID: sdp01.ndaksdj9342dasdd
Accept: text/nobodyKnowsThis
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw
",
        SDP,
    );
    let accept = HeaderName::ACCEPT;
    assert_eq!(accept_whole(bytes).headers.list(&accept), ["text/nobodyKnowsThis"]);
}

/// §3.4.1 inv2543: an INVITE of RFC 2543: no branch, no tag, no Max-Forwards, no Content-Length.
#[test]
fn inv2543_a_request_of_the_old_rfc() {
    let message = accept(wire(&format!(
        "INVITE sip:UserB@example.com SIP/2.0
Via: SIP/2.0/UDP iftgw.example.com
From: <sip:+13035551111@ift.client.example.net;user=phone>
Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>
To: sip:+16505552222@ss1.example.net;user=phone
Call-ID: inv2543.1717@ift.client.example.com
CSeq: 56 INVITE
Content-Type: application/sdp

{SDP}"
    )));
    assert_eq!((message.check(), message.method()), (Ok(()), Ok(Method::Invite)));
    assert_eq!((message.via().unwrap().branch(), message.from().unwrap().tag()), ("", None));
    assert_eq!(message.to().unwrap().param("user"), Some("phone"));
    assert_eq!(message.body, wire(SDP), "the datagram bounds the body");
    assert!(matches!(message.start, Start::Request { .. }));
}
