//! SIPp as a carrier that refuses, and as a phone whose 200 crosses a CANCEL.

use super::process::Process;
use super::wire::header;
use super::{folder, port_range, until};
use std::collections::HashSet;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub struct Sipp {
    folder: PathBuf,
    port: u16,
    _process: Process,
}

impl Sipp {
    /// Rings, then refuses every call with a status such as `486 Busy Here`.
    pub fn refusing(port: u16, status: &str) -> Self {
        Sipp::playing(port, &refuses(status))
    }

    /// A phone that rings until it is told to [`Sipp::answer`], or until a CANCEL comes: its 200 is on its way already.
    pub fn answering(port: u16) -> Self {
        Sipp::playing(port, &answers())
    }

    /// Answers each call at once.
    pub fn answering_at_once(port: u16) -> Self {
        Sipp::playing(port, &answers_at_once())
    }

    /// Says that it calls somebody else, who answers at once.
    pub fn forwarding(port: u16) -> Self {
        Sipp::playing(port, &forwards())
    }

    /// Answers numbers by their last digit: 0 is busy, 1 declines, 2 is unknown, 3 rings until it is cancelled, others answer at once.
    pub fn by_number(port: u16) -> Self {
        Sipp::playing(port, &by_number())
    }

    /// Is busy the first time, and answers each call after that at once.
    pub fn busy_first(port: u16) -> Self {
        Sipp::playing(port, &busy_first())
    }

    /// Describes its media in a 183, and answers nothing until it is cancelled.
    pub fn early(port: u16) -> Self {
        Sipp::playing(port, &early())
    }

    /// A phone that rings until it is cancelled.
    pub fn ringing(port: u16) -> Self {
        Sipp::playing(port, &rings_only())
    }

    /// A caller behind the carrier at this port, whose identity is asserted so; once he is answered he presses these keys by INFO,
    /// and stays until he is hung up.
    pub fn calling(port: u16, switch: u16, number: &str, asserted: &str, keys: &str) -> Self {
        let from = "<sip:+4915112345678@[local_ip]>";
        Sipp::caller(port, switch, &calls(number, (from, asserted), keys))
    }

    /// One who withholds his number, as carriers pass that on (RFC 3323, RFC 3325): what they assert is for us alone.
    pub fn withholding(port: u16, switch: u16, number: &str, asserted: &str) -> Self {
        let from = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
        Sipp::caller(port, switch, &calls(number, (from, &format!("{asserted}\nPrivacy: id")), ""))
    }

    fn caller(port: u16, switch: u16, scenario: &str) -> Self {
        let folder = folder("sipp");
        std::fs::write(folder.join("uac.xml"), scenario).expect("written");
        let mut command = Command::new("sipp");
        command.current_dir(&folder).args([
            "-sf",
            "uac.xml",
            "-i",
            "127.0.0.1",
            "-nostdin",
            "-trace_msg",
            "-m",
            "1",
        ]);
        command.args([
            "-message_file",
            "messages",
            "-p",
            &port.to_string(),
            "-mp",
            &port_range(4).0.to_string(),
        ]);
        command.arg(format!("127.0.0.1:{switch}"));
        let process = Process::start(&mut command, &folder.join("sipp.log"));
        Sipp { folder, port, _process: process }
    }

    fn playing(port: u16, steps: &str) -> Self {
        let folder = folder("sipp");
        std::fs::write(folder.join("uas.xml"), scenario(steps)).expect("written");
        // Between the choice of a free port and its use another test may have taken it: then it is started once more.
        let process = (0..3).find_map(|_| launch(&folder, port)).expect("SIPp listens");
        Sipp { folder, port, _process: process }
    }

    /// What has come and gone, in order: `<BYE` came, `>200 INVITE` was sent.
    pub fn trace(&self) -> Vec<String> {
        self.messages().iter().map(|message| format!("{}{}", message.0, name(&message.1))).collect()
    }

    /// Waits until a message has come, and returns it.
    pub fn wait(&self, method: &str) -> String {
        self.wait_for(method, "")
    }

