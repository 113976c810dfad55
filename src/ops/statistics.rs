//! Queues' and agents' figures as metrics: the same numbers as the interfaces', without anybody's name.

use warmline_coordination::figures::{FirmFigures, QueueTotals, Share};
use warmline_coordination::view::AgentState;

/// Sets them. What does not exist yet, a mean of no calls, is NaN.
pub fn publish(firms: &[FirmFigures]) {
    for firm in firms {
        for queue in &firm.queues {
            publish_queue(&firm.firm, queue);
        }
        let occupancy = firm.occupancy.map_or(f64::NAN, Share::as_f64);
        metrics::gauge!("warmline_agent_occupancy", "firm" => firm.firm.clone()).set(occupancy);
        for &(state, agents) in &firm.agents {
            let labels = [("firm", firm.firm.clone()), ("state", word(state).to_owned())];
            metrics::gauge!("warmline_agents", &labels).set(agents as f64);
        }
    }
}

fn publish_queue(firm: &str, queue: &QueueTotals) {
    let labels = [("firm", firm.to_owned()), ("queue", queue.queue.clone())];
    metrics::counter!("warmline_queue_offered_total", &labels).absolute(queue.offered);
    metrics::counter!("warmline_queue_answered_total", &labels).absolute(queue.answered);
    metrics::counter!("warmline_queue_abandoned_total", &labels).absolute(queue.abandoned);
    metrics::counter!("warmline_waits_total", &labels).absolute(queue.waits);
    metrics::counter!("warmline_waits_under_p90_total", &labels).absolute(queue.waits_under_p90);
    let level = queue.today.service_level.map_or(f64::NAN, Share::as_f64);
    metrics::gauge!("warmline_queue_service_level", &labels).set(level);
    let asa = queue.today.asa_secs.map_or(f64::NAN, |secs| secs as f64);
    metrics::gauge!("warmline_queue_asa_seconds", &labels).set(asa);
}

fn word(state: Option<AgentState>) -> &'static str {
    match state {
        None => "logged_out",
        Some(AgentState::NotReady) => "not_ready",
        Some(AgentState::Ready) => "ready",
        Some(AgentState::Claimed) => "claimed",
        Some(AgentState::Ringing) => "ringing",
        Some(AgentState::Talking) => "talking",
        Some(AgentState::Wrapup) => "wrapup",
        Some(AgentState::Unreachable) => "unreachable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warmline_coordination::figures::QueueFigures;

    #[test]
    fn figures_are_metrics_without_names_of_people() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let today = QueueFigures { service_level: Share::of(3, 4), ..QueueFigures::default() };
        let queue = QueueTotals {
            queue: "sales".into(),
            offered: 5,
            answered: 3,
            abandoned: 2,
            waits: 20,
            waits_under_p90: 18,
            today,
        };
        let firm = FirmFigures {
            firm: "acme".into(),
            queues: vec![queue],
            agents: vec![(Some(AgentState::Ready), 2), (None, 1)],
            occupancy: Share::of(1, 2),
        };
        metrics::with_local_recorder(&recorder, || publish(&[firm]));
        let text = handle.render();
        for line in [
            "warmline_queue_offered_total{firm=\"acme\",queue=\"sales\"} 5",
            "warmline_queue_answered_total{firm=\"acme\",queue=\"sales\"} 3",
            "warmline_queue_abandoned_total{firm=\"acme\",queue=\"sales\"} 2",
            "warmline_waits_total{firm=\"acme\",queue=\"sales\"} 20",
            "warmline_waits_under_p90_total{firm=\"acme\",queue=\"sales\"} 18",
            "warmline_queue_service_level{firm=\"acme\",queue=\"sales\"} 0.75",
            "warmline_queue_asa_seconds{firm=\"acme\",queue=\"sales\"} NaN",
            "warmline_agent_occupancy{firm=\"acme\"} 0.5",
            "warmline_agents{firm=\"acme\",state=\"ready\"} 2",
            "warmline_agents{firm=\"acme\",state=\"logged_out\"} 1",
        ] {
            assert!(text.lines().any(|row| row == line), "{line} in {text}");
        }
    }
}
