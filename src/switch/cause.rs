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
        // The rest of 4xx is the network's word about us or our request, and no person's.
        300..=599 => Cause::Unreachable,
        // 603, and among the others 607 and 608: somebody, or his network, wants no such calls (RFC 8197, RFC 8688).
        _ => Cause::Declined,
    }
}

/// The same, where a Reason header with the network's own cause (RFC 3326, Q.850) says more than a vague status.
pub(super) fn of_failure(status: u16, reason: Option<&str>, rang: bool) -> Cause {
    // Who refuses is not called again: 603 is final whatever else is said, and a "busy" that was a rejection is one.
    let is_vague = matches!(status, 403 | 408 | 480 | 486 | 487 | 500..=599);
    let known = reason.filter(|_| is_vague).and_then(q850);
    match known {
        known if status == 486 && known != Some(21) => Cause::Busy,
        Some(1 | 22 | 28) => Cause::NotFound,
        Some(17) => Cause::Busy,
        Some(18 | 19) => Cause::NoAnswer,
        Some(21) => Cause::Declined,
        Some(34 | 42) => Cause::Unreachable,
        _ => of_status(status, rang),
    }
}

/// Whether a trunk that answers so refuses us or our request: wrong credentials, no credit, a number it does not let us show.
pub(super) fn refuses_us(status: u16) -> bool {
    matches!(status, 400..=499) && status != 408 && of_status(status, false) == Cause::Unreachable
}

/// Why a customer was not dialled at all: limits are passed again, so that it was no attempt.
pub(super) fn before_invite(cause: Cause) -> Cause {
    if cause == Cause::Overload { Cause::Full } else { cause }
}

/// The cause of a Reason of the protocol Q.850, wherever it stands among others.
fn q850(reason: &str) -> Option<u8> {
    let is_its = |value: &&str| {
        value.split(';').next().is_some_and(|protocol| protocol.trim().eq_ignore_ascii_case("Q.850"))
    };
    let value = reason.split(',').find(is_its)?;
    let cause = value.split(';').find_map(|part| {
        let (name, cause) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("cause").then_some(cause)
    });
    cause?.trim().parse().ok()
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
        Cause::Overload | Cause::Full => 503,
        Cause::Internal => 500,
        // A record's cause, never a leg's.
        Cause::NodeRestart => 503,
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
        Cause::Full => Some("SIP;cause=503;text=\"All lines in use\""),
        Cause::Internal => Some("SIP;cause=500;text=\"Internal error\""),
        Cause::NodeRestart => Some(super::left::REASON),
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
    fn only_a_person_declines_and_what_the_network_says_of_us_is_no_word_of_his() {
        for status in [400, 401, 402, 403, 405, 407, 420, 421, 433, 482, 483, 489, 491, 499] {
            assert_eq!((of_status(status, true), refuses_us(status)), (Cause::Unreachable, true), "{status}");
        }
        for status in [404, 408, 410, 415, 480, 484, 486, 487, 488, 500, 503, 603] {
            assert!(!refuses_us(status), "{status}");
        }
        for status in [603, 605, 607, 608, 699] {
            assert_eq!(of_status(status, true), Cause::Declined, "{status}");
        }
    }

    #[test]
    fn a_reason_of_the_network_refines_a_vague_status() {
        let busy = Some("Q.850;cause=17;text=\"User busy\"");
        assert_eq!(of_failure(480, busy, false), Cause::Busy);
        assert_eq!(of_failure(480, Some("SIP;cause=480, q.850 ; cause=1"), false), Cause::NotFound);
        assert_eq!(of_failure(503, Some("Q.850;cause=34"), false), Cause::Unreachable);
        assert_eq!(of_failure(480, Some("Q.850;cause=21"), true), Cause::Declined);
        assert_eq!(of_failure(603, Some("Q.850;cause=19"), true), Cause::Declined, "e13: a refusal is final");
        assert_eq!(of_failure(486, Some("Q.850;cause=21"), true), Cause::Declined);
        assert_eq!(of_failure(486, Some("Q.850;cause=1"), true), Cause::Busy);
        assert_eq!(of_failure(480, Some("Q.850;cause=22"), true), Cause::NotFound, "the number has changed");
        assert_eq!(of_failure(404, busy, false), Cause::NotFound, "what is clear stays");
        for odd in ["Q.850", "Q.850;cause=x", "SIP;cause=17", "", ";;=,"] {
            assert_eq!(of_failure(480, Some(odd), false), Cause::NoAnswer, "{odd}");
        }
        assert_eq!((of_status(607, true), of_status(608, false)), (Cause::Declined, Cause::Declined));
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
