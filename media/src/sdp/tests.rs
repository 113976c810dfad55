//! Descriptions as real peers write them, and properties of offer and answer.

use super::*;
use proptest::prelude::*;

const CHROMIUM_OFFER: &str = "v=0\r\n\
o=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n\
s=-\r\n\
t=0 0\r\n\
a=group:BUNDLE 0 1\r\n\
a=extmap-allow-mixed\r\n\
a=msid-semantic: WMS 7c2e\r\n\
m=audio 51472 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\n\
c=IN IP4 192.0.2.33\r\n\
a=rtcp:9 IN IP4 0.0.0.0\r\n\
a=candidate:1510613869 1 udp 2122260223 192.0.2.33 51472 typ host generation 0 network-id 1\r\n\
a=ice-ufrag:sXz1\r\n\
a=ice-pwd:8nYf1TtC0mK7x6v3QwErTy12\r\n\
a=ice-options:trickle\r\n\
a=fingerprint:sha-256 5B:9D:0C:4E:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:01:02:03:04:05:06:07:08:09:0A:0B:0C\r\n\
a=setup:actpass\r\n\
a=mid:0\r\n\
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
a=sendrecv\r\n\
a=msid:7c2e 9f1b\r\n\
a=rtcp-mux\r\n\
a=rtcp-rsize\r\n\
a=rtpmap:111 opus/48000/2\r\n\
a=rtcp-fb:111 transport-cc\r\n\
a=fmtp:111 minptime=10;useinbandfec=1\r\n\
a=rtpmap:63 red/48000/2\r\n\
a=fmtp:63 111/111\r\n\
a=rtpmap:9 G722/8000\r\n\
a=rtpmap:0 PCMU/8000\r\n\
a=rtpmap:8 PCMA/8000\r\n\
a=rtpmap:13 CN/8000\r\n\
a=rtpmap:110 telephone-event/48000\r\n\
a=rtpmap:126 telephone-event/8000\r\n\
a=ssrc:2570211391 cname:Zr0\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n\
c=IN IP4 0.0.0.0\r\n\
a=mid:1\r\n\
a=rtpmap:96 VP8/90000\r\n";

const BARESIP_OFFER: &str = "v=0\r\n\
o=- 1234567 89012 IN IP4 192.0.2.50\r\n\
s=-\r\n\
c=IN IP4 192.0.2.50\r\n\
t=0 0\r\n\
a=tool:baresip 1.0.0\r\n\
m=audio 19230 RTP/AVP 0 8 101\r\n\
a=rtpmap:0 PCMU/8000\r\n\
a=rtpmap:8 PCMA/8000\r\n\
a=rtpmap:101 telephone-event/8000\r\n\
a=fmtp:101 0-15\r\n\
a=rtcp:19231\r\n\
a=sendrecv\r\n\
a=label:1\r\n\
a=rtcp-rsize\r\n\
a=ssrc:1790123 cname:sip:somebody@192.0.2.50\r\n\
a=ptime:20\r\n";

const SIPP_OFFER: &str = "v=0\r\n\
o=user1 53655765 2353687637 IN IP4 127.0.0.1\r\n\
s=-\r\n\
c=IN IP4 127.0.0.1\r\n\
t=0 0\r\n\
m=audio 6000 RTP/AVP 0\r\n\
a=rtpmap:0 PCMU/8000\r\n";

const ASTERISK_OFFER: &str = "v=0\r\n\
o=- 1872637 1872637 IN IP4 198.51.100.7\r\n\
s=Asterisk\r\n\
c=IN IP4 198.51.100.7\r\n\
t=0 0\r\n\
m=audio 14568 RTP/AVP 9 8 3 101\r\n\
a=rtpmap:9 G722/8000\r\n\
a=rtpmap:8 PCMA/8000\r\n\
a=rtpmap:3 GSM/8000\r\n\
a=rtpmap:101 telephone-event/8000\r\n\
a=fmtp:101 0-16\r\n\
a=ptime:30\r\n\
a=maxptime:150\r\n\
a=sendonly\r\n\
m=image 14570 udptl t38\r\n\
a=T38FaxVersion:0\r\n";

fn at(text: &str) -> Option<SocketAddr> {
    Some(text.parse().unwrap())
}

fn plain(address: &str) -> Local {
    Local {
        address: address.parse().unwrap(),
        profile: Profile::Plain,
        ice: None,
        fingerprint: None,
        session_id: 77,
        version: 3,
    }
}

