//! Transactions (RFC 3261 §17, RFC 6026): four machines as pure functions, and how long their timers run.
//!
//! A machine is `step(state, input) → (state, actions)`. It holds no message, no clock and no socket: the
//! endpoint's tables do, and carry the actions out in order.

pub(crate) mod client_invite;
pub(crate) mod client_non_invite;
pub(crate) mod server_invite;
pub(crate) mod server_non_invite;

use std::time::Duration;

/// The timers of RFC 3261 table 4 and RFC 6026, and three that bound what those leave open.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Timer {
    /// INVITE again (§17.1.1.2).
    A,
    /// INVITE without any response (§17.1.1.2).
    B,
    /// INVITE without a final response since the last provisional one (§16.6 step 11, as a B2BUA needs it too).
    C,
    /// Repeated finals are acknowledged so long (§17.1.1.2).
    D,
    /// Request again (§17.1.2.2).
    E,
    /// The same after a provisional response: every T2.
    ESlow,
    /// Request without a final response (§17.1.2.2).
    F,
    /// Final response to INVITE again (§17.2.1).
    G,
    /// Final response without ACK (§17.2.1).
    H,
    /// Repeated ACKs are absorbed so long (§17.2.1).
    I,
    /// Repeated requests are answered so long (§17.2.2).
    J,
    /// Repeated responses are absorbed so long (§17.1.2.2).
    K,
    /// Repeated INVITEs are absorbed so long after a 2xx (RFC 6026 §7.1).
    L,
    /// Repeated and forked 2xx are heard so long (RFC 6026 §7.1).
    M,
    /// No final response after CANCEL (§9.1).
    X,
    /// Nobody answered a request that is no INVITE; its client has given up (timer F there).
    U,
}

/// Every timer, in the order of its bit in [`Started`].
const ALL: [Timer; 16] = [
    Timer::A,
    Timer::B,
    Timer::C,
    Timer::D,
    Timer::E,
    Timer::ESlow,
    Timer::F,
    Timer::G,
    Timer::H,
    Timer::I,
    Timer::J,
    Timer::K,
    Timer::L,
    Timer::M,
    Timer::X,
    Timer::U,
];

/// The timers that a transaction has started, so that its end can take all of them away.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Started(u16);

impl Started {
    pub(crate) fn add(&mut self, timer: Timer) {
        self.0 |= 1 << timer as u16;
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Timer> {
        ALL.into_iter().filter(move |timer| self.0 & (1 << *timer as u16) != 0)
    }
}

/// T1, T2 and T4 (§17.1.1.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) t1: Duration,
    pub(crate) t2: Duration,
    pub(crate) t4: Duration,
}

impl Timing {
    /// 64·T1, the patience of every transaction.
    pub(crate) fn patience(&self) -> Duration {
        self.t1 * 64
    }

    /// T1 doubled `tries` times, T2 at most (§13.3.1.4, §17.2.1).
    pub(crate) fn backoff(&self, tries: u32) -> Duration {
        self.doubled(tries).min(self.t2)
    }

    fn doubled(&self, tries: u32) -> Duration {
        self.t1 * (1 << tries.min(16))
    }

    /// How long `timer` runs after `tries` retransmissions; `None`: it does not on a reliable transport.
    pub(crate) fn after(&self, timer: Timer, reliable: bool, tries: u32) -> Option<Duration> {
        let unless_reliable = |duration| if reliable { Duration::ZERO } else { duration };
        match timer {
            Timer::A | Timer::E | Timer::ESlow | Timer::G if reliable => None,
            Timer::A => Some(self.doubled(tries)),
            Timer::E | Timer::G => Some(self.backoff(tries)),
            Timer::ESlow => Some(self.t2),
            Timer::C => Some(Duration::from_secs(181)),
            Timer::D | Timer::J => Some(unless_reliable(self.patience())),
            Timer::I | Timer::K => Some(unless_reliable(self.t4)),
            Timer::B | Timer::F | Timer::H | Timer::L | Timer::M | Timer::X | Timer::U => {
                Some(self.patience())
            }
        }
    }
}

/// What a client machine hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ClientInput {
    /// The request is to be sent.
    Begin,
    /// 1xx.
    Provisional,
    /// 2xx.
    Success,
    /// 300–699.
    Failure,
    /// The user sends CANCEL for this INVITE.
    Canceled,
    /// A timer is due.
    Timer(Timer),
    /// The flow is closed.
    Unreachable,
}

/// What a client machine asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ClientAction {
    /// Send the request.
    Send,
    /// Send it again.
    Resend,
    /// Send the ACK of a final response other than 2xx.
    Ack,
    /// The final came again: send its ACK again.
    AckAgain,
    /// Hand the response to the user.
    Tell,
    /// The response was a repetition; count it.
    Absorb,
    /// Start a timer.
    Start(Timer),
    /// Stop a timer.
    Stop(Timer),
    /// Tell the user that there is no response.
    Timeout,
    /// Tell the user that there is no way to the peer.
    Unreachable,
    /// Tell the user that the peer rings too long.
    Expired,
}

/// What a server machine hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ServerInput {
    /// The request came; it is with the user now.
    Begin,
    /// The request came again.
    Request,
    /// An ACK came.
    Ack,
    /// The user sends 1xx.
    Provisional,
    /// The user sends 2xx.
    Success,
    /// The user sends 300–699.
    Failure,
    /// A timer is due.
    Timer(Timer),
    /// The flow is closed.
    Unreachable,
}

/// What a server machine asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ServerAction {
    /// Send the response.
    Send,
    /// Send the last response again, because a timer says so.
    Resend,
    /// Send the last response again, because the request came again.
    Replay,
    /// The message was a repetition; count it.
    Absorb,
    /// Hand the ACK to the user.
    Tell,
    /// Start a timer.
    Start(Timer),
    /// Stop a timer.
    Stop(Timer),
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMING: Timing =
        Timing { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) };

    #[test]
    fn invite_doubles_without_end_and_other_requests_stop_at_t2() {
        let millis = |timer, tries| TIMING.after(timer, false, tries).map(|after| after.as_millis());
        assert_eq!([0, 1, 5].map(|tries| millis(Timer::A, tries)), [Some(500), Some(1000), Some(16_000)]);
        assert_eq!([0, 1, 5].map(|tries| millis(Timer::E, tries)), [Some(500), Some(1000), Some(4000)]);
        assert_eq!([0, 5].map(|tries| millis(Timer::G, tries)), [Some(500), Some(4000)]);
    }

    #[test]
    fn reliable_transports_repeat_nothing_and_wait_for_nothing() {
        for timer in [Timer::A, Timer::E, Timer::ESlow, Timer::G] {
            assert_eq!(TIMING.after(timer, true, 0), None);
        }
        for timer in [Timer::D, Timer::I, Timer::J, Timer::K] {
            assert_eq!(TIMING.after(timer, true, 0), Some(Duration::ZERO));
        }
        for timer in [Timer::B, Timer::F, Timer::H, Timer::L, Timer::M] {
            assert_eq!(TIMING.after(timer, true, 0), Some(Duration::from_secs(32)));
        }
    }

    #[test]
    fn started_timers_are_all_found_again() {
        for (place, timer) in ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, place);
            let mut started = Started::default();
            started.add(timer);
            assert_eq!(started.iter().collect::<Vec<_>>(), [timer]);
        }
    }
}
