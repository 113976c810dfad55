//! Reports to each leg's peer: how what it sends arrives, what it is sent, and how long its own reports have been here.

use super::browser::Tab;
use super::*;
use crate::rtcp::{self, Sending};
use crate::webrtc::testing::Received;

/// Longer than any two reports are apart.
const A_WHILE: Duration = Duration::from_secs(8);

/// The fields of a report.
#[derive(Debug)]
struct Report {
    ssrc: u32,
    /// Packets and octets of a sender's.
    sent: Option<(u32, u32)>,
    /// Words of what it says of a stream.
    of: Option<[u32; 6]>,
}

fn read(compound: &[u8]) -> Report {
    let word = |at: usize| u32::from_be_bytes(*compound[at..].first_chunk().unwrap());
    let sender = match compound[1] {
        200 => true,
        201 => false,
        other => panic!("a report begins with {other}"),
    };
    let at = if sender { 28 } else { 8 };
    let of = (compound[0] & 31 == 1).then(|| [0, 4, 8, 12, 16, 20].map(|off| word(at + off)));
    Report { ssrc: word(4), sent: sender.then(|| (word(20), word(24))), of }
}

/// The last report to a leg's peer; none is left.
fn last(bench: &mut Bench, socket: Socket, to: SocketAddr) -> Report {
    let all = std::mem::take(&mut bench.reports);
    let found = all.iter().rfind(|sent| sent.socket == socket).expect("a report");
    assert_eq!(found.to, to);
    read(&found.packet)
}

/// 20 ms a packet; which of them are lost.
fn talk(bench: &mut Bench, n: u64, voice: &mut Voice, packets: u64, lost: impl Fn(u64) -> bool) -> u64 {
    let mut passed = 0;
    for packet in 0..packets {
        let said = voice.say(&[0xD5; 160]);
        if !lost(packet) {
            passed += u64::from(bench.hear(n, &said).is_some());
        }
        bench.pass(ms(20));
    }
    passed
}

fn rtcp_of(n: u64) -> (Socket, SocketAddr) {
    let peer = peer_of(n);
    (Socket::Rtcp(port_of(n)), SocketAddr::new(peer.ip(), peer.port() + 1))
}

#[test]
fn each_side_is_told_what_is_lost_and_what_it_is_sent() {
    let mut bench = Bench::new();
    bench.call((1, &[Codec::pcma()]), (2, &[Codec::pcma()]));
    let mut voice = Voice::new(8, 77);
    let passed = talk(&mut bench, 1, &mut voice, 400, |packet| packet % 4 == 3);
    assert_eq!(passed, 300);
    let all = bench.reports.clone();
    let (socket, to) = rtcp_of(1);
    let report = last(&mut bench, socket, to);
    let [ssrc, loss, highest, jitter, ..] = report.of.unwrap();
    assert_eq!((ssrc, jitter, report.sent), (77, 0, None), "he has sent nothing yet: {report:?}");
    let fraction = loss >> 24;
    assert!((60..=68).contains(&fraction), "a quarter of 256: {fraction}");
    assert!(highest & 0xFFFF <= u32::from(voice.sequence), "{highest}");

    bench.reports = all;
    let (socket, to) = rtcp_of(2);
    let report = last(&mut bench, socket, to);
    let (packets, octets) = report.sent.unwrap();
    assert!((100..=300).contains(&packets), "{packets}");
    assert_eq!((octets, report.of), (packets * 160, None));
    let heard = bench.hear(1, &voice.say(&[0xD5; 160])).unwrap();
    assert_eq!(report.ssrc, heard.header().ssrc, "of the stream that he hears");

    talk(&mut bench, 1, &mut voice, 800, |_| false);
    let (socket, to) = rtcp_of(1);
    let [_, loss, ..] = last(&mut bench, socket, to).of.unwrap();
    assert_eq!((loss >> 24, loss & 0xFF_FFFF), (0, 100), "nothing more, a hundred in all");
}