    /// The same for a request in whose first line this is.
    pub fn wait_for(&self, method: &str, whom: &str) -> String {
        let is =
            |text: &str| name(text) == method && text.lines().next().is_some_and(|row| row.contains(whom));
        let came = || {
            let mut all = self.messages().into_iter();
            all.find(|(way, text)| *way == '<' && is(text)).map(|(_, text)| text)
        };
        until(&format!("{method} {whom}"), came)
    }

    /// The phone is picked up.
    pub fn answer(&self) {
        let invite = self.wait("INVITE");
        let id = header(&invite, "Call-ID").expect("a Call-ID");
        // SIPp finds its call by this alone.
        let go = format!(
            "INFO sip:phone SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKgo\r\nFrom: <sip:test>;tag=go\r\n\
             To: <sip:phone>\r\nCall-ID: {id}\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n"
        );
        let socket = UdpSocket::bind("127.0.0.1:0").expect("bound");
        socket.send_to(go.as_bytes(), ("127.0.0.1", self.port)).expect("sent");
    }

    /// All messages, each with its way: `<` came, `>` was sent.
    fn messages(&self) -> Vec<(char, String)> {
        let text = std::fs::read_to_string(self.folder.join("messages")).unwrap_or_default();
        let parts = text.split("\n-----------------------------------------------").filter_map(|part| {
            let (head, message) = part.split_once(" bytes")?;
            let way = if head.contains("received") { '<' } else { '>' };
            let start = message.find(|c: char| c.is_ascii_uppercase())?;
            Some((way, message[start..].replace("\r\n", "\n").replace('\n', "\r\n")))
        });
        parts.collect()
    }

    /// How many calls came.
    pub fn calls(&self) -> usize {
        self.calls_to("")
    }

    /// How many of them in whose first line this is.
    pub fn calls_to(&self, whom: &str) -> usize {
        let messages = self.messages();
        let invites = messages.iter().filter(|(way, text)| *way == '<' && name(text) == "INVITE");
        let his = invites.filter(|(_, text)| text.lines().next().is_some_and(|row| row.contains(whom)));
        his.filter_map(|(_, text)| header(text, "Call-ID")).collect::<HashSet<_>>().len()
    }
}

/// None: it did not come to listen.
fn launch(folder: &Path, port: u16) -> Option<Process> {
    let mut command = Command::new("sipp");
    command.current_dir(folder).args(["-sf", "uas.xml", "-i", "127.0.0.1", "-nostdin", "-trace_msg"]);
    command.args(["-message_file", "messages", "-p", &port.to_string(), "-mp", &port_range(4).0.to_string()]);
    let mut process = Process::start(&mut command, &folder.join("sipp.log"));
    for _ in 0..100 {
        if listens(port) {
            return Some(process);
        }
        if process.has_ended() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    None
}

/// Asked of the kernel: to try the port oneself would take it from SIPp at the moment at which it wants it.
fn listens(port: u16) -> bool {
    let sockets = std::fs::read_to_string("/proc/net/udp").unwrap_or_default();
    let local = format!(":{port:04X}");
    sockets.lines().any(|row| row.split_whitespace().nth(1).is_some_and(|address| address.ends_with(&local)))
}

/// `INVITE`, or `200 BYE` for a response.
fn name(message: &str) -> String {
    let mut words = message.split([' ', '\r']);
    match words.next() {
        Some("SIP/2.0") => {
            let cseq = header(message, "CSeq").unwrap_or_default();
            format!("{} {}", words.next().unwrap_or_default(), cseq.split(' ').nth(1).unwrap_or_default())
        }
        method => method.unwrap_or_default().to_owned(),
    }
}

fn scenario(steps: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"uas\">\n{steps}</scenario>\n")
}

