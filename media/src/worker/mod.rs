//! One media worker: its legs, who hears whom, and the packet's path. `io` owns the sockets and calls this.
//!
//! Legs of plain RTP have a port pair each; browsers' legs share the worker's one WebRTC port and are told apart by the user name
//! fragment of their first check, then by source address.
//!
//! The hot path is [`Worker::handle_packet`]: authenticate, latch, precomputed route, rewrite, protect, and say where the
//! packet goes. It neither locks, allocates nor logs. What is rare (STUN, DTLS, played frames) comes out of `poll_transmit`.

mod command;
mod digits;
mod jitter;
mod keys;
mod latch;
mod leg;
mod mixer;
mod overhear;
mod play;
mod relay;
mod report;
mod route;
mod stream;
mod table;
#[cfg(test)]
mod tests;

use crate::ids::{LegId, RtpPort};
use crate::progress::{self, Verdict};
use crate::sdp::{IceCredentials, Negotiated};
use crate::tone::{self, Sound};
use crate::webrtc::Identity;
use mixer::Conference;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;
use table::{Legs, Slot};
use warmline_time::{Time, Timers};

/// A socket of the worker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Socket {
    /// RTP of a port pair.
    Rtp(RtpPort),
    /// RTCP of a port pair: the port after it.
    Rtcp(RtpPort),
    /// The worker's WebRTC port.
    WebRtc,
}

/// What signalling asks of the worker. A plain call needs `Open` twice, `Connect` with both sides negotiated, `Close` twice.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// A new leg on a port pair. Beyond `max_legs`, or on a port that is taken, it is `Dead` and `Closed` at once.
    OpenPlain {
        /// Its id.
        leg: LegId,
        /// Its ports.
        port: RtpPort,
    },
    /// A new leg on the WebRTC port.
    OpenWebRtc {
        /// Its id.
        leg: LegId,
        /// Our credentials, as in our description.
        ice: IceCredentials,
    },
    /// What offer and answer agreed on, now or anew (a re-INVITE): where to send, codecs, keys. For a plain leg behind a NAT that
    /// its description does not know, the source of its media is learned in the 3 s from now: ask when the peer begins to send.
    Negotiate {
        /// Which leg.
        leg: LegId,
        /// What was agreed.
        negotiated: Box<Negotiated>,
    },
    /// The two hear each other from now on; what either heard before stops.
    Connect {
        /// One.
        a: LegId,
        /// The other.
        b: LegId,
    },
    /// The leg hears what it says, as it came: packet by packet, whatever its codec. Ends by what ends a connection.
    Echo {
        /// Which leg.
        leg: LegId,
    },
    /// These legs hear each other, each all others, mixed; they leave what they were in. At most [`CONFERENCE`] legs, G.711.
    /// A leg leaves by `Connect`, `Play`, `Disconnect`, `Close` or another `Conference`; the others go on. One that is on hold, or
    /// does not hear, is not heard until it is back. Keys that one presses are passed on as events to those that negotiated
    /// them. To take one in, or out, name the new set: those who stay hear no gap. Unknown legs and those too many are left
    /// out, and counted.
    Conference {
        /// Two or more; one alone hears silence.
        legs: Vec<LegId>,
    },
    /// Keys for the leg to hear, one after the other (100 ms each, 100 ms apart), in its stream: RFC 4733 events where they were
    /// negotiated, otherwise tones (ITU-T Q.23), in place of what it would hear. For a leg that cannot hear now (hold, no transport,
    /// neither events nor G.711) they are dropped, and counted.
    Digits {
        /// Which leg.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`; at most 32, others are skipped.
        digits: String,
    },
    /// What comes from the leg in G.711 is heard by a call progress detector until a final verdict (`Event::Progress`), or no more
    /// (`None`). A new one takes the place of the one before.
    Listen {
        /// Which leg.
        leg: LegId,
        /// For what.
        settings: Option<progress::Settings>,
    },
    /// The leg's peer hears nothing more of it and it hears nothing.
    Disconnect {
        /// Which leg.
        leg: LegId,
    },
    /// Plays to the leg until `Connect`, `Conference`, another `Play`, `Disconnect` or `Close`.
    Play {
        /// Which leg.
        leg: LegId,
        /// What.
        sound: Sound,
    },
    /// What comes from the leg is replaced by silence in the same packets (true), or goes through again (false).
    Mute {
        /// Which leg.
        leg: LegId,
        /// Whether.
        on: bool,
    },
    /// The leg is over; its port comes back by `Event::Closed`.
    Close {
        /// Which leg.
        leg: LegId,
    },
    /// Its signalling is lost: from now on silence of so long makes the leg `Dead`; `None`: of `inactive_after` again.
    Watch {
        /// Which leg.
        leg: LegId,
        /// How long.
        within: Option<Duration>,
    },
}

/// What was counted for a leg.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct LegStats {
    pub received: u64,
    pub sent: u64,
    /// Packets from elsewhere than the latched or authenticated source, malformed, of an unknown payload type, or of more
    /// key presses than a hand can make.
    pub refused: u64,
    /// Gaps in the sequence numbers received.
    pub lost: u64,
    /// Packets that came too late to be heard in a conference.
    pub late: u64,
}