fn browser(address: &str) -> Local {
    Local {
        profile: Profile::WebRtc,
        ice: Some(IceCredentials { ufrag: "ourU".into(), pwd: "ourPasswordIsLongEnough".into() }),
        fingerprint: Some([0x0F; 32]),
        ..plain(address)
    }
}

fn names(codecs: &[Codec]) -> Vec<(u8, &str)> {
    codecs.iter().map(|codec| (codec.payload_type, codec.name.as_str())).collect()
}

#[test]
fn chromium_gets_what_it_insists_on() {
    let offer = read_offer(CHROMIUM_OFFER.as_bytes()).unwrap();
    assert_eq!(offer.profile, Profile::WebRtc);
    assert_eq!(offer.direction, Direction::SendRecv, "a browser's 0.0.0.0 is no hold");
    let local = browser("203.0.113.5:3478");
    let (text, agreed) = answer(&offer, &local, &Codec::defaults(), Direction::SendRecv).unwrap();
    let fingerprint = ["0F"; 32].join(":");
    let expected = format!(
        "v=0\r\no=- 77 3 IN IP4 203.0.113.5\r\ns=-\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\na=ice-lite\r\na=group:BUNDLE 0\r\n\
         m=audio 3478 UDP/TLS/RTP/SAVPF 0 126\r\na=mid:0\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:126 telephone-event/8000\r\n\
         a=fmtp:126 0-16\r\na=ptime:20\r\na=sendrecv\r\na=rtcp-mux\r\na=ice-ufrag:ourU\r\na=ice-pwd:ourPasswordIsLongEnough\r\n\
         a=fingerprint:sha-256 {fingerprint}\r\na=setup:passive\r\na=msid:warmline audio\r\n\
         a=candidate:1 1 udp 2130706431 203.0.113.5 3478 typ host\r\na=end-of-candidates\r\n\
         m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=inactive\r\n"
    );
    assert_eq!(text, expected);
    assert_eq!(names(&agreed.codecs), [(0, "PCMU"), (126, "TELEPHONE-EVENT")]);
    assert_eq!(agreed.receive, [0, 126]);
    assert_eq!((agreed.remote, agreed.remote_rtcp, agreed.rtcp_mux), (None, None, true));
    assert_eq!(agreed.ice.unwrap().ufrag, "sXz1");
    assert_eq!(agreed.fingerprint.unwrap()[..4], [0x5B, 0x9D, 0x0C, 0x4E]);
    assert_eq!(agreed.setup, Some(Setup::Passive));
}

#[test]
fn a_browser_without_security_is_refused() {
    let without = |line: &str| {
        let kept: Vec<_> = CHROMIUM_OFFER.lines().filter(|other| !other.starts_with(line)).collect();
        read_offer(kept.join("\r\n").as_bytes()).map(|offer| offer.profile)
    };
    for line in ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=rtcp-mux"] {
        assert_eq!(without(line), Err(SdpError::Security), "{line}");
    }
    let other_hash = CHROMIUM_OFFER.replace("sha-256", "sha-512");
    assert_eq!(read_offer(other_hash.as_bytes()), Err(SdpError::Security));
    let offer = read_offer(CHROMIUM_OFFER.as_bytes()).unwrap();
    let unable = Local { ice: None, ..browser("203.0.113.5:3478") };
    assert_eq!(answer(&offer, &unable, &Codec::defaults(), Direction::SendRecv), Err(SdpError::Security));
    let wrong = plain("203.0.113.5:3478");
    assert_eq!(answer(&offer, &wrong, &Codec::defaults(), Direction::SendRecv), Err(SdpError::Profile));
}

#[test]
fn setup_is_the_other_of_the_offers() {
    for (offered, ours) in [
        ("actpass", Setup::Passive),
        ("active", Setup::Passive),
        ("passive", Setup::Active),
        ("x", Setup::Passive),
    ] {
        let text = CHROMIUM_OFFER.replace("setup:actpass", &format!("setup:{offered}"));
        let offer = read_offer(text.as_bytes()).unwrap();
        let (answer, agreed) =
            answer(&offer, &browser("203.0.113.5:3478"), &Codec::defaults(), Direction::SendRecv).unwrap();
        assert_eq!(agreed.setup, Some(ours));
        let said = if ours == Setup::Active { "a=setup:active\r\n" } else { "a=setup:passive\r\n" };
        assert!(answer.contains(said));
    }
}

