//! `[firms.rates]`: what usage costs.

use super::check::Checker;
use super::raw::Rates;
use toml::Spanned;
use warmline_coordination::usage::RatePlan;

/// Nothing costs more.
const MOST: f64 = 100_000.0;

impl Checker {
    pub(super) fn rates(&mut self, raw: &Rates) -> RatePlan {
        let currency = raw.currency.get_ref();
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            self.error(&raw.currency, format!("`{currency}` is no currency, such as EUR"));
        }
        RatePlan {
            currency: currency.clone(),
            reservation: self.price(&raw.reservation),
            number_hour: self.price(&raw.number_hour),
            minute: self.price(&raw.minute),
            chat: self.price(&raw.chat),
            invitation: self.price(&raw.invitation),
            letter: self.price(&raw.letter),
        }
    }

    /// In ten-thousandths.
    fn price(&mut self, value: &Spanned<f64>) -> u64 {
        let price = *value.get_ref();
        let parts = (price * 10_000.0).round();
        if !(0.0..=MOST).contains(&price) || (price * 10_000.0 - parts).abs() > 1e-6 {
            self.error(value, format!("`{price}` is not 0 to {MOST} with four decimals at most"));
            return 0;
        }
        parts as u64
    }
}
