//! Causes and SIP statuses, both ways, and the Reason headers that go with them (RFC 3326).

use warmline_coordination::cti::Cause;

/// What the other phones of a call are told, so that they show no missed call.
pub(super) const COMPLETED_ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// The cause that a failure of ours amounts to. `rang`: a 180 or 183 came before.
pub(super) fn of_status(status: u16, rang: bool) -> Cause {
    match status {
        486 | 600 => Cause::Busy,
        480 => Cause::NoAnswer,
        408 if rang => Cause::NoAnswer,
        487 => Cause::Canceled,
        404 | 410 | 484 | 604 => Cause::NotFound,
        415 | 488 | 606 => Cause::Media,
        408 | 300..=399 | 500..=599 => Cause::Unreachable,
        _ => Cause::Declined,
    }
}

/// The status with which an unanswered INVITE is refused.
pub(super) fn to_status(cause: Cause) -> u16 {
    match cause {
        Cause::Busy => 486,
        Cause::Normal | Cause::NoAnswer | Cause::Unreachable | Cause::Elsewhere => 480,
        Cause::Declined => 603,
        Cause::NotFound => 404,
        Cause::Canceled => 487,
        Cause::Media => 488,
        Cause::Overload => 503,
        Cause::Internal => 500,
    }
}

/// The status that a plain call's caller gets for the callee's. Challenges and redirections were meant for us.
pub(super) fn passed_on(status: u16) -> u16 {
    match status {
        401 | 407 => 403,
        300..=399 | 487 => 480,
        400..=699 => status,
        _ => 500,
    }
}

/// Of two failures of a forked call, the one to pass on (RFC 3261 §16.7 step 6): 6xx first, then "busy", then the lowest.
pub(super) fn better(one: u16, other: u16) -> u16 {
    let rank = |status: u16| match status {
        600..=699 => 0,
        486 => 1,
        408 | 503 => 3,
        _ => 2,
    };
    if (rank(other), other) < (rank(one), one) { other } else { one }
}

/// The Reason of a BYE or CANCEL of ours; none for what needs no explanation.
pub(super) fn reason(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::Elsewhere => Some(COMPLETED_ELSEWHERE),
        Cause::NoAnswer => Some("SIP;cause=480;text=\"No answer\""),
        Cause::Busy => Some("SIP;cause=486;text=\"Busy\""),
        Cause::Declined => Some("SIP;cause=603;text=\"Declined\""),
        Cause::NotFound => Some("SIP;cause=404;text=\"Not found\""),
        Cause::Unreachable => Some("SIP;cause=480;text=\"Unreachable\""),
        Cause::Media => Some("Q.850;cause=41;text=\"Media lost\""),
        Cause::Overload => Some("SIP;cause=503;text=\"Overload\""),
        Cause::Internal => Some("SIP;cause=500;text=\"Internal error\""),
        Cause::Normal => Some("Q.850;cause=16;text=\"Normal call clearing\""),
        Cause::Canceled => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_read_as_the_link_says() {
        assert_eq!(of_status(408, true), Cause::NoAnswer);
        assert_eq!(of_status(408, false), Cause::Unreachable);
        assert_eq!(of_status(603, true), Cause::Declined);
        assert_eq!(of_status(503, false), Cause::Unreachable);
        assert_eq!(of_status(604, false), Cause::NotFound);
        for cause in [Cause::Busy, Cause::NoAnswer, Cause::Declined, Cause::NotFound, Cause::Media] {
            assert_eq!(of_status(to_status(cause), true), cause);
        }
    }

    #[test]
    fn a_fork_reports_its_best_failure() {
        assert_eq!(better(486, 603), 603);
        assert_eq!(better(408, 486), 486);
        assert_eq!(better(503, 480), 480);
        assert_eq!(better(404, 480), 404);
        assert_eq!(passed_on(407), 403);
        assert_eq!(passed_on(302), 480);
        assert_eq!(passed_on(486), 486);
    }
}
