//! The firm's decisions made replay: with its queues as they are now, and whatever is tried in their place.

use super::{Firm, problem};
use crate::decision::{Decision, LISTED};
use crate::decision_replay::{Difference, Replay, ReplayView};
use crate::request::{Reply, RequestId};
use warmline_time::Time;

impl Firm {
    /// For a program.
    pub fn answer_replay(
        &mut self,
        now: Time,
        request: RequestId,
        (replay, of): (&Replay, Option<&[Decision]>),
    ) {
        let unknown = replay.queue.as_ref().is_some_and(|queue| self.queue_named(queue).is_none());
        let reply = if unknown {
            Reply::Problem(problem(404, "unknown_queue", "There is no such queue."))
        } else {
            let kept = || self.decisions.kept(now, replay.subject.as_deref());
            Reply::Replay(Box::new(match of {
                Some(decisions) => self.replay_decisions(decisions.iter(), replay),
                None => self.replay_decisions(kept(), replay),
            }))
        };
        self.reply(request, reply);
    }

    /// What other settings would have made of these.
    fn replay_decisions<'a>(
        &self,
        decisions: impl Iterator<Item = &'a Decision>,
        replay: &Replay,
    ) -> ReplayView {
        let mut view = ReplayView::default();
        for decision in decisions {
            if replay.queue.as_ref().is_some_and(|queue| *queue != decision.case.home.queue) {
                continue;
            }
            let Some(difference) = self.difference(decision, replay) else { continue };
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
    fn difference(&self, decision: &Decision, replay: &Replay) -> Option<Difference> {
        let ruled = replay.rules.then(|| decision.rule_again(&self.settings.rules));
        let led = ruled.as_ref().and_then(|ruled| self.ruled_queue(ruled));
        let queue = led.or_else(|| self.queue_named(&decision.case.home.queue))?;
        let settings = replay.applied(&self.settings.queues[queue]);
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
