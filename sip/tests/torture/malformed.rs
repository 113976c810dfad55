//! RFC 4475 §3.1.2: messages that are wrong in their syntax, and §3.3.9, whose length is in doubt.

use crate::{SDP, accept, accept_whole, answer, fault, refuse, wire, with_sdp};
use bytes::Bytes;
use warmline_sip::headers::{HeaderError, NameAddr};
use warmline_sip::message::{HeaderName, Method};
use warmline_sip::parse::{ParseError, parse, refusal};

/// A request with everything it needs, its first line and further lines given.
fn request(first: &str, more: &str) -> Bytes {
    let method = first.split(' ').next().expect("a method");
    wire(&format!(
        "{first}
To: <sip:t.watson@example.org>
From: <sip:a.g.bell@example.org>;tag=43
Max-Forwards: 70
Call-ID: malformed.dkei83kd
CSeq: 12 {method}
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw
{more}
"
    ))
}

/// §3.1.2.1 badinv01: empty parameters and list elements in Via and Contact. 400.
#[test]
fn badinv01_extraneous_separators() {
    let head = "INVITE sip:user@example.com SIP/2.0
To: sip:j.user@example.com
From: sip:caller@example.net;tag=134161461246
Max-Forwards: 7
Call-ID: badinv01.0ha0isndaksdjasdf3234nas
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;;,;,,
Contact: \"Joe\" <sip:joe@example.org>;;;;
";
    let message = with_sdp(head, SDP);
    assert_eq!(fault(message.clone()), HeaderName::VIA);
    assert_eq!(accept(message).contact(), Err(HeaderError { name: HeaderName::CONTACT }));
}

/// §3.1.2.2 clerr: the body is shorter than Content-Length says. 400.
#[test]
fn clerr_content_length_too_large() {
    let bytes = request("INVITE sip:user@example.com SIP/2.0", "Content-Length: 9999\n\nv=0");
    assert_eq!(refuse(bytes.clone()), ParseError::ContentLength);
    assert_eq!(answer(&bytes), Some(400));
}

/// §3.1.2.3 ncl: a negative Content-Length. 400.
#[test]
fn ncl_negative_content_length() {
    let bytes = request("INVITE sip:user@example.com SIP/2.0", "Content-Length: -999\n\nv=0");
    assert_eq!(refuse(bytes.clone()), ParseError::ContentLength);
    assert_eq!(answer(&bytes), Some(400));
}

/// §3.1.2.4 scalar02: numbers beyond their range in a request. CSeq decides: 400.
#[test]
fn scalar02_request_scalars_out_of_range() {
    let bytes = wire(
        "REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bK342sdfoi3
To: <sip:user@example.com>
From: <sip:user@example.com>;tag=239232jh3
CSeq: 36893488147419103232 REGISTER
Call-ID: scalar02.23o0pd9vanlq3wnrlnewofjas9ui32
Max-Forwards: 300
Expires: 10000000000000000000000000000000000000000
Contact: <sip:user@host129.example.com>
  ;expires=280297596632815
Content-Length: 0

",
    );
    assert_eq!(fault(bytes.clone()), HeaderName::CSEQ);
    let message = accept(bytes);
    assert_eq!(message.headers.number(&HeaderName::EXPIRES), Some(u32::MAX), "as long as can be");
    assert_eq!(message.headers.number(&HeaderName::MAX_FORWARDS), Some(300));
}

/// §3.1.2.5 scalarlg: numbers beyond their range in a response, which is dropped.
#[test]
fn scalarlg_response_scalars_out_of_range() {
    let bytes = wire(
        "SIP/2.0 503 Service Unavailable
Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129
To: <sip:user@example.com>
From: <sip:other@example.net>;tag=2easdjfejw
CSeq: 9292394834772304023312 OPTIONS
Call-ID: scalarlg.noase0of0234hn2qofoaf0232aewf2394r
Retry-After: 949302838503028349304023988
Warning: 1812 overture \"In Progress\"
Content-Length: 0

",
    );
    assert_eq!(fault(bytes.clone()), HeaderName::CSEQ);
    assert_eq!(accept(bytes).headers.number(&HeaderName::RETRY_AFTER), Some(u32::MAX));
}

/// §3.1.2.6 quotbal: a quoted string that does not end. 400.
#[test]
fn quotbal_unterminated_quoted_string() {
    let head = "INVITE sip:user@example.com SIP/2.0
To: \"Mr. J. User <sip:j.user@example.com>
From: sip:caller@example.net;tag=93334
Max-Forwards: 10
Call-ID: quotbal.aksdj
Contact: <sip:caller@host59.example.net>
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.59:5050;branch=z9hG4bKkdjuw39234
";
    assert_eq!(fault(with_sdp(head, SDP)), HeaderName::TO);
}

/// §3.1.2.7 ltgtruri: angle brackets around the Request-URI. 400.
#[test]
fn ltgtruri_request_uri_in_angle_brackets() {
    let bytes = request("INVITE <sip:user@example.com> SIP/2.0", "");
    assert_eq!((refuse(bytes.clone()), answer(&bytes)), (ParseError::StartLine, Some(400)));
}

/// §3.1.2.8 lwsruri: white space in the Request-URI. 400, rather than guess where the URI ends.
#[test]
fn lwsruri_white_space_in_the_request_uri() {
    let bytes = request("INVITE sip:user@example.com; lr SIP/2.0", "");
    assert_eq!((refuse(bytes.clone()), answer(&bytes)), (ParseError::StartLine, Some(400)));
}

