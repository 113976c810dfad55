//! Holding on: a tapped number waits for the call that is on its way, and a page may ask for more time, not for ever (E11, E30).

use super::{Firm, Timer};
use crate::effect::Action;
use crate::ids::ReservationId;
use crate::request::{Problem, Reply, RequestId};
use crate::reservation::TAPPED;
use crate::view::ShownMode;
use warmline_time::Time;

use super::problem;

impl Firm {
    /// The visitor tapped the number: his call is on its way through the network; agent and number wait for it, once.
    pub fn dial_intent(&mut self, now: Time, request: RequestId, id: ReservationId) {
        self.tapped(now, self.changing(id).unwrap_or(id));
        self.reply(request, Reply::Done);
        self.finish(now);
    }

    fn tapped(&mut self, now: Time, id: ReservationId) {
        let tappable =
            |r: &&mut crate::reservation::Reservation| r.live() && r.tapped.is_none() && r.number.is_some();
        let Some(r) = self.reservations.get_mut(id).filter(tappable) else { return };
        let claim = self.settings.pools[r.pool].claim;
        r.tapped = Some(now);
        let until = r.expires_at.max(now + TAPPED);
        let claimed = r.agent.filter(|_| r.call.is_none());
        if let Some(agent) = claimed {
            r.claim_until = r.claim_until + claim;
            let ends = r.claim_until;
            self.timers.set(Timer::Claim(id), ends);
            if let Some(hand) = &mut self.agents[agent].hand {
                hand.claim_ends = Some(ends);
            }
            self.touch_agent(agent);
            self.persist_claim(now, id);
        }
        self.hold_until(now, id, until);
    }

    /// The page is still looked at: what it holds is kept longer, up to the most that one visitor may hold it.
    pub fn renew(&mut self, now: Time, request: RequestId, id: ReservationId) {
        match self.try_renew(now, self.changing(id).unwrap_or(id)) {
            Ok(after) => self.act(after, Action::Reply(request, Reply::Done)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn try_renew(&mut self, now: Time, id: ReservationId) -> Result<u64, Problem> {
        let over = || problem(409, "over", "This request is over: ask again.");
        let r = self.reservations.get(id).filter(|r| r.live()).ok_or_else(over)?;
        if !matches!(r.mode, ShownMode::Dial | ShownMode::Browser) {
            return Ok(0);
        }
        let pool = &self.settings.pools[r.pool];
        let latest = r.opened_at + pool.max_hold;
        let until = (now + pool.ttl).min(latest);
        if until <= r.expires_at {
            let most = r.expires_at >= latest;
            let refusal =
                problem(409, "max_hold", "This was held for as long as it can be: call now, or ask again.");
            return if most { Err(refusal) } else { Ok(r.after) };
        }
        self.can_keep()?;
        Ok(self.hold_until(now, id, until))
    }

    /// It expires then and not earlier; the page is told when that is durable. The journal's number.
    fn hold_until(&mut self, now: Time, id: ReservationId, until: Time) -> u64 {
        let Some(r) = self.reservations.get_mut(id).filter(|r| r.expires_at < until) else { return 0 };
        r.expires_at = until;
        self.timers.set(Timer::Expiry(id), until);
        let after = self.persist_change(now, id, None);
        if let Some(r) = self.reservations.get_mut(id).filter(|_| self.writable) {
            r.after = after;
        }
        self.touch_visitor(id);
        after
    }
}
