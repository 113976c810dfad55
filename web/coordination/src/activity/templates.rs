//! Criteria for what shops and help desks ask for most (seed 0020, 0033, 0060).

use super::arrival::Kind;
use super::settings::{Draft, Once, Since};
use std::time::Duration;

/// The templates, by name.
pub const TEMPLATES: [&str; 4] = ["attended_shop", "repeat_visitor", "checkout_trouble", "help_desk"];

/// The criteria of a template for one site of a firm; none: there is no such template. What they are called and what follows from them
/// is for the firm to say.
///
/// - `attended_shop`: somebody has come in.
/// - `repeat_visitor`: he comes the second time within a week.
/// - `checkout_trouble`: three fields found invalid at the checkout, or two minutes there with more than 100 in the cart.
/// - `help_desk`: three minutes on a page of help.
pub fn template(name: &str, firm: u32, site: u32) -> Option<Vec<Draft>> {
    let plain = |name: &str| Draft { name: name.into(), firm, sites: vec![site], ..Draft::default() };
    let some = |text: &str| Some(text.to_owned());
    Some(match name {
        "attended_shop" => vec![Draft { on: vec![Kind::Arrival], ..plain("attended_shop") }],
        "repeat_visitor" => {
            let twice = some("visits(7) >= 2");
            vec![Draft { on: vec![Kind::Arrival], when: twice, once: Once::Day, ..plain("repeat_visitor") }]
        }
        "checkout_trouble" => {
            let page = some("*/checkout*");
            let errors = some("count(\"error\", 600) >= 3");
            let long = Some(Duration::from_secs(120));
            vec![
                Draft { on: vec![Kind::Error], page: page.clone(), when: errors, ..plain("checkout_errors") },
                Draft { after: long, page, when: some("session.cart > 100"), ..plain("checkout_dwell") },
            ]
        }
        "help_desk" => {
            let after = Some(Duration::from_secs(180));
            let page = some("*/help*");
            vec![Draft { after, since: Since::Page, page, once: Once::Page, ..plain("help_desk") }]
        }
        _ => return None,
    })
}