/// §3.1.2.9 lwsstart: more than one space in the request line. 400.
#[test]
fn lwsstart_multiple_spaces_in_the_request_line() {
    let bytes = request("INVITE  sip:user@example.com  SIP/2.0", "");
    assert_eq!((refuse(bytes.clone()), answer(&bytes)), (ParseError::StartLine, Some(400)));
}

/// §3.1.2.10 trws: a space behind the version. 400.
#[test]
fn trws_trailing_space_in_the_request_line() {
    let bytes = request("OPTIONS sip:remote-target@example.com SIP/2.0  ", "");
    assert_eq!((refuse(bytes.clone()), answer(&bytes)), (ParseError::StartLine, Some(400)));
}

/// §3.1.2.11 escruri: headers in the Request-URI. Accepted; nothing takes them for headers of the request.
#[test]
fn escruri_escaped_headers_in_the_request_uri() {
    let message =
        accept_whole(request("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0", ""));
    assert_eq!(message.uri().unwrap().headers.as_deref(), Some("Route=%3Csip:example.com%3E"));
    assert!(!message.headers.contains(&HeaderName::ROUTE));
}

/// §3.1.2.12 baddate: a time zone other than GMT. Accepted; nobody reads Date.
#[test]
fn baddate_invalid_time_zone() {
    let more = "Date: Fri, 01 Jan 2010 16:00:00 EST\n";
    let message = accept_whole(request("INVITE sip:user@example.com SIP/2.0", more));
    assert_eq!(message.headers.get(&HeaderName::DATE), Some("Fri, 01 Jan 2010 16:00:00 EST"));
}

/// §3.1.2.13 regbadct: a Contact with headers must stand in angle brackets. 400, by whoever reads the Contact.
#[test]
fn regbadct_name_addr_without_angle_brackets() {
    let more = "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\n";
    let message = accept_whole(request("REGISTER sip:example.com SIP/2.0", more));
    assert_eq!(message.contact(), Err(HeaderError { name: HeaderName::CONTACT }));
}

/// §3.1.2.14 badaspec: spaces inside the angle brackets. Nothing is ambiguous: accepted.
#[test]
fn badaspec_spaces_within_addr_spec() {
    let to: NameAddr = "\"Watson, Thomas\" < sip:t.watson@example.org >".parse().unwrap();
    assert_eq!(to.to_string(), "\"Watson, Thomas\" <sip:t.watson@example.org>");
    let bytes = String::from_utf8(request("OPTIONS sip:t.watson@example.org SIP/2.0", "").to_vec()).unwrap();
    let bytes =
        bytes.replace("<sip:t.watson@example.org>", "\"Watson, Thomas\" < sip:t.watson@example.org >");
    assert_eq!(accept_whole(bytes.into()).to().unwrap().display, "Watson, Thomas");
}

/// §3.1.2.15 baddn: a comma in a display name without quotes. 400.
#[test]
fn baddn_non_token_display_name() {
    let bytes = String::from_utf8(request("OPTIONS sip:t.watson@example.org SIP/2.0", "").to_vec()).unwrap();
    let bytes = bytes.replace("From: <", "From:    Bell, Alexander <");
    assert_eq!(fault(bytes.into()), HeaderName::FROM);
}

/// §3.1.2.16 badvers: another version. 505.
#[test]
fn badvers_unknown_protocol_version() {
    let bytes = request("OPTIONS sip:t.watson@example.org SIP/7.0", "");
    assert_eq!((refuse(bytes.clone()), answer(&bytes)), (ParseError::Version, Some(505)));
}

/// §3.1.2.17 mismatch01: the method in CSeq is another than that of the request. 400.
#[test]
fn mismatch01_method_and_cseq_differ() {
    let text = String::from_utf8(request("OPTIONS sip:user@example.com SIP/2.0", "").to_vec()).unwrap();
    assert_eq!(fault(text.replace("12 OPTIONS", "8 INVITE").into()), HeaderName::CSEQ);
}

/// §3.1.2.18 mismatch02: as before, with a method that nobody knows.
#[test]
fn mismatch02_unknown_method_and_cseq_differ() {
    let text = String::from_utf8(request("NEWMETHOD sip:user@example.com SIP/2.0", "").to_vec()).unwrap();
    let bytes = Bytes::from(text.replace("12 NEWMETHOD", "8 INVITE"));
    assert_eq!(fault(bytes.clone()), HeaderName::CSEQ);
    assert_eq!(accept(bytes).method(), Ok(Method::Other("NEWMETHOD".into())));
}

/// §3.1.2.19 bigcode: a status beyond three digits. Dropped: responses are never answered.
#[test]
fn bigcode_status_too_large() {
    let bytes = wire(
        "SIP/2.0 4294967301 better not break the receiver
Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
Call-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i
CSeq: 353494 INVITE
From: <sip:user@example.com>;tag=39ansfi3
To: <sip:user@example.edu>;tag=902jndnke3
Content-Length: 0
Contact: <sip:user@host105.example.com>

",
    );
    assert_eq!(parse(bytes.clone()), Err(ParseError::StartLine));
    assert_eq!(refusal(&bytes, ParseError::StartLine), None);
}

/// §3.3.9 mcl01: two values of Content-Length. 400: which one counts would be a guess.
#[test]
fn mcl01_multiple_content_lengths() {
    let bytes = request(
        "OPTIONS sip:user@example.com SIP/2.0",
        "Content-Length: 13\nContent-Length: 5\nContent-Type: text/plain\n\nThere's no way to know how many octets are supposed to be here.",
    );
    assert_eq!((refuse(bytes.clone()), answer(&bytes)), (ParseError::ContentLength, Some(400)));
}
