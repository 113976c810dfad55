//! The client's INVITE transaction (RFC 3261 §17.1.1 with RFC 6026 §7.2).

use super::ClientAction::{self as Do, Start, Stop};
use super::ClientInput as In;
use super::Timer::{A, B, C, D, M, X};

/// Where the transaction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// Sent, nothing heard.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// A final response other than 2xx came and was acknowledged.
    Completed,
    /// A 2xx came; others may follow (RFC 6026).
    Accepted,
    /// Over.
    Terminated,
}

/// One step. What a state does not name changes nothing.
pub(crate) fn step(state: State, input: In) -> (State, &'static [Do]) {
    use State::*;
    match (state, input) {
        // §17.1.1.2
        (Calling, In::Begin) => (Calling, &[Start(A), Start(B), Do::Send]),
        (Calling, In::Timer(A)) => (Calling, &[Do::Resend, Start(A)]),
        (Calling, In::Timer(B)) => (Terminated, &[Do::Timeout]),
        (Calling, In::Provisional) => (Proceeding, &[Stop(A), Stop(B), Start(C), Do::Tell]),
        // §16.6 step 11: every provisional response starts timer C anew
        (Proceeding, In::Provisional) => (Proceeding, &[Start(C), Do::Tell]),
        (Proceeding, In::Timer(C)) => (Proceeding, &[Do::Expired]),
        // §9.1: without a final response 64·T1 after CANCEL the transaction counts as cancelled
        (Proceeding, In::Canceled) => (Proceeding, &[Stop(C), Start(X)]),
        (Proceeding, In::Timer(X)) => (Terminated, &[Do::Timeout]),
        // RFC 6026 §7.2
        (Calling | Proceeding, In::Success) => {
            (Accepted, &[Stop(A), Stop(B), Stop(C), Stop(X), Start(M), Do::Tell])
        }
        (Accepted, In::Success) => (Accepted, &[Do::Tell]),
        (Accepted, In::Timer(M)) => (Terminated, &[]),
        // §17.1.1.2, §17.1.1.3
        (Calling | Proceeding, In::Failure) => {
            (Completed, &[Stop(A), Stop(B), Stop(C), Stop(X), Do::Ack, Start(D), Do::Tell])
        }
        (Completed, In::Failure) => (Completed, &[Do::AckAgain]),
        (Completed, In::Timer(D)) => (Terminated, &[]),
        // §17.1.4
        (Calling | Proceeding, In::Unreachable) => (Terminated, &[Do::Unreachable]),
        (Completed, In::Unreachable) => (Terminated, &[]),
        (state, In::Provisional | In::Success | In::Failure) => (state, &[Do::Absorb]),
        (state, _) => (state, &[]),
    }
}

/// Whether a CANCEL may be sent now (§9.1: only after a provisional response).
pub(crate) fn may_cancel(state: State) -> bool {
    state == State::Proceeding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_until_a_response_or_64_t1() {
        let (state, actions) = step(State::Calling, In::Begin);
        assert_eq!((state, actions), (State::Calling, &[Start(A), Start(B), Do::Send][..]));
        assert_eq!(step(State::Calling, In::Timer(A)).1, [Do::Resend, Start(A)]);
        assert_eq!(step(State::Calling, In::Timer(B)), (State::Terminated, &[Do::Timeout][..]));
        let (state, actions) = step(State::Calling, In::Provisional);
        assert_eq!(state, State::Proceeding);
        assert!(actions.contains(&Stop(A)) && actions.contains(&Stop(B)));
        assert_eq!(step(State::Proceeding, In::Timer(A)).1, []);
    }

    #[test]
    fn hears_every_2xx_in_accepted_and_no_failure_any_more() {
        let (state, actions) = step(State::Proceeding, In::Success);
        assert_eq!(state, State::Accepted);
        assert!(actions.ends_with(&[Start(M), Do::Tell]));
        assert_eq!(step(State::Accepted, In::Success), (State::Accepted, &[Do::Tell][..]));
        assert_eq!(step(State::Accepted, In::Failure), (State::Accepted, &[Do::Absorb][..]));
        assert_eq!(step(State::Accepted, In::Timer(M)), (State::Terminated, &[][..]));
    }

    #[test]
    fn acknowledges_each_failure_and_tells_of_it_once() {
        let (state, actions) = step(State::Calling, In::Failure);
        assert_eq!(state, State::Completed);
        assert!(actions.contains(&Do::Ack) && actions.contains(&Do::Tell));
        assert_eq!(step(State::Completed, In::Failure).1, [Do::AckAgain]);
        assert_eq!(step(State::Completed, In::Success).1, [Do::Absorb]);
    }

    #[test]
    fn cancel_bounds_the_wait_for_the_final_response() {
        assert!(!may_cancel(State::Calling) && may_cancel(State::Proceeding));
        assert_eq!(step(State::Proceeding, In::Canceled).1, [Stop(C), Start(X)]);
        assert_eq!(step(State::Proceeding, In::Timer(X)), (State::Terminated, &[Do::Timeout][..]));
    }

    #[test]
    fn a_closed_flow_ends_it() {
        assert_eq!(step(State::Calling, In::Unreachable), (State::Terminated, &[Do::Unreachable][..]));
        assert_eq!(step(State::Completed, In::Unreachable), (State::Terminated, &[][..]));
        assert_eq!(step(State::Accepted, In::Unreachable).0, State::Accepted);
    }
}
