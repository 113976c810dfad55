//! Criteria for what shops and help desks ask for most.

use super::settings::Draft;

/// The templates, by name.
pub const TEMPLATES: [&str; 4] = ["attended_shop", "repeat_visitor", "checkout_trouble", "help_desk"];

/// The criteria of a template for one site of a firm; none: there is no such template.
pub fn template(_name: &str, _firm: u32, _site: u32) -> Option<Vec<Draft>> {
    None
}
