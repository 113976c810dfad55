//! The server's INVITE transaction (RFC 3261 §17.2.1 with RFC 6026 §7.1).

use super::ServerAction::{self as Do, Start, Stop};
use super::ServerInput as In;
use super::Timer::{G, H, I, L};

/// Where the transaction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// No final response yet.
    Proceeding,
    /// A final response other than 2xx was sent.
    Completed,
    /// It was acknowledged.
    Confirmed,
    /// A 2xx was sent; its retransmission is the user's (RFC 6026).
    Accepted,
    /// Over.
    Terminated,
}

/// One step. What a state does not name changes nothing.
pub(crate) fn step(state: State, input: In) -> (State, &'static [Do]) {
    use State::*;
    match (state, input) {
        // §17.2.1
        (Proceeding, In::Request) => (Proceeding, &[Do::Absorb, Do::Replay]),
        (Proceeding, In::Provisional) => (Proceeding, &[Do::Send]),
        (Proceeding, In::Failure) => (Completed, &[Do::Send, Start(G), Start(H)]),
        (Completed, In::Request) => (Completed, &[Do::Absorb, Do::Replay]),
        (Completed, In::Timer(G)) => (Completed, &[Do::Resend, Start(G)]),
        (Completed, In::Timer(H)) => (Terminated, &[]),
        (Completed, In::Ack) => (Confirmed, &[Stop(G), Stop(H), Start(I)]),
        (Confirmed, In::Timer(I)) => (Terminated, &[]),
        // RFC 6026 §7.1
        (Proceeding, In::Success) => (Accepted, &[Do::Send, Start(L)]),
        (Accepted, In::Request) => (Accepted, &[Do::Absorb]),
        (Accepted, In::Ack) => (Accepted, &[Do::Tell]),
        (Accepted, In::Timer(L)) => (Terminated, &[]),
        // §17.2.4
        (_, In::Unreachable) => (Terminated, &[]),
        (state, In::Request | In::Ack) => (state, &[Do::Absorb]),
        (state, _) => (state, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replays_the_provisional_and_absorbs_after_a_2xx() {
        assert_eq!(step(State::Proceeding, In::Request).1, [Do::Absorb, Do::Replay]);
        assert_eq!(step(State::Proceeding, In::Success), (State::Accepted, &[Do::Send, Start(L)][..]));
        assert_eq!(step(State::Accepted, In::Request), (State::Accepted, &[Do::Absorb][..]));
        assert_eq!(step(State::Accepted, In::Ack).1, [Do::Tell]);
        assert_eq!(step(State::Accepted, In::Timer(L)).0, State::Terminated);
    }

    #[test]
    fn repeats_a_failure_until_ack_or_64_t1() {
        let (state, actions) = step(State::Proceeding, In::Failure);
        assert_eq!((state, actions), (State::Completed, &[Do::Send, Start(G), Start(H)][..]));
        assert_eq!(step(State::Completed, In::Timer(G)).1, [Do::Resend, Start(G)]);
        assert_eq!(step(State::Completed, In::Timer(H)), (State::Terminated, &[][..]));
        assert_eq!(step(State::Completed, In::Ack), (State::Confirmed, &[Stop(G), Stop(H), Start(I)][..]));
        assert_eq!(step(State::Confirmed, In::Ack).1, [Do::Absorb]);
        assert_eq!(step(State::Confirmed, In::Timer(I)), (State::Terminated, &[][..]));
    }

    #[test]
    fn only_one_final_response_goes_out() {
        for state in [State::Completed, State::Confirmed, State::Accepted] {
            assert_eq!(step(state, In::Failure), (state, &[][..]));
            assert_eq!(step(state, In::Success), (state, &[][..]));
        }
    }
}