/// What the worker tells signalling.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// First media (plain) or SRTP keys in place (browser).
    Ready {
        /// Which leg.
        leg: LegId,
    },
    /// A browser's transport closed or never connected (15 s), or no packet came for `inactive_after` on a leg that is to receive.
    Dead {
        /// Which leg.
        leg: LegId,
    },
    /// A key was pressed: an RFC 4733 event began. Told once an event, whatever the leg is doing.
    Digit {
        /// Which leg.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// A [`Sound::Speech`] has been played to its end; the leg hears silence from now on.
    Played {
        /// Which leg.
        leg: LegId,
    },
    /// What the leg that is listened to turned out to be.
    Progress {
        /// Which leg.
        leg: LegId,
        /// What.
        verdict: Verdict,
        /// Why, briefly; nothing of what was said.
        evidence: String,
        /// For how long a person who has greeted had been quiet by then, in ms.
        quiet_ms: u32,
        /// When it was clear.
        at: Time,
    },
    /// The answer to `Close`.
    Closed {
        /// Which leg.
        leg: LegId,
        /// Its ports, which cool before they are used again.
        port: Option<RtpPort>,
        /// What was counted.
        stats: LegStats,
    },
}

/// Settings of a worker.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// For DTLS.
    pub identity: Identity,
    /// A leg that is to receive and has had nothing for so long is dead (60 s).
    pub inactive_after: Duration,
    /// SSRCs and sequence numbers of what we play, DTLS hellos.
    pub seed: u64,
    /// Legs at most.
    pub max_legs: usize,
}

/// Where a packet goes that was rewritten in place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forward {
    /// Out of this socket.
    pub socket: Socket,
    /// To this address.
    pub to: SocketAddr,
    /// So many bytes of the buffer.
    pub len: usize,
}

/// A datagram made here: STUN, DTLS, played frames, RTCP.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transmit {
    /// Out of this socket.
    pub socket: Socket,
    /// To this address.
    pub to: SocketAddr,
    /// The bytes.
    pub payload: Vec<u8>,
}

/// What was counted on the worker.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct WorkerCounters {
    pub received: u64,
    pub forwarded: u64,
    /// Made here: sounds, what conferences hear, digits.
    pub played: u64,
    /// Datagrams of no leg, from strangers, or malformed; commands for no leg, legs too many, digits nobody can hear.
    pub refused: u64,
}

/// One worker. Call order: after any `handle_*`, take all of `poll_transmit` and `poll_event`, then look at `poll_timeout`.
#[derive(Debug)]
pub struct Worker {
    config: WorkerConfig,
    legs: Legs,
    timers: Timers<Timer>,
    transmits: VecDeque<Transmit>,
    events: VecDeque<Event>,
    counters: WorkerCounters,
    /// Of the pseudo-random sequence.
    state: u64,
    /// Tracks begun here so far.
    made: u64,
    conferences: HashMap<u64, Conference>,
    /// Conferences begun so far.
    conferred: u64,
    /// The name of all our streams in reports (RFC 7022 §4.2): another one each start.
    cname: String,
}

/// A timer of a leg.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Timer {
    /// The next frame to play.
    Play(Slot),
    /// The next 20 ms of a digit.
    Digits(Slot),
    /// The next frame of a conference.
    Mix(u64),
    /// Of ICE and DTLS.
    Transport(Slot),
    /// Nothing was heard for too long.
    Silence(Slot),
    /// A browser did not connect.
    Connect(Slot),
    /// The next report to the peer.
    Report(Slot),
    /// Whether a leg that is listened to says anything.
    Overhear(Slot),
}

/// Legs of one conference at most.
pub const CONFERENCE: usize = 8;

/// Room that `handle_packet` needs behind the datagram for tags.
pub const HEADROOM: usize = 32;

impl Worker {
    /// Without legs.
    pub fn new(config: WorkerConfig) -> Self {
        tone::prepare();
        Worker {
            legs: Legs::new(config.seed),
            timers: Timers::default(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            counters: WorkerCounters::default(),
            state: config.seed,
            made: 0,
            conferences: HashMap::new(),
            conferred: 0,
            cname: format!("{:016x}", config.seed.rotate_left(32) ^ 0x5DEE_CE66_D1CE_4E5B),
            config,
        }
    }
    /// Does what signalling asks. A leg that is not there: ignored, counted.
    pub fn handle_command(&mut self, now: Time, command: Command) {
        self.command(now, command);
    }
    /// One datagram in `buffer[..len]`; the buffer has `HEADROOM` bytes of room behind.
    pub fn handle_packet(
        &mut self,
        now: Time,
        socket: Socket,
        from: SocketAddr,
        buffer: &mut [u8],
        len: usize,
    ) -> Option<Forward> {
        self.packet(now, socket, from, buffer, len)
    }
    /// Timers: played and mixed frames every 20 ms, digits, reports, DTLS, inactivity.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(timer) = self.timers.pop(now) {
            self.timeout(now, timer);
        }
    }
    /// The next datagram made here.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }
    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
    /// When to call `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.timers.next()
    }
    /// What was counted.
    pub fn counters(&self) -> WorkerCounters {
        self.counters
    }
    /// Legs that are open.
    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    /// The next of a pseudo-random sequence (SplitMix64): stream identifiers and beginnings, not secrets.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }
}
