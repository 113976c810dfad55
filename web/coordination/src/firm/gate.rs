//! Whether and when policy lets a number be dialled: what is asked before each dialling (calling hours, do-not-call, limits).

use super::Firm;
use warmline_time::Time;

/// What policy says of dialling a number at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(dead_code, reason = "calling hours come next")]
pub(super) enum Gate {
    /// It may be dialled.
    Open,
    /// Not before this moment.
    Later(Time),
    /// Never; why, in the stable words of the interfaces.
    Never(&'static str),
}

impl Firm {
    /// Of a number in E.164, which [`crate::number::check`] has let pass when it was asked for.
    pub(super) fn dial_gate(&self, _now: Time, number: &str) -> Gate {
        if self.is_own(number) { Gate::Never("own_number") } else { Gate::Open }
    }

    /// Whoever was called wants never to be called again; `why`: how he said so.
    pub(super) fn never_call(&mut self, _now: Time, _number: &str, _why: &'static str) {}
}