#[test]
fn baresip_is_answered() {
    let offer = read_offer(BARESIP_OFFER.as_bytes()).unwrap();
    assert_eq!(names(&offer.codecs), [(0, "PCMU"), (8, "PCMA"), (101, "TELEPHONE-EVENT")]);
    let (text, agreed) =
        answer(&offer, &plain("203.0.113.5:20000"), &Codec::defaults(), Direction::SendRecv).unwrap();
    assert_eq!(
        text,
        "v=0\r\no=- 77 3 IN IP4 203.0.113.5\r\ns=-\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    );
    assert_eq!((agreed.remote, agreed.remote_rtcp), (at("192.0.2.50:19230"), at("192.0.2.50:19231")));
    assert_eq!(agreed.codecs[1].fmtp.as_deref(), Some("0-15"), "the peer's parameters, to send by");
}

#[test]
fn sipp_without_events_is_answered_without() {
    let offer = read_offer(SIPP_OFFER.as_bytes()).unwrap();
    let (text, agreed) =
        answer(&offer, &plain("127.0.0.1:20000"), &Codec::defaults(), Direction::SendRecv).unwrap();
    assert!(text.contains("m=audio 20000 RTP/AVP 0\r\n"));
    assert_eq!(names(&agreed.codecs), [(0, "PCMU")]);
    let unmapped = SIPP_OFFER.replace("a=rtpmap:0 PCMU/8000\r\n", "");
    assert_eq!(read_offer(unmapped.as_bytes()).unwrap().codecs, offer.codecs);
    let only_g729 = SIPP_OFFER.replace("AVP 0", "AVP 18");
    let offer = read_offer(only_g729.as_bytes()).unwrap();
    assert_eq!(
        answer(&offer, &plain("127.0.0.1:20000"), &Codec::defaults(), Direction::SendRecv),
        Err(SdpError::Codec)
    );
}

#[test]
fn asterisks_hold_and_fax_line_are_answered() {
    let offer = read_offer(ASTERISK_OFFER.as_bytes()).unwrap();
    assert_eq!(offer.direction, Direction::RecvOnly);
    let (text, agreed) =
        answer(&offer, &plain("203.0.113.5:20000"), &Codec::defaults(), Direction::SendRecv).unwrap();
    assert!(text.contains("m=audio 20000 RTP/AVP 8 101\r\n") && text.contains("a=recvonly\r\n"));
    assert!(text.ends_with("m=image 0 udptl t38\r\na=inactive\r\n"));
    assert_eq!((agreed.direction, agreed.ptime), (Direction::RecvOnly, 30));
}

#[test]
fn an_old_hold_means_send_nothing() {
    let held = BARESIP_OFFER.replace("c=IN IP4 192.0.2.50", "c=IN IP4 0.0.0.0");
    let offer = read_offer(held.as_bytes()).unwrap();
    assert_eq!(offer.direction, Direction::RecvOnly);
    let (text, agreed) =
        answer(&offer, &plain("203.0.113.5:20000"), &Codec::defaults(), Direction::SendRecv).unwrap();
    assert!(text.contains("a=recvonly"));
    assert_eq!(agreed.remote, None);
}

#[test]
fn the_first_usable_line_is_taken_and_the_others_rejected_in_place() {
    let text = "v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 0 RTP/AVP 0\r\nm=video 5000 RTP/AVP 96\r\nm=audio 4000 RTP/SAVP 0\r\n\
                m=audio 4002 RTP/AVP 8\r\nm=audio 4004 RTP/AVP 0\r\n";
    let offer = read_offer(text.as_bytes()).unwrap();
    let (answer, agreed) =
        answer(&offer, &plain("203.0.113.5:20000"), &Codec::defaults(), Direction::SendRecv).unwrap();
    let lines: Vec<_> = answer.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        lines,
        [
            "m=audio 0 RTP/AVP 0",
            "m=video 0 RTP/AVP 96",
            "m=audio 0 RTP/SAVP 0",
            "m=audio 20000 RTP/AVP 8",
            "m=audio 0 RTP/AVP 0"
        ]
    );
    assert_eq!(agreed.remote, at("192.0.2.9:4002"));
}

