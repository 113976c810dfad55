//! The server's transaction of every method but INVITE and ACK (RFC 3261 §17.2.2).

use super::ServerAction::{self as Do, Start, Stop};
use super::ServerInput as In;
use super::Timer::{J, U};

/// Where the transaction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// With the user.
    Trying,
    /// A provisional response was sent.
    Proceeding,
    /// The final response was sent.
    Completed,
    /// Over.
    Terminated,
}

/// One step. What a state does not name changes nothing.
pub(crate) fn step(state: State, input: In) -> (State, &'static [Do]) {
    use State::*;
    match (state, input) {
        // §17.2.2
        (Trying, In::Begin) => (Trying, &[Start(U)]),
        (Trying, In::Request) => (Trying, &[Do::Absorb]),
        (Trying | Proceeding, In::Provisional) => (Proceeding, &[Do::Send]),
        (Proceeding, In::Request) => (Proceeding, &[Do::Absorb, Do::Replay]),
        (Trying | Proceeding, In::Success | In::Failure) => (Completed, &[Stop(U), Do::Send, Start(J)]),
        (Completed, In::Request) => (Completed, &[Do::Absorb, Do::Replay]),
        (Completed, In::Timer(J)) => (Terminated, &[]),
        // RFC 4320 §4.2: no 408, which would come too late
        (Trying | Proceeding, In::Timer(U)) => (Terminated, &[]),
        // §17.2.4
        (_, In::Unreachable) => (Terminated, &[]),
        (state, _) => (state, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absorbs_until_answered_and_replays_afterwards() {
        assert_eq!(step(State::Trying, In::Begin).1, [Start(U)]);
        assert_eq!(step(State::Trying, In::Request).1, [Do::Absorb]);
        assert_eq!(step(State::Trying, In::Failure), (State::Completed, &[Stop(U), Do::Send, Start(J)][..]));
        assert_eq!(step(State::Completed, In::Request).1, [Do::Absorb, Do::Replay]);
        assert_eq!(step(State::Completed, In::Success), (State::Completed, &[][..]));
        assert_eq!(step(State::Completed, In::Timer(J)), (State::Terminated, &[][..]));
    }

    #[test]
    fn nobody_s_request_is_dropped_when_its_client_has_given_up() {
        assert_eq!(step(State::Trying, In::Timer(U)), (State::Terminated, &[][..]));
        assert_eq!(step(State::Completed, In::Timer(U)), (State::Completed, &[][..]));
    }
}
