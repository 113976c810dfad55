//! Distributions of times, drawn from a seed: exponential, log-normal, uniform.

use crate::dice::Dice;
use std::time::Duration;

/// Uniform in (0, 1).
fn unit(dice: &mut Dice) -> f64 {
    (dice.below(1 << 53) as f64 + 0.5) / (1u64 << 53) as f64
}

/// Seconds, memoryless, of this mean.
pub fn exponential(dice: &mut Dice, mean: f64) -> Duration {
    Duration::from_secs_f64(-unit(dice).ln() * mean)
}

/// Seconds whose logarithm is normal around that of the median (Box–Muller), as talk times are; two hours at most.
pub fn log_normal(dice: &mut Dice, median: f64, sigma: f64) -> Duration {
    let normal = (-2.0 * unit(dice).ln()).sqrt() * (std::f64::consts::TAU * unit(dice)).cos();
    Duration::from_secs_f64((median * (sigma * normal).exp()).min(7200.0))
}

/// Seconds, all as likely.
pub fn between(dice: &mut Dice, least: f64, most: f64) -> Duration {
    Duration::from_secs_f64(least + unit(dice) * (most - least))
}