#[test]
fn what_cannot_be_used_says_why() {
    let offer = |lines: &str| read_offer(format!("v=0\r\n{lines}").as_bytes()).map(|offer| offer.profile);
    assert_eq!(offer("m=video 5000 RTP/AVP 96\r\n"), Err(SdpError::NoAudio));
    assert_eq!(offer("c=IN IP4 192.0.2.9\r\nm=audio 0 RTP/AVP 0\r\n"), Err(SdpError::NoAudio));
    assert_eq!(offer("c=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/SAVP 0\r\n"), Err(SdpError::Profile));
    assert_eq!(offer("m=audio 4000 RTP/AVP 0\r\n"), Err(SdpError::Malformed), "no address");
    assert_eq!(offer("c=IN IP4 224.1.2.3\r\nm=audio 4000 RTP/AVP 0\r\n"), Err(SdpError::Malformed));
    assert_eq!(offer("c=IN IP4 255.255.255.255\r\nm=audio 4000 RTP/AVP 0\r\n"), Err(SdpError::Malformed));
    assert_eq!(offer("c=IN IP6 ff02::1\r\nm=audio 4000 RTP/AVP 0\r\n"), Err(SdpError::Malformed));
    assert_eq!(offer("c=IN IP6 ::1\r\nm=audio 4000 RTP/AVP 0\r\n"), Ok(Profile::Plain));
}

#[test]
fn our_offer_to_a_browser_has_what_it_insists_on() {
    let text = offer(&browser("203.0.113.5:3478"), &Codec::defaults(), Direction::SendRecv);
    for line in [
        "a=group:BUNDLE 0",
        "m=audio 3478 UDP/TLS/RTP/SAVPF 8 0 101",
        "a=mid:0",
        "a=setup:actpass",
        "a=rtcp-mux",
        "a=ice-lite",
        "a=candidate:1 1 udp 2130706431 203.0.113.5 3478 typ host",
        "a=end-of-candidates",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} in\n{text}");
    }
    assert!(text.ends_with("\r\n"));
}

#[test]
fn an_answer_may_have_its_own_payload_types() {
    let local = plain("203.0.113.5:20000");
    let text = "v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 13 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=inactive\r\n";
    let agreed = read_answer(&local, &Codec::defaults(), text.as_bytes()).unwrap();
    assert_eq!(names(&agreed.codecs), [(0, "PCMU"), (96, "TELEPHONE-EVENT")]);
    assert_eq!(agreed.receive, [0, 101]);
    assert_eq!(agreed.direction, Direction::Inactive);
    let foreign = text.replace("AVP 13 0 96", "AVP 13 96");
    assert_eq!(read_answer(&local, &Codec::defaults(), foreign.as_bytes()), Err(SdpError::Codec));
    let rejected = text.replace("audio 4000", "audio 0");
    assert_eq!(read_answer(&local, &Codec::defaults(), rejected.as_bytes()), Err(SdpError::NoAudio));
    assert_eq!(
        read_answer(&browser("203.0.113.5:1"), &Codec::defaults(), text.as_bytes()),
        Err(SdpError::Profile)
    );
}

#[test]
fn opus_keeps_its_channels_and_events_of_its_rate() {
    let opus = Codec {
        payload_type: 109,
        name: "OPUS".into(),
        clock_rate: 48_000,
        fmtp: Some("useinbandfec=1".into()),
    };
    let fast = Codec { clock_rate: 48_000, ..Codec::telephone_event(102) };
    let offer = read_offer(CHROMIUM_OFFER.as_bytes()).unwrap();
    let ours = [opus, Codec::telephone_event(101), fast];
    let (text, agreed) = answer(&offer, &browser("203.0.113.5:3478"), &ours, Direction::SendRecv).unwrap();
    assert!(text.contains("a=rtpmap:111 OPUS/48000/2\r\n"));
    assert!(text.contains("a=fmtp:111 useinbandfec=1\r\n"));
    assert_eq!(agreed.codecs[1].payload_type, 110);
}

#[test]
fn nothing_of_the_peer_is_written_back_unchecked() {
    let text = CHROMIUM_OFFER.replace("a=mid:0", "a=mid:0 injected").replace("s=-", "s=injected");
    let offer = read_offer(text.as_bytes()).unwrap();
    let (answer, _) =
        answer(&offer, &browser("203.0.113.5:3478"), &Codec::defaults(), Direction::SendRecv).unwrap();
    assert!(!answer.contains("injected") && !answer.contains("BUNDLE"));
    let evil = Codec { fmtp: Some("0-16\r\na=injected".into()), ..Codec::telephone_event(101) };
    let named = Codec { name: "X\r\na=injected".into(), ..Codec::pcma() };
    let text = super::offer(&plain("203.0.113.5:20000"), &[Codec::pcmu(), evil, named], Direction::SendRecv);
    assert!(!text.contains("injected") && text.contains("m=audio 20000 RTP/AVP 0 101\r\n"));
}

#[test]
fn directions_combine() {
    use Direction::*;
    for way in [SendRecv, SendOnly, RecvOnly, Inactive] {
        assert_eq!(way.mirrored().mirrored(), way);
        assert_eq!(way.both(SendRecv), way);
        assert_eq!(way.both(Inactive), Inactive);
    }
    assert_eq!(SendOnly.both(RecvOnly), Inactive);
    assert_eq!(SendOnly.mirrored(), RecvOnly);
}

