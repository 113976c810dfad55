//! The client's transaction of every method but INVITE and ACK (RFC 3261 §17.1.2).

use super::ClientAction::{self as Do, Start, Stop};
use super::ClientInput as In;
use super::Timer::{E, ESlow, F, K};

/// Where the transaction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// Sent, nothing heard.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// A final response came.
    Completed,
    /// Over.
    Terminated,
}

/// One step. What a state does not name changes nothing.
pub(crate) fn step(state: State, input: In) -> (State, &'static [Do]) {
    use State::*;
    match (state, input) {
        // §17.1.2.2
        (Trying, In::Begin) => (Trying, &[Start(E), Start(F), Do::Send]),
        (Trying, In::Timer(E)) => (Trying, &[Do::Resend, Start(E)]),
        (Trying, In::Provisional) => (Proceeding, &[Do::Tell]),
        (Proceeding, In::Timer(E | ESlow)) => (Proceeding, &[Do::Resend, Start(ESlow)]),
        (Proceeding, In::Provisional) => (Proceeding, &[Do::Tell]),
        (Trying | Proceeding, In::Timer(F)) => (Terminated, &[Do::Timeout]),
        (Trying | Proceeding, In::Success | In::Failure) => {
            (Completed, &[Stop(E), Stop(ESlow), Stop(F), Start(K), Do::Tell])
        }
        (Completed, In::Provisional | In::Success | In::Failure) => (Completed, &[Do::Absorb]),
        (Completed, In::Timer(K)) => (Terminated, &[]),
        // §17.1.4
        (Trying | Proceeding, In::Unreachable) => (Terminated, &[Do::Unreachable]),
        (Completed, In::Unreachable) => (Terminated, &[]),
        (state, _) => (state, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_faster_before_a_provisional_response_than_after_it() {
        assert_eq!(step(State::Trying, In::Begin).1, [Start(E), Start(F), Do::Send]);
        assert_eq!(step(State::Trying, In::Timer(E)), (State::Trying, &[Do::Resend, Start(E)][..]));
        assert_eq!(step(State::Trying, In::Provisional).0, State::Proceeding);
        assert_eq!(step(State::Proceeding, In::Timer(E)).1, [Do::Resend, Start(ESlow)]);
        assert_eq!(step(State::Proceeding, In::Timer(ESlow)).1, [Do::Resend, Start(ESlow)]);
        assert_eq!(step(State::Proceeding, In::Timer(F)), (State::Terminated, &[Do::Timeout][..]));
    }

    #[test]
    fn tells_of_one_final_response_and_absorbs_the_others() {
        for input in [In::Success, In::Failure] {
            let (state, actions) = step(State::Trying, input);
            assert_eq!(state, State::Completed);
            assert!(actions.ends_with(&[Start(K), Do::Tell]));
            assert_eq!(step(State::Completed, input), (State::Completed, &[Do::Absorb][..]));
        }
        assert_eq!(step(State::Completed, In::Timer(K)), (State::Terminated, &[][..]));
        assert_eq!(step(State::Completed, In::Timer(E)).1, []);
    }

    #[test]
    fn a_closed_flow_ends_it() {
        assert_eq!(step(State::Proceeding, In::Unreachable), (State::Terminated, &[Do::Unreachable][..]));
        assert_eq!(step(State::Completed, In::Unreachable), (State::Terminated, &[][..]));
    }
}
