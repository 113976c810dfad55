//! Queues' and agents' figures as metrics: the same numbers as the interfaces', without anybody's name.

use warmline_coordination::figures::{FirmFigures, PoolTotals, QueueTotals, Share, TrunkTotals};
use warmline_coordination::view::AgentState;

/// Sets them. What does not exist yet, a mean of no calls, is NaN.
pub fn publish(firms: &[FirmFigures]) {
    for firm in firms {
        for queue in &firm.queues {
            publish_queue(&firm.firm, queue);
        }
        firm.pools.iter().for_each(|pool| publish_pool(&firm.firm, pool));
        firm.trunks.iter().for_each(|trunk| publish_trunk(&firm.firm, trunk));
        let unused = firm.claims_unused_secs as f64;
        metrics::gauge!("warmline_agent_claim_unused_seconds", "firm" => firm.firm.clone()).set(unused);
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
    let abandonment = queue.today.abandonment.map_or(f64::NAN, Share::as_f64);
    metrics::gauge!("warmline_queue_abandonment", &labels).set(abandonment);
    metrics::gauge!("warmline_queue_asa_seconds", &labels).set(mean(queue.today.asa_secs));
    metrics::gauge!("warmline_queue_handling_seconds", &labels).set(mean(queue.today.aht_secs));
    let chats = &queue.chats;
    metrics::gauge!("warmline_chat_offered", &labels).set(chats.offered as f64);
    metrics::gauge!("warmline_chat_answered", &labels).set(chats.answered as f64);
    metrics::gauge!("warmline_chat_abandoned", &labels).set(chats.abandoned as f64);
    let level = chats.service_level.map_or(f64::NAN, Share::as_f64);
    metrics::gauge!("warmline_chat_service_level", &labels).set(level);
    metrics::gauge!("warmline_chat_asa_seconds", &labels).set(mean(chats.asa_secs));
    metrics::gauge!("warmline_chat_handling_seconds", &labels).set(mean(chats.aht_secs));
}

/// What does not exist yet is NaN.
fn mean(secs: Option<u64>) -> f64 {
    secs.map_or(f64::NAN, |secs| secs as f64)
}

fn publish_pool(firm: &str, pool: &PoolTotals) {
    let labels = [("firm", firm.to_owned()), ("pool", pool.pool.clone())];
    metrics::gauge!("warmline_pool_numbers", &labels).set(pool.numbers as f64);
    metrics::gauge!("warmline_pool_in_use", &labels).set(pool.in_use as f64);
    metrics::counter!("warmline_pool_given_total", &labels).absolute(pool.given);
    metrics::counter!("warmline_pool_none_free_total", &labels).absolute(pool.dry);
    let today = &pool.today;
    metrics::gauge!("warmline_pool_in_use_peak", &labels).set(today.in_use_peak as f64);
    metrics::gauge!("warmline_pool_in_use_mean", &labels).set(today.in_use_mean.as_f64());
    metrics::gauge!("warmline_pool_expired_unused", &labels).set(today.expired_unused as f64);
    metrics::gauge!("warmline_pool_hold_seconds", &labels).set(mean(today.hold_secs));
    let matches = [
        ("exact", today.matched_exact),
        ("recent", today.matched_recent),
        ("ambiguous", today.ambiguous),
        ("unmatched", today.unmatched),
    ];
    for (matched, calls) in matches {
        let [firm, pool] = labels.clone();
        let labels = [firm, pool, ("match", matched.to_owned())];
        metrics::gauge!("warmline_pool_calls", &labels).set(calls as f64);
    }
}

fn publish_trunk(firm: &str, trunk: &TrunkTotals) {
    let labels = [("firm", firm.to_owned()), ("trunk", trunk.trunk.clone())];
    let up = trunk.up.map_or(f64::NAN, |up| f64::from(u8::from(up)));
    metrics::gauge!("warmline_firm_trunk_up", &labels).set(up);
    metrics::gauge!("warmline_firm_trunk_calls", &labels).set(trunk.on as f64);
    metrics::counter!("warmline_firm_trunk_calls_in_total", &labels).absolute(trunk.calls_in);
    metrics::counter!("warmline_firm_trunk_calls_out_total", &labels).absolute(trunk.calls_out);
    metrics::counter!("warmline_firm_trunk_failed_total", &labels).absolute(trunk.failed);
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
    use warmline_coordination::figures::{ChatFigures, Hundredths, PoolFigures, QueueFigures};

    #[test]
    fn figures_are_metrics_without_names_of_people() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let today = QueueFigures {
            service_level: Share::of(3, 4),
            abandonment: Share::of(1, 4),
            aht_secs: Some(214),
            ..QueueFigures::default()
        };
        let chats = ChatFigures { answered: 2, aht_secs: Some(300), ..ChatFigures::default() };
        let pool = PoolTotals {
            pool: "web".into(),
            numbers: 10,
            in_use: 3,
            given: 40,
            dry: 1,
            today: PoolFigures {
                in_use_mean: Hundredths::of(5, 2),
                matched_recent: 4,
                ..PoolFigures::default()
            },
        };
        let trunk = TrunkTotals {
            trunk: "carrier".into(),
            up: Some(true),
            on: 2,
            calls_in: 30,
            calls_out: 12,
            failed: 5,
        };
        let queue = QueueTotals {
            queue: "sales".into(),
            offered: 5,
            answered: 3,
            abandoned: 2,
            waits: 20,
            waits_under_p90: 18,
            today,
            chats,
        };
        let firm = FirmFigures {
            firm: "acme".into(),
            queues: vec![queue],
            agents: vec![(Some(AgentState::Ready), 2), (None, 1)],
            occupancy: Share::of(1, 2),
            claims_unused_secs: 75,
            pools: vec![pool],
            trunks: vec![trunk],
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
            "warmline_queue_abandonment{firm=\"acme\",queue=\"sales\"} 0.25",
            "warmline_queue_handling_seconds{firm=\"acme\",queue=\"sales\"} 214",
            "warmline_chat_answered{firm=\"acme\",queue=\"sales\"} 2",
            "warmline_chat_handling_seconds{firm=\"acme\",queue=\"sales\"} 300",
            "warmline_chat_service_level{firm=\"acme\",queue=\"sales\"} NaN",
            "warmline_agent_claim_unused_seconds{firm=\"acme\"} 75",
            "warmline_pool_in_use{firm=\"acme\",pool=\"web\"} 3",
            "warmline_pool_in_use_mean{firm=\"acme\",pool=\"web\"} 2.5",
            "warmline_pool_given_total{firm=\"acme\",pool=\"web\"} 40",
            "warmline_pool_none_free_total{firm=\"acme\",pool=\"web\"} 1",
            "warmline_pool_calls{firm=\"acme\",pool=\"web\",match=\"recent\"} 4",
            "warmline_firm_trunk_up{firm=\"acme\",trunk=\"carrier\"} 1",
            "warmline_firm_trunk_calls_in_total{firm=\"acme\",trunk=\"carrier\"} 30",
            "warmline_firm_trunk_failed_total{firm=\"acme\",trunk=\"carrier\"} 5",
            "warmline_agent_occupancy{firm=\"acme\"} 0.5",
            "warmline_agents{firm=\"acme\",state=\"ready\"} 2",
            "warmline_agents{firm=\"acme\",state=\"logged_out\"} 1",
        ] {
            assert!(text.lines().any(|row| row == line), "{line} in {text}");
        }
    }
}