fn any_direction() -> impl Strategy<Value = Direction> {
    prop_oneof![
        Just(Direction::SendRecv),
        Just(Direction::SendOnly),
        Just(Direction::RecvOnly),
        Just(Direction::Inactive)
    ]
}

fn any_codecs() -> impl Strategy<Value = Vec<Codec>> {
    let g722 = Codec { payload_type: 9, name: "G722".into(), clock_rate: 8000, fmtp: None };
    let opus = Codec {
        payload_type: 111,
        name: "OPUS".into(),
        clock_rate: 48_000,
        fmtp: Some("minptime=10".into()),
    };
    let all = vec![Codec::pcmu(), Codec::pcma(), g722, opus];
    (proptest::sample::subsequence(all, 1..=4).prop_shuffle(), proptest::option::of(96u8..110)).prop_map(
        |(mut codecs, events)| {
            codecs.extend(events.map(Codec::telephone_event));
            codecs
        },
    )
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_offer(&bytes);
    }

    #[test]
    fn no_change_of_a_real_offer_makes_it_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        which in 0usize..4,
    ) {
        let mut text = [CHROMIUM_OFFER, BARESIP_OFFER, SIPP_OFFER, ASTERISK_OFFER][which].as_bytes().to_vec();
        for (place, byte) in changes {
            let place = place.index(text.len());
            text[place] = byte;
        }
        text.truncate(cut.index(text.len() * 4).min(text.len()));
        if let Ok(offer) = read_offer(&text) {
            let local = match offer.profile {
                Profile::Plain => plain("203.0.113.5:20000"),
                Profile::WebRtc => browser("203.0.113.5:3478"),
            };
            if let Ok((answer, _)) = answer(&offer, &local, &Codec::defaults(), Direction::SendRecv) {
                prop_assert!(answer.is_ascii());
                prop_assert!(answer.lines().all(|line| line.as_bytes()[1] == b'='));
                prop_assert_eq!(answer.matches("\r\nm=").count(), offer.description.media.len());
            }
        }
        let _ = read_answer(&plain("203.0.113.5:20000"), &Codec::defaults(), &text);
    }

    #[test]
    fn our_offer_reads_as_it_was_meant(codecs in any_codecs(), direction in any_direction(), secure in any::<bool>()) {
        let local = if secure { browser("203.0.113.5:3478") } else { plain("[2001:db8::5]:20000") };
        let read = read_offer(super::offer(&local, &codecs, direction).as_bytes()).unwrap();
        prop_assert_eq!(read.profile, local.profile);
        prop_assert_eq!(read.codecs, codecs);
        prop_assert_eq!(read.direction, direction.mirrored());
    }

    #[test]
    fn both_sides_agree_on_the_same(
        offered in any_codecs(),
        own in any_codecs(),
        wanted in any_direction(),
        allowed in any_direction(),
        secure in any::<bool>(),
    ) {
        let (caller, callee) = if secure {
            (browser("203.0.113.5:3478"), browser("198.51.100.8:3479"))
        } else {
            (plain("203.0.113.5:20000"), plain("198.51.100.8:30000"))
        };
        let read = read_offer(super::offer(&caller, &offered, wanted).as_bytes()).unwrap();
        let common = offered.iter().any(|codec| codec.is_voice() && own.iter().any(|other| other.same_encoding(codec)));
        match answer(&read, &callee, &own, allowed) {
            Err(fault) => prop_assert!(fault == SdpError::Codec && !common),
            Ok((text, theirs)) => {
                let ours = read_answer(&caller, &offered, text.as_bytes()).unwrap();
                prop_assert!(common);
                prop_assert_eq!(names(&ours.codecs), names(&theirs.codecs));
                prop_assert_eq!(&ours.receive, &theirs.receive);
                prop_assert_eq!(ours.direction, theirs.direction.mirrored());
                prop_assert_eq!(ours.direction.both(wanted), ours.direction);
                if secure {
                    prop_assert_eq!((ours.setup, theirs.setup), (Some(Setup::Active), Some(Setup::Passive)));
                    prop_assert_eq!((ours.ice, theirs.ice), (callee.ice, caller.ice));
                    prop_assert_eq!((ours.remote, theirs.remote), (None, None));
                } else {
                    prop_assert_eq!((ours.remote, theirs.remote), (Some(callee.address), Some(caller.address)));
                }
            }
        }
    }
}
