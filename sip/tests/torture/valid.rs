//! RFC 4475 §3.1.1: messages that are strange and right.

use crate::{SDP, accept_whole, name, other, wire};
use bytes::Bytes;
use warmline_sip::message::{HeaderName, Method, Start};
use warmline_sip::parse::{ParseError, parse};

/// §3.1.1.1 wsinv: folds, white space around everything, compact forms, odd case, leading zeros.
#[test]
fn wsinv_a_short_tortuous_invite() {
    let head = r#"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : {}
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

"#;
    let body = wire(SDP);
    let message =
        accept_whole([wire(&head.replace("{}", &body.len().to_string())), body.clone()].concat().into());
    assert_eq!(message.uri().unwrap().param("unknownparam"), Some(""));
    assert_eq!(message.to().unwrap().tag(), Some("1918181833n"));
    let from = message.from().unwrap();
    assert_eq!((from.display.as_str(), from.tag()), (r#"J Rosenberg \""#, Some("98asjd8")));
    assert_eq!(message.headers.number(&HeaderName::MAX_FORWARDS), Some(68));
    assert_eq!(message.cseq().unwrap().number, 9);
    let vias = message.headers.list(&HeaderName::VIA).len();
    assert_eq!((message.via().unwrap().branch(), vias), ("390skdjuw", 3));
    assert_eq!(message.headers.get(&HeaderName::SUBJECT), Some(""));
    let new_fangled = message.headers.get(&name("newfangledheader"));
    assert_eq!(new_fangled, Some("newfangled value continued newfangled value"));
    assert_eq!(message.headers.get(&name("UnknownHeaderWithUnusualValue")), Some(";;,,;;,;"));
    let contact = message.contact().unwrap().unwrap();
    assert_eq!(contact.display, r#"Quoted string """#);
    assert_eq!((contact.param("newparam"), contact.param("q")), (Some("newvalue"), Some("0.33")));
    assert_eq!(message.body, body);
}

/// The head of intmeth; its To holds quoted pairs of BEL, `{}`, and DEL.
fn intmeth(quoted_pair: &str) -> Bytes {
    let head = r#"!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
To: "BEL:\<7> NUL:{} DEL:\<127>" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="работающий";tag=_token~1'+`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{
CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~
Max-Forwards: 255
extensionHeader-!.%*+_`'~:大停電
Content-Length: 0

"#;
    wire(&head.replace("<7>", "\u{7}").replace("<127>", "\u{7f}").replace("{}", quoted_pair))
}

/// §3.1.1.2 intmeth: every character that may stand in each place. The escaped NUL is taken as a space: it is the
/// one byte that no value of ours may hold.
#[test]
fn intmeth_a_wide_range_of_valid_characters() {
    let message = accept_whole(intmeth("\\\0"));
    let method = other("!interesting-Method0123456789_*+`.%indeed'~");
    assert_eq!(message.method(), Ok(method.clone()));
    assert_eq!(message.cseq().unwrap().method, method);
    let uri = message.uri().unwrap();
    assert_eq!(
        uri.user.as_deref(),
        Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
    );
    assert_eq!(uri.host, "example.com");
    assert_eq!(message.via().unwrap().branch(), "z9hG4bK-.!%66*_+`'~");
    assert_eq!(message.to().unwrap().display, "BEL:\u{7} NUL:  DEL:\u{7f}");
    let from = message.from().unwrap();
    assert_eq!(from.display, "token1~` token2'+_ token3*%!.-");
    assert_eq!(from.param("fromParam''~+*_!.-%"), Some("работающий"));
    assert_eq!(from.tag(), Some("_token~1'+`*%!-."));
    assert_eq!(message.call_id(), Ok(r#"intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{"#));
    assert_eq!(message.headers.get(&name("extensionHeader-!.%*+_`'~")), Some("大停電"));
    assert_eq!(parse(intmeth("\0")), Err(ParseError::Header), "a NUL that nothing escapes");
}

/// §3.1.1.3 esc01: escapes that hide reserved characters stay hidden.
#[test]
fn esc01_percent_escapes() {
    let message = accept_whole(wire(
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
To: sip:%75se%72@example.com
From: <sip:I%20have%20spaces@example.net>;tag=938
Max-Forwards: 87
i: esc01.239409asdfakjkn23onasd0-3234
CSeq: 234234 INVITE
Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
C: application/sdp
Contact:
  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
Content-Length: 0

",
    ));
    let uri = message.uri().unwrap();
    assert_eq!((uri.user.as_deref(), uri.host.as_str()), (Some("sips%3Auser@example.com"), "example.net"));
    assert_eq!(uri.to_string(), "sip:sips%3Auser%40example.com@example.net");
    assert_eq!(message.to().unwrap().uri.user.as_deref(), Some("user"));
    assert_eq!(message.from().unwrap().uri.user.as_deref(), Some("I have spaces"));
    let contact = message.contact().unwrap().unwrap().uri;
    assert_eq!(contact.user.as_deref(), Some("caller"));
    assert_eq!(contact.param("lr"), None, "an escaped lr is no lr");
    assert_eq!(contact.to_string(), "sip:caller@host5.example.net;%6c%72;n%61me=v%61lue%25%34%31");
}

/// §3.1.1.4 escnull: escaped NULs stay escaped.
#[test]
fn escnull_escaped_nulls_in_uris() {
    let message = accept_whole(wire(
        "REGISTER sip:example.com SIP/2.0
To: sip:null-%00-null@example.com
From: sip:null-%00-null@example.com;tag=839923423
Max-Forwards: 70
Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd
CSeq: 14398234 REGISTER
Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
Contact: <sip:%00@host5.example.com>
Contact: <sip:%00%00@host5.example.com>
L:0

",
    ));
    assert_eq!(message.to().unwrap().uri.user.as_deref(), Some("null-%00-null"));
    let contacts = HeaderName::CONTACT;
    let contacts = message.headers.list(&contacts);
    assert_eq!(contacts, ["<sip:%00@host5.example.com>", "<sip:%00%00@host5.example.com>"]);
    assert_eq!(message.contact().unwrap().unwrap().to_string(), "<sip:%00@host5.example.com>");
}

/// §3.1.1.5 esc02: a percent sign outside of URIs escapes nothing.
#[test]
fn esc02_percent_in_places_without_escapes() {
    let message = accept_whole(wire(
        r#"RE%47IST%45R sip:registrar.example.com SIP/2.0
To: "%Z%45" <sip:resource@example.com>
From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23
Call-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf
Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234
CSeq: 29344 RE%47IST%45R
Max-Forwards: 70
Contact: <sip:alias1@host1.example.com>
C%6Fntact: <sip:alias2@host2.example.com>
Contact: <sip:alias3@host3.example.com>
l: 0

"#,
    ));
    assert_eq!(message.method(), Ok(other("RE%47IST%45R")), "that is no REGISTER");
    assert_eq!(message.from().unwrap().display, "%Z%45");
    assert_eq!(message.headers.count(&HeaderName::CONTACT), 2);
}

/// §3.1.1.6 lwsdisp: no white space between display name and `<`.
#[test]
fn lwsdisp_no_space_before_the_angle_bracket() {
    let message = accept_whole(wire(
        "OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: caller<sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID: lwsdisp.1234abcd@funky.example.com
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw
l: 0

",
    ));
    assert_eq!(message.from().unwrap().display, "caller");
}

/// §3.1.1.7 longreq: long values everywhere.
#[test]
fn longreq_long_values() {
    let long = |text: &str, times: usize| text.repeat(times);
    let vias: String =
        (0..33).map(|hop| format!("v: SIP/2.0/TCP 192.0.2.{hop};branch=z9hG4bK{hop}\n")).collect();
    let text = format!(
        "INVITE sip:user@example.com SIP/2.0
To: \"I have a user name of {extreme} proportion\" <sip:user@example.com:6000;unknownparam1=very{long}value;longparam{name}=shortvalue;very{long}ParameterNameWithNoValue>
F: sip:{amazing}CallerName@example.net;tag=12{tag}982424;unknownheaderparam{name}=unknowheaderparam{long}value;unknownValueless{long}paramname
Call-ID: longreq.one{call}longcallid
CSeq: 3882340 INVITE
Unknown-{long}-Name: unknown-{long}-value; unknown-{long}-parameter-name = unknown-{long}-parameter-value
Via: SIP/2.0/TCP sip33.example.com;branch=z9hG4bK{tag}
{vias}Max-Forwards: 70
Contact: <sip:{amazing}CallerName@host5.example.net>
l: 0

",
        extreme = long("extreme", 10),
        long = long("long", 30),
        name = long("name", 40),
        amazing = long("amazinglylong", 9),
        tag = long("982424", 50),
        call = long("really", 40),
    );
    let message = accept_whole(wire(&text));
    assert_eq!(message.headers.list(&HeaderName::VIA).len(), 34);
    assert_eq!(message.from().unwrap().tag().unwrap().len(), 308);
    assert_eq!(message.to().unwrap().uri.params.len(), 3);
    assert_eq!(message.via().unwrap().host, "sip33.example.com");
}

/// §3.1.1.8 dblreq: what follows the message in its datagram is dropped.
#[test]
fn dblreq_a_second_request_behind_the_first() {
    let text = "REGISTER sip:example.com SIP/2.0
To: sip:j.user@example.com
From: sip:j.user@example.com;tag=43251j3j324
Max-Forwards: 8
I: dblreq.0ha0isndaksdj99sdfafnl3lk233412
Contact: sip:j.user@host.example.com
CSeq: 8 REGISTER
Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492
Content-Length: 0

INVITE sip:joe@example.com SIP/2.0
t: sip:joe@example.com
From: sip:caller@example.net;tag=141334
Call-ID: dblreq.0ha0isnda977644900765@192.0.2.15
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw380234

";
    let message = accept_whole(wire(text));
    assert_eq!((message.method(), message.body.len()), (Ok(Method::Register), 0));
    assert_eq!(message.headers.count(&HeaderName::VIA), 1);
}

/// §3.1.1.9 semiuri: parameters inside the user part belong to the user.
#[test]
fn semiuri_a_semicolon_in_the_user_part() {
    let message = accept_whole(wire(
        "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0
To: sip:j_user@example.com
From: sip:caller@example.org;tag=33242
Max-Forwards: 3
Call-ID: semiuri.0ha0isndaksdj
CSeq: 8 OPTIONS
Accept: application/sdp, application/pkcs7-mime,
        multipart/mixed, multipart/signed,
        message/sip, message/sipfrag
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw
l: 0

",
    ));
    let uri = message.uri().unwrap();
    assert_eq!(uri.user.as_deref(), Some("user;par=u@example.net"));
    assert_eq!((uri.host.as_str(), uri.params.len()), ("example.com", 0));
    assert_eq!(message.headers.list(&HeaderName::ACCEPT).len(), 6);
}

/// §3.1.1.10 transports: any transport may stand in a Via.
#[test]
fn transports_known_and_unknown() {
    let message = accept_whole(wire(
        "OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: <sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID:  transports.kijh4akdnaqjkwendsasfdj
Accept: application/sdp
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw
Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf
Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj
Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en
Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee
l: 0

",
    ));
    let name = HeaderName::VIA;
    let vias: Vec<String> = message
        .headers
        .list(&name)
        .iter()
        .map(|via| via.parse::<warmline_sip::headers::Via>().unwrap().protocol)
        .collect();
    assert_eq!(vias, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
}

/// §3.1.1.11 mpart01: a body of several parts, one of them binary, is handed on byte by byte.
#[test]
fn mpart01_a_multipart_body_with_binary() {
    let mut body = wire("--7a9cbec02ceef655\nContent-Type: text/plain\nContent-Transfer-Encoding: binary\n\nHello\n--7a9cbec02ceef655\nContent-Type: application/octet-stream\n\n").to_vec();
    body.extend(0..=255);
    body.extend(b"\r\n--7a9cbec02ceef655--\r\n");
    let head = wire(&format!(
        "MESSAGE sip:kumiko@example.org SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport
Max-Forwards: 70
Route: <sip:127.0.0.1:5080>
Identity: r5mwreLuyDRYBi/0TiPwEsY3rEVsk/G2WxhgTV1PF7hHuLIK0YWVKZhKv9Mj8UeXqkMVbnVq37CD+813gvYjcBUaZngQmXc9WNZSDNGCzA+fWl9MEUHWIZo1CeJebdY/XlgKeTa0Olvq0rt70Q5jiSfbqMJmQFteeivUhkMWYUA=
Contact: <sip:fluffy@127.0.0.1:5070>
To: <sip:kumiko@example.org>
From: <sip:fluffy@example.com>;tag=2fb0dcc9
Call-ID: 3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..
CSeq: 1 MESSAGE
Content-Transfer-Encoding: binary
Content-Type: multipart/mixed;boundary=7a9cbec02ceef655
Date: Sat, 15 Oct 2005 04:44:56 GMT
User-Agent: SIPimp.org/0.2.5 (curses)
Content-Length: {}

",
        body.len()
    ));
    let message = accept_whole([&head[..], &body].concat().into());
    assert_eq!(message.method(), Ok(Method::Message));
    assert_eq!(&message.body[..], &body[..]);
}

const RESPONSE: &str = "
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Call-ID: unreason.1234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: 0

";

/// §3.1.1.12 unreason: a phrase in any script.
#[test]
fn unreason_an_unusual_reason_phrase() {
    let phrase = "= 2**3 * 5**2 но сто девяносто девять - простое";
    let message = accept_whole(wire(&format!("SIP/2.0 200 {phrase}{RESPONSE}")));
    assert_eq!(message.start, Start::Response { status: 200, reason: phrase.into() });
    assert_eq!(message.method(), Ok(Method::Invite));
}

/// §3.1.1.13 noreason: no phrase at all.
#[test]
fn noreason_an_empty_reason_phrase() {
    let message = accept_whole(wire(&format!("SIP/2.0 100 {RESPONSE}")));
    assert_eq!(message.start, Start::Response { status: 100, reason: String::new() });
}
