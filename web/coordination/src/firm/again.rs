//! The firm's decisions made again: with its queues as they are now, and whatever is tried in their place.

use super::{Firm, problem};
use crate::again::{Again, AgainView, Difference};
use crate::decision::{Decision, LISTED};
use crate::request::{Reply, RequestId};
use warmline_time::Time;

impl Firm {
    /// For a program.
    pub fn answer_again(&mut self, now: Time, request: RequestId, again: &Again) {
        let unknown = again.queue.as_ref().is_some_and(|queue| self.queue_named(queue).is_none());
        let reply = if unknown {
            Reply::Problem(problem(404, "unknown_queue", "There is no such queue."))
        } else {
            Reply::Again(Box::new(self.decide_again(now, again)))
        };
        self.reply(request, reply);
    }

    /// What other settings would have made of the decisions that are kept.
    fn decide_again(&self, now: Time, again: &Again) -> AgainView {
        let mut view = AgainView::default();
        for decision in self.decisions.kept(now, again.subject.as_deref()) {
            if again.queue.as_ref().is_some_and(|queue| *queue != decision.case.home.queue) {
                continue;
            }
            let Some(difference) = self.difference(decision, again) else { continue };
            view.looked_at += 1;
            if difference.before != difference.after {
                view.others += 1;
                view.nobody_now += u64::from(difference.after.is_none());
                if view.decisions.len() < LISTED {
                    view.decisions.push(difference);
                }
            }
        }
        view
    }

    /// None: its queue is no longer there.
    fn difference(&self, decision: &Decision, again: &Again) -> Option<Difference> {
        let ruled = again.rules.then(|| decision.rule_again(&self.settings.rules));
        let led = ruled.as_ref().and_then(|ruled| self.ruled_queue(ruled));
        let queue = led.or_else(|| self.queue_named(&decision.case.home.queue))?;
        let settings = again.applied(&self.settings.queues[queue]);
        let choice = match ruled {
            Some(ruled) => decision.replay_ruled(ruled, &settings),
            None => decision.replay(&settings),
        };
        let name = |choice| decision.name(choice).map(str::to_owned);
        Some(Difference {
            id: decision.id,
            time: decision.case.at.rfc3339(),
            reservation: decision.reservation,
            call: decision.call,
            queue: settings.name.clone(),
            before: decision.choice.and_then(name),
            before_rule: decision.choice.map(|choice| choice.rule),
            after: choice.and_then(name),
            after_rule: choice.map(|choice| choice.rule),
        })
    }
}