#[test]
fn a_peers_own_report_comes_back_with_its_time_here() {
    let mut bench = Bench::new();
    bench.call((1, &[Codec::pcma()]), (2, &[Codec::pcma()]));
    let mut voice = Voice::new(8, 77);
    talk(&mut bench, 1, &mut voice, 3, |_| false);
    let sending = Sending { now: bench.now, timestamp: 1, packets: 3, octets: 480 };
    let theirs = rtcp::write(77, Some(sending), None, "peer");
    let (socket, from) = rtcp_of(1);
    assert_eq!(bench.give(socket, from, &theirs), None);
    let heard = bench.now;
    bench.reports.clear();
    let mut report = None;
    while report.is_none() {
        bench.pass(ms(20));
        report = bench.reports.iter().find(|sent| sent.socket == socket).map(|sent| read(&sent.packet));
    }
    let [.., last_sr, delay] = report.unwrap().of.unwrap();
    assert_eq!(Some(last_sr), rtcp::sender_report(&theirs));
    let waited = bench.now.since(heard).as_micros() as u64;
    let told = u64::from(delay) * 1_000_000 / 65_536;
    assert!((waited - 20_000..=waited).contains(&told), "{told} of {waited}");
}

#[test]
fn reports_go_where_the_peers_come_from_and_to_no_stranger() {
    let mut bench = Bench::new();
    bench.call((1, &[Codec::pcma()]), (2, &[Codec::pcma()]));
    let mut voice = Voice::new(8, 77);
    talk(&mut bench, 1, &mut voice, 3, |_| false);
    let socket = Socket::Rtcp(port_of(1));
    let theirs = rtcp::write(77, None, None, "peer");
    let behind_nat = SocketAddr::new(peer_of(1).ip(), 61_001);
    bench.give(socket, behind_nat, &theirs);
    bench.give(socket, at("203.0.113.66:5000"), &theirs);
    bench.pass(A_WHILE);
    last(&mut bench, socket, behind_nat);

    let named = at("192.0.2.99:7001");
    bench.ask(Command::OpenPlain { leg: LegId(3), port: port_of(3) });
    bench.negotiate(3, Negotiated { remote_rtcp: Some(named), ..plain(3, &[Codec::pcma()]) });
    bench.connect(1, 3);
    talk(&mut bench, 1, &mut voice, 400, |_| false);
    last(&mut bench, Socket::Rtcp(port_of(3)), named);

    bench.negotiate(3, Negotiated { rtcp_mux: true, ..plain(3, &[Codec::pcma()]) });
    talk(&mut bench, 1, &mut voice, 400, |_| false);
    last(&mut bench, Socket::Rtp(port_of(3)), peer_of(3));
}

#[test]
fn a_browser_is_told_under_its_keys() {
    let mut bench = Bench::new();
    let mut tab = Tab::open(&mut bench, 1, true);
    tab.run(&mut bench, ms(500));
    bench.open(2, &[Codec::pcmu()]);
    bench.connect(1, 2);
    let mut voice = Voice::new(0, 5);
    for packet in 0..400 {
        let said = voice.say(&[0xFF; 160]);
        if packet % 2 == 0 {
            tab.say(&mut bench, &said);
        }
        tab.run(&mut bench, ms(20));
    }
    let sent = bench.reports.iter().rfind(|sent| sent.socket == Socket::WebRtc).unwrap().clone();
    assert_eq!(sent.to, tab.address);
    let Some(Received::Rtcp(plain)) = tab.browser_handle(bench.now, &sent.packet) else { panic!() };
    let [ssrc, loss, ..] = read(&plain).of.unwrap();
    assert_eq!(ssrc, 5);
    assert!((120..=130).contains(&(loss >> 24)), "half of 256: {}", loss >> 24);
}

#[test]
fn who_hears_and_says_nothing_has_nothing_to_report_and_an_end_ends_it() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcma()]);
    bench.pass(A_WHILE);
    assert_eq!(bench.reports, []);
    bench.ask(Command::Close { leg: LegId(1) });
    assert_eq!(bench.worker.poll_timeout(), None);
}