fn refuses(status: &str) -> String {
    let answer = |status: &str, retrans: &str| {
        format!(
            "<send{retrans}><![CDATA[\n\nSIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]uas[call_number]\n\
             [last_Call-ID:]\n[last_CSeq:]\nContact: <sip:[local_ip]:[local_port]>\nContent-Length: 0\n\n]]></send>\n"
        )
    };
    let (ringing, refusal) = (answer("180 Ringing", ""), answer(status, " retrans=\"500\""));
    format!("<recv request=\"INVITE\"/>\n{ringing}{refusal}<recv request=\"ACK\"/>\n")
}

/// A response to the INVITE, once other messages have come.
fn late(status: &str, attributes: &str, sdp: &str) -> String {
    let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    format!(
        "<send{attributes}><![CDATA[\n\nSIP/2.0 {status}\nVia:[$1]\nFrom:[$2]\nTo:[$3];tag=phone[call_number]\n\
         [last_Call-ID:]\nCSeq:[$4]\nContact: <sip:[local_ip]:[local_port]>\n{kind}Content-Length: [len]\n\n{sdp}]]></send>\n"
    )
}

/// 200 to what came last.
fn done() -> &'static str {
    "<send><![CDATA[\n\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n\
     Content-Length: 0\n\n]]></send>\n"
}

/// An INVITE is here, what an answer to it needs is kept, and it rings.
fn rings() -> String {
    let kept = ["Via:", "From:", "To:", "CSeq:"].iter().zip(1..).map(|(header, at)| {
        format!("<ereg regexp=\".*\" search_in=\"hdr\" header=\"{header}\" assign_to=\"{at}\"/>\n")
    });
    let kept: String = kept.collect();
    format!("<recv request=\"INVITE\"><action>\n{kept}</action></recv>\n{}", late("180 Ringing", "", ""))
}

/// The carrier's side of a call from the first INVITE to the switch's BYE.
fn calls(number: &str, (from, asserted): (&str, &str), keys: &str) -> String {
    let request = |method: &str, uri: &str, to: &str, cseq: usize, more: &str, body: &str| {
        let retrans = if method == "ACK" { "" } else { " retrans=\"500\"" };
        format!(
            "<send{retrans}><![CDATA[\n\n{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\n\
             From: {from};tag=[pid]c[call_number]\n{to}\nCall-ID: [call_id]\n\
             CSeq: {cseq} {method}\nContact: <sip:carrier@[local_ip]:[local_port]>\nMax-Forwards: 70\n{more}\
             Content-Length: [len]\n\n{body}]]></send>\n"
        )
    };
    let sdp = "v=0\no=carrier 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio [media_port] RTP/AVP 8\n";
    let more = format!("P-Asserted-Identity: {asserted}\nContent-Type: application/sdp\n");
    let uri = format!("sip:{number}@[remote_ip]:[remote_port]");
    let invite = request("INVITE", &uri, &format!("To: <{uri}>"), 1, &more, sdp);
    let ack = request("ACK", "[next_url]", "[last_To:]", 1, "", "");
    let info = |(at, key): (usize, char)| {
        let body = format!("Signal={key}\nDuration=160\n");
        let kind = "Content-Type: application/dtmf-relay\n";
        request("INFO", "[next_url]", "[last_To:]", at + 2, kind, &body) + "<recv response=\"200\"/>\n"
    };
    let keys: String = keys.chars().enumerate().map(info).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"uac\">\n{invite}\
         <recv response=\"100\" optional=\"true\"/>\n<recv response=\"180\" optional=\"true\"/>\n\
         <recv response=\"200\" rrs=\"true\"/>\n{ack}{keys}<recv request=\"BYE\"/>\n{}</scenario>\n",
        done()
    )
}

fn rings_only() -> String {
    let over = late("487 Request Terminated", " retrans=\"500\"", "");
    format!("{}<recv request=\"CANCEL\"/>\n{}{over}<recv request=\"ACK\"/>\n", rings(), done())
}

const SDP: &str =
    "v=0\no=phone 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio [media_port] RTP/AVP 8\n";

fn early() -> String {
    let (begun, over) =
        (late("183 Session Progress", "", SDP), late("487 Request Terminated", " retrans=\"500\"", ""));
    format!("{}{begun}<recv request=\"CANCEL\"/>\n{}{over}<recv request=\"ACK\"/>\n", rings(), done())
}

