//! Running it: certificates, logs, metrics.

pub mod ask;
pub mod certificates;
pub mod reload;
pub mod replay;
pub mod secrets;
pub mod statistics;

use warmline_coordination::dial_limits::Limit;
use warmline_coordination::firms::Counters;

/// The text of `/metrics`: what was counted as it happened, and coordination's gauges.
pub fn metrics_text(handle: &metrics_exporter_prometheus::PrometheusHandle, counters: &Counters) -> String {
    metrics::gauge!("warmline_reservations_live").set(counters.reservations_live as f64);
    metrics::gauge!("warmline_numbers_held").set(counters.numbers_held as f64);
    metrics::gauge!("warmline_coordination_calls_live").set(counters.calls_live as f64);
    metrics::gauge!("warmline_jobs_open").set(counters.jobs_open as f64);
    metrics::gauge!("warmline_jobs_homeless").set(counters.jobs_homeless as f64);
    metrics::gauge!("warmline_restart_calls_closed").set(counters.calls_cut as f64);
    metrics::gauge!("warmline_letters_waiting").set(counters.letters_waiting as f64);
    metrics::counter!("warmline_letters_total", "end" => "sent").absolute(counters.letters_sent);
    metrics::counter!("warmline_letters_total", "end" => "given_up").absolute(counters.letters_given_up);
    metrics::counter!("warmline_letters_total", "end" => "withheld").absolute(counters.letters_withheld);
    for (limit, count) in Limit::ALL.iter().zip(counters.callme_limited) {
        metrics::counter!("warmline_callme_limited_total", "limit" => limit.word()).absolute(count);
    }
    metrics::counter!("warmline_callme_spent_cents_total").absolute(counters.callme_spent_cents);
    metrics::gauge!("warmline_callme_breaker_open").set(counters.breakers_open as f64);
    metrics::counter!("warmline_callme_breaker_opened_total").absolute(counters.breakers_opened);
    metrics::counter!("warmline_trunk_full_total").absolute(counters.trunk_full);
    metrics::counter!("warmline_erasures_total").absolute(counters.erasures);
    metrics::counter!("warmline_alerts_total").absolute(counters.alerts);
    metrics::counter!("warmline_invitations_total").absolute(counters.invitations);
    metrics::counter!("warmline_invitations_withheld_total").absolute(counters.invitations_withheld);
    metrics::gauge!("warmline_waiting").set(counters.waiting as f64);
    metrics::gauge!("warmline_tickets_waiting").set(counters.tickets_waiting as f64);
    metrics::counter!("warmline_pool_dry_total").absolute(counters.pool_dry);
    metrics::counter!("warmline_late_calls_total").absolute(counters.late_calls);
    metrics::counter!("warmline_pins_total", "right" => "yes").absolute(counters.pins_right);
    metrics::counter!("warmline_pins_total", "right" => "no").absolute(counters.pins_wrong);
    metrics::counter!("warmline_choices_total").absolute(counters.choices);
    let taken = [("refused", counters.contact_numbers_taken), ("kept", counters.contact_numbers_shared)];
    for (end, count) in taken {
        metrics::counter!("warmline_contact_numbers_taken_total", "end" => end).absolute(count);
    }
    metrics::counter!("warmline_turned_away_total").absolute(counters.turned_away);
    metrics::counter!("warmline_rules_failed_total").absolute(counters.rules_failed);
    metrics::counter!("warmline_overflowed_total").absolute(counters.overflowed);
    metrics::counter!("warmline_firm_steps_total").absolute(counters.firm_steps);
    metrics::gauge!("reservation_invariant_violations_total").set(counters.invariant_violations as f64);
    handle.render()
}
