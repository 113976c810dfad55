//! Our parser against another one, against our writer, and against noise.
//!
//! `rsip` is the oracle for what it can read: plain requests and responses with text bodies.

use bytes::Bytes;
use proptest::prelude::*;
use rsip::headers::{ToTypedHeader, UntypedHeader};
use rsip::message::HeadersExt;
use warmline_sip::framing::{Frame, Framer};
use warmline_sip::headers::{CSeq, NameAddr, Via};
use warmline_sip::message::{HeaderName, Message, Method, Start};
use warmline_sip::parse::{ParseError, parse, refusal};
use warmline_sip::uri::Uri;

const CASES: u32 = 256;

/// A message of the shapes that both parsers know.
#[derive(Debug, Clone)]
struct Plain {
    first: String,
    method: String,
    number: u32,
    host: String,
    from_display: String,
    from_tag: String,
    to_tag: Option<String>,
    call_id: String,
    branch: String,
    extra: Vec<(String, String)>,
    body: String,
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z][a-z0-9]{0,8}(\\.[a-z][a-z0-9]{0,5}){1,2}", "192\\.0\\.2\\.[1-9][0-9]?"]
}

/// First line and method. The oracle asks for a phrase and knows the usual statuses only.
fn first() -> impl Strategy<Value = (String, String)> {
    let method =
        prop::sample::select(vec!["INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "UPDATE"]);
    let status =
        prop::sample::select(vec!["100 Trying", "180 Ringing", "200 OK", "404 Not Found", "486 Busy Here"]);
    let line = prop_oneof![
        ("[a-z0-9]{1,12}", host()).prop_map(|(user, host)| Some(format!("sip:{user}@{host}"))),
        Just(None)
    ];
    (method, status, line).prop_map(|(method, status, uri)| {
        let first = match uri {
            Some(uri) => format!("{method} {uri} SIP/2.0"),
            None => format!("SIP/2.0 {status}"),
        };
        (first, method.to_owned())
    })
}

fn plain() -> impl Strategy<Value = Plain> {
    let ids = (
        "[A-Za-z0-9]{1,20}",
        prop::option::of("[A-Za-z0-9]{1,20}"),
        "[A-Za-z0-9.-]{1,24}(@[a-z0-9.]{1,12})?",
    );
    let extra =
        prop::collection::vec(("X-[A-Za-z]{1,10}", "[a-zA-Z0-9;=<>\"][ -~]{0,40}[a-zA-Z0-9;=<>\"]"), 0..6);
    (
        first(),
        0u32..1 << 31,
        host(),
        "[A-Za-z]{0,8}",
        ids,
        "[A-Za-z0-9]{1,20}",
        extra,
        "[ -~]{0,60}(\r\n[ -~]{0,20}){0,3}",
    )
        .prop_map(
            |(
                (first, method),
                number,
                host,
                from_display,
                (from_tag, to_tag, call_id),
                branch,
                extra,
                body,
            )| {
                Plain {
                    first,
                    method,
                    number,
                    host,
                    from_display,
                    from_tag,
                    to_tag,
                    call_id,
                    branch,
                    extra,
                    body,
                }
            },
        )
}

impl Plain {
    fn wire(&self) -> Bytes {
        let display = match self.from_display.as_str() {
            "" => String::new(),
            display => format!("\"{display}\" "),
        };
        let to_tag = self.to_tag.as_ref().map(|tag| format!(";tag={tag}")).unwrap_or_default();
        let extra: String = self.extra.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let text = format!(
            "{}\r\nVia: SIP/2.0/UDP {host}:5062;branch=z9hG4bK{}\r\nMax-Forwards: 70\r\n\
             From: {display}<sip:from@{host}>;tag={}\r\nTo: <sip:to@{host}>{to_tag}\r\nCall-ID: {}\r\n\
             CSeq: {} {}\r\n{extra}Content-Length: {}\r\n\r\n{}",
            self.first,
            self.branch,
            self.from_tag,
            self.call_id,
            self.number,
            self.method,
            self.body.len(),
            self.body,
            host = self.host,
        );
        Bytes::from(text)
    }
}

/// A message as our own code would build it, with strange contents in every place.
fn built() -> impl Strategy<Value = Message> {
    let method = prop_oneof![
        Just(Method::Invite),
        Just(Method::Bye),
        "[A-Z%!.]{1,10}".prop_map(|m| Method::from_token(&m))
    ];
    let uri = (prop::option::of("\\PC{1,12}"), host(), prop::option::of(any::<u16>()))
        .prop_map(|(user, host, port)| Uri::sip(user.as_deref(), &host, port));
    let request = (method, uri).prop_filter_map(
        "a user that holds an escape is another one when written",
        |(method, uri)| {
            // What the writer leaves alone (`%41`) or takes for a password is read as something else.
            (uri.to_string().parse() == Ok(uri.clone())).then_some(Start::Request { method, uri })
        },
    );
    let response =
        (100u16..700, "[^\r\n\0]{0,20}").prop_map(|(status, reason)| Start::Response { status, reason });
    let name = prop_oneof![
        "[A-Za-z][A-Za-z-]{0,14}".prop_map(|name| HeaderName::from_token(&name).expect("a token")),
        Just(HeaderName::VIA),
        Just(HeaderName::CONTACT),
    ];
    let headers = prop::collection::vec((name, any::<String>()), 0..12);
    let body = prop::collection::vec(any::<u8>(), 0..200);
    (prop_oneof![request, response], headers, body).prop_map(|(start, headers, body)| {
        let mut message = Message::request(Method::Invite, Uri::sip(None, "h", None));
        message.start = start;
        headers.into_iter().for_each(|(name, value)| message.headers.push(name, value));
        message.body = body.into();
        message
    })
}

/// What can be done to a datagram on its way.
#[derive(Debug, Clone)]
enum Harm {
    Cut(prop::sample::Index),
    Put(prop::sample::Index, u8),
    Insert(prop::sample::Index, &'static str),
    Double(prop::sample::Index, prop::sample::Index),
}

fn harm() -> impl Strategy<Value = Harm> {
    let index = any::<prop::sample::Index>;
    let text = prop::sample::select(vec![
        "\r\n", "\r", "\n", "\0", "\"", "<", ">", ",", ";", ":", "%", "\\", "\r\n ", "@", "[", "é",
    ]);
    prop_oneof![
        1 => index().prop_map(Harm::Cut),
        3 => (index(), any::<u8>()).prop_map(|(at, byte)| Harm::Put(at, byte)),
        4 => (index(), text).prop_map(|(at, text)| Harm::Insert(at, text)),
        1 => (index(), index()).prop_map(|(from, to)| Harm::Double(from, to)),
    ]
}

impl Harm {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len() + 1;
        match self {
            Harm::Cut(at) => bytes.truncate(at.index(length)),
            Harm::Put(at, byte) => {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
            }
            Harm::Insert(at, text) => {
                let at = at.index(length);
                bytes.splice(at..at, text.bytes());
            }
            Harm::Double(from, to) => {
                let (from, to) = (from.index(length), to.index(length));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from..from, part);
            }
        }
    }
}

/// Reads all there is to read; checks what must hold for whatever was let in.
fn exercise(bytes: &Bytes) {
    match parse(bytes.clone()) {
        Ok(message) => {
            for (name, value) in message.headers.iter() {
                assert!(HeaderName::from_token(name.as_str()).is_some());
                assert!(!value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
            }
            let _ = (message.check(), message.contact(), message.method(), message.call_id());
            let names = [HeaderName::VIA, HeaderName::CONTACT, HeaderName::ROUTE, HeaderName::FROM];
            for name in &names {
                for item in message.headers.list(name) {
                    let _ = (
                        item.parse::<Via>(),
                        item.parse::<NameAddr>(),
                        item.parse::<CSeq>(),
                        item.parse::<Uri>(),
                    );
                }
            }
            let response = Message::response_to(&message, 486, "", Some("tag"));
            assert!(parse(response.write()).is_ok(), "our answer cannot be parsed");
            let again = parse(message.write()).expect("what was parsed can be written");
            assert_eq!(again.write(), message.write(), "writing is stable");
        }
        Err(error) => {
            if let Some(response) = refusal(bytes, error) {
                assert!(parse(response.write()).is_ok(), "our refusal cannot be parsed");
            }
        }
    }
    let mut framer = Framer::default();
    framer.push(bytes);
    while let Ok(Some(frame)) = framer.next_frame() {
        if let Frame::Message(message) = frame {
            assert!(!message.is_empty());
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        for shown in [
            text.parse::<Uri>().map(|uri| uri.to_string()).ok(),
            text.parse::<NameAddr>().map(|name| name.to_string()).ok(),
            text.parse::<Via>().map(|via| via.to_string()).ok(),
        ] {
            assert!(!shown.unwrap_or_default().contains(['\r', '\n', '\0']));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn we_read_what_rsip_reads(plain in plain()) {
        let ours = parse(plain.wire()).expect("well-formed");
        let theirs = rsip::SipMessage::try_from(plain.wire()).expect("well-formed");
        prop_assert_eq!(ours.check(), Ok(()));
        prop_assert_eq!(ours.call_id().unwrap(), theirs.call_id_header().unwrap().value());
        let cseq = theirs.cseq_header().unwrap().typed().unwrap();
        prop_assert_eq!(ours.cseq().unwrap().number, cseq.seq);
        prop_assert_eq!(ours.cseq().unwrap().method.to_string(), cseq.method.to_string());
        let from = theirs.from_header().unwrap().typed().unwrap();
        let from_tag = from.tag().map(|tag| tag.value().to_owned());
        prop_assert_eq!(ours.from().unwrap().tag().map(str::to_owned), from_tag);
        prop_assert_eq!(ours.from().unwrap().uri.to_string(), from.uri.to_string());
        let to = theirs.to_header().unwrap().typed().unwrap();
        prop_assert_eq!(ours.to().unwrap().tag().map(str::to_owned), to.tag().map(|tag| tag.value().to_owned()));
        let via = theirs.via_header().unwrap().typed().unwrap();
        let branch = via.branch().map(|branch| branch.value().to_owned());
        prop_assert_eq!(Some(ours.via().unwrap().branch().to_owned()), branch);
        prop_assert_eq!(&ours.body[..], &theirs.body()[..]);
        match (&ours.start, &theirs) {
            (Start::Request { method, uri }, rsip::SipMessage::Request(request)) => {
                prop_assert_eq!(method.to_string(), request.method.to_string());
                prop_assert_eq!(uri.to_string(), request.uri.to_string());
            }
            (Start::Response { status, .. }, rsip::SipMessage::Response(response)) => {
                prop_assert_eq!(*status, u16::from(response.status_code.clone()));
            }
            _ => prop_assert!(false, "one sees a request, the other a response"),
        }
    }

    #[test]
    fn rsip_reads_what_we_write(plain in plain()) {
        let ours = parse(plain.wire()).expect("well-formed");
        let theirs = rsip::SipMessage::try_from(ours.write()).expect("we write what it can read");
        prop_assert_eq!(theirs.call_id_header().unwrap().value(), &plain.call_id);
        prop_assert_eq!(&theirs.body()[..], plain.body.as_bytes());
    }

    #[test]
    fn what_is_written_is_parsed_as_it_was(message in built()) {
        prop_assert_eq!(parse(message.write()), Ok(message));
    }

    #[test]
    fn streams_give_back_what_was_written(messages in prop::collection::vec(built(), 1..4), size in 1usize..300) {
        let stream: Vec<u8> = messages.iter().flat_map(|message| message.write().to_vec()).collect();
        let mut framer = Framer::default();
        let mut got = Vec::new();
        for chunk in stream.chunks(size) {
            framer.push(chunk);
            while let Some(frame) = framer.next_frame().expect("well-formed") {
                match frame {
                    Frame::Message(bytes) => got.push(parse(bytes).expect("well-formed")),
                    Frame::Ping => prop_assert!(false, "nobody pinged"),
                }
            }
        }
        prop_assert_eq!(got, messages);
    }

    #[test]
    fn noise_is_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        exercise(&Bytes::from(bytes));
    }

    #[test]
    fn text_that_looks_like_a_header_never_panics(text in "[ \\t\"<>;:,=@%a-z0-9\\[\\]\\\\/*?\\r\\n\\x00é]{0,60}") {
        exercise(&Bytes::from(text.clone()));
        exercise(&Bytes::from(format!("OPTIONS sip:a@b SIP/2.0\r\nVia: {text}\r\nTo: {text}\r\nm: {text}\r\n\r\n")));
    }

    #[test]
    fn harmed_messages_never_panic(plain in plain(), harms in prop::collection::vec(harm(), 1..5)) {
        let mut bytes = plain.wire().to_vec();
        harms.iter().for_each(|harm| harm.apply(&mut bytes));
        exercise(&Bytes::from(bytes));
    }

    #[test]
    fn a_truncated_message_is_never_taken(plain in plain(), at in any::<prop::sample::Index>()) {
        let bytes = plain.wire();
        let cut = bytes.slice(..at.index(bytes.len()));
        let error = parse(cut.clone()).expect_err("accepted");
        prop_assert!(error != ParseError::KeepAlive || cut.is_empty());
    }

    #[test]
    fn typed_headers_are_read_as_they_were_written(
        display in "\\PC{0,12}",
        user in "[a-z0-9@;? ]{1,10}",
        value in "[ -~]{0,12}",
        tag in "[A-Za-z0-9.~-]{1,12}",
    ) {
        let mut name = NameAddr::new(Uri::sip(Some(&user), "example.com", None));
        name.display = display;
        name.params.push(("+sip.instance".into(), Some(value.clone())));
        name.params.push(("x".into(), Some(value)));
        let name = name.with_tag(&tag);
        prop_assert_eq!(name.to_string().parse::<NameAddr>(), Ok(name));
    }
}