fn forwards() -> String {
    let (answer, done) = (late("200 OK", " retrans=\"500\"", SDP), done());
    let forwarded = late("181 Call Is Being Forwarded", "", "");
    format!("{}{forwarded}{answer}<recv request=\"ACK\"/>\n<recv request=\"BYE\"/>\n{done}", rings())
}

fn by_number() -> String {
    let ends = ["486 Busy Here", "603 Decline", "404 Not Found", "487 Request Terminated"];
    // Variables 1 to 4 are kept of the INVITE; labels are of the same numbers as the variables that lead to them.
    let places = || (0..ends.len()).map(|digit| (digit, digit + 5));
    let which: String = places()
        .map(|(digit, at)| {
            let which = format!("^INVITE sip:[^@]*{digit}@");
            format!("<ereg regexp=\"{which}\" search_in=\"msg\" assign_to=\"{at}\"/>\n")
        })
        .collect();
    let rings = rings().replacen("</action>", &format!("{which}</action>"), 1);
    let jumps: String = places().map(|(_, at)| format!("<nop next=\"{at}\" test=\"{at}\"/>\n")).collect();
    let refusals: String = places()
        .map(|(digit, at)| {
            let cancelled = format!("<recv request=\"CANCEL\"/>\n{}", done());
            let first = if digit == 3 { cancelled } else { String::new() };
            let refusal = late(ends[digit], " retrans=\"500\"", "");
            format!("<label id=\"{at}\"/>\n{first}{refusal}<recv request=\"ACK\" next=\"9\"/>\n")
        })
        .collect();
    let answer = late("200 OK", " retrans=\"500\"", SDP);
    format!(
        "{rings}{jumps}{answer}<recv request=\"ACK\"/>\n<recv request=\"BYE\"/>\n{}<nop next=\"9\"/>\n{refusals}\
         <label id=\"9\"/>\n<timewait milliseconds=\"500\"/>\n",
        done()
    )
}

fn answers_at_once() -> String {
    let (answer, done) = (late("200 OK", " retrans=\"500\"", SDP), done());
    format!(
        "{}{answer}<recv request=\"ACK\"/>\n<recv request=\"BYE\"/>\n{done}<timewait milliseconds=\"1000\"/>\n",
        rings()
    )
}

fn busy_first() -> String {
    let count = "<add assign_to=\"all\" value=\"1\"/>\n\
                 <test assign_to=\"5\" variable=\"all\" compare=\"greater_than\" value=\"1\"/>\n</action>";
    format!(
        "<Global variables=\"all\"/>\n{}<nop next=\"1\" test=\"5\"/>\n{}<recv request=\"ACK\" next=\"2\"/>\n\
         <label id=\"1\"/>\n{}<recv request=\"ACK\"/>\n<recv request=\"BYE\"/>\n{}<label id=\"2\"/>\n\
         <timewait milliseconds=\"500\"/>\n",
        rings().replacen("</action>", count, 1),
        late("486 Busy Here", " retrans=\"500\"", ""),
        late("200 OK", " retrans=\"500\"", SDP),
        done()
    )
}

/// It answers when it is told to, or all the same when a CANCEL comes first.
fn answers() -> String {
    format!(
        "{}<recv request=\"INFO\" optional=\"true\" next=\"1\"/>\n<recv request=\"CANCEL\"/>\n{done}\
         <label id=\"1\"/>\n{}<recv request=\"CANCEL\" optional=\"true\" next=\"2\"/>\n\
         <recv request=\"ACK\" next=\"3\"/>\n<label id=\"2\"/>\n{done}<recv request=\"ACK\"/>\n\
         <label id=\"3\"/>\n<recv request=\"BYE\"/>\n{done}<timewait milliseconds=\"1000\"/>\n",
        rings(),
        late("200 OK", " retrans=\"500\"", SDP),
        done = done(),
    )
}
