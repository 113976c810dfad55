//! Where a call goes: numbers as the trunk names them, routing points, then the static routes.

use super::policy::Caller;
use super::settings::{DidFrom, Route, RouteFrom, Settings, Target};
use std::collections::{HashMap, HashSet};
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Message};
use warmline_sip::uri::Uri;

/// Where a call was found to go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Destination {
    /// A number of a pool.
    RoutingPoint { firm: String, number: String },
    /// As a route says, with the number filled in.
    Target(Target),
    /// Back to the caller.
    Echo {
        /// Somebody dialled it by hand, and is told what it is.
        told: bool,
    },
    /// One of the extensions that a phone of ours dialled, and that leads nowhere else: coordination may know it.
    Extension(String),
}

/// The tables that routing looks at.
#[derive(Debug)]
pub(super) struct Routes {
    /// By what is dialled: the point as its pool names it, and the firm.
    points: HashMap<String, (String, String)>,
    /// Routing points that are no more, but may be held yet, by what is dialled.
    draining: HashSet<String>,
    routes: Vec<Route>,
}

impl Routes {
    pub(super) fn new(settings: &Settings) -> Self {
        let points = settings.routing_points.iter();
        let points = points.map(|point| (dialled(&point.0).to_owned(), point.clone())).collect();
        Routes { points, draining: HashSet::new(), routes: settings.routes.clone() }
    }

    /// Other tables. A routing point that is no more leads where it led until it is released.
    pub(super) fn reload(&mut self, settings: &Settings) {
        let before = std::mem::replace(self, Routes::new(settings));
        for (dialled, point) in before.points {
            if !self.points.contains_key(&dialled) {
                self.draining.insert(dialled.clone());
                self.points.insert(dialled, point);
            }
        }
    }

    /// Nobody holds it any more.
    pub(super) fn release(&mut self, number: &str) {
        if self.draining.remove(dialled(number)) {
            self.points.remove(dialled(number));
        }
    }

    /// Whether a number in E.164 is one of ours: a routing point, or what a route for the network leads to a phone or a queue here.
    /// A route that takes whatever comes (its pattern names less than six digits) says of no number that it is ours.
    pub(super) fn is_own(&self, number: &str) -> bool {
        let point = [number, bare(number)].iter().any(|form| self.points.contains_key(*form));
        point || self.inside(number).is_some()
    }

    /// The phone or queue here to which a route for the network leads a number that it names.
    pub(super) fn inside(&self, number: &str) -> Option<&Target> {
        let forms = [number, bare(number)];
        let leads_here = |route: &&Route| {
            route.from != RouteFrom::Accounts
                && !matches!(route.target, Target::Trunk { .. })
                && fixed_digits(route.pattern.as_str()) >= OWN_DIGITS
                && forms.iter().any(|form| route.pattern.is_match(form))
        };
        self.routes.iter().find(leads_here).map(|route| &route.target)
    }

    /// Looks the candidates up, in their order: among the routing points first, then among the routes.
    pub(super) fn find(&self, candidates: &[String], takes: impl Fn(&Route) -> bool) -> Option<Destination> {
        let point = |number: &String| {
            let plus = format!("+{number}");
            [number, &plus].into_iter().find_map(|number| {
                let (number, firm) = self.points.get(number)?;
                Some(Destination::RoutingPoint { firm: firm.clone(), number: number.clone() })
            })
        };
        candidates.iter().find_map(point).or_else(|| {
            candidates.iter().find_map(|number| {
                let route =
                    self.routes.iter().find(|route| takes(route) && route.pattern.is_match(number))?;
                Some(Destination::Target(fill_in(route, number)))
            })
        })
    }
}

/// What a routing point is known by in a request: a number or an extension as it is, of a SIP URI the user, whatever host a switch
/// before us has put there.
fn dialled(point: &str) -> &str {
    let user = point.strip_prefix("sip:").and_then(|rest| rest.split_once('@'));
    user.map_or(point, |(user, _)| user)
}

fn bare(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

/// Digits from the front that a route's pattern must name for the numbers it matches to be taken for ours: a country is not.
const OWN_DIGITS: usize = 6;

/// The digits that a pattern fixes from the front, whichever of its alternatives it is; none where it does not begin there.
fn fixed_digits(pattern: &str) -> usize {
    let (mut depth, mut escaped) = (0, false);
    let mut alternatives = vec![String::new()];
    for letter in pattern.chars() {
        match letter {
            _ if escaped => {}
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '|' if depth == 0 => {
                alternatives.push(String::new());
                continue;
            }
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
        if let Some(last) = alternatives.last_mut() {
            last.push(letter);
        }
    }
    let fixed = |text: &String| {
        let Some(rest) = text.strip_prefix('^') else { return 0 };
        let rest = rest.strip_prefix("\\+").or_else(|| rest.strip_prefix("[+]")).unwrap_or(rest);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        // These say something of the last digit.
        let loose = matches!(rest.as_bytes().get(digits), Some(b'?' | b'*' | b'{'));
        digits.saturating_sub(usize::from(loose))
    };
    alternatives.iter().map(fixed).min().unwrap_or(0)
}

/// `$0`, `$1` … of a trunk's number from the match.
fn fill_in(route: &Route, number: &str) -> Target {
    match (&route.target, route.pattern.captures(number)) {
        (Target::Trunk { trunk, number: template }, Some(captures)) => {
            let mut filled = String::new();
            captures.expand(template, &mut filled);
            Target::Trunk { trunk: trunk.clone(), number: filled }
        }
        (target, _) => target.clone(),
    }
}

/// Whether a route takes calls of this caller. What leads to a trunk takes a trunk's calls only if it says so by name:
/// "anyone" never means that the network may dial through us.
pub(super) fn takes(route: &Route, caller: &Caller, trunk_name: Option<&str>) -> bool {
    let to_trunk = matches!(route.target, Target::Trunk { .. });
    match (&route.from, caller) {
        (RouteFrom::Trunk(name), Caller::Trunk(_)) => trunk_name == Some(name),
        (RouteFrom::Anyone, Caller::Trunk(_)) => !to_trunk,
        (RouteFrom::Anyone, _) => true,
        (RouteFrom::Accounts, Caller::Account(_)) => true,
        _ => false,
    }
}

/// What a trunk's INVITE may mean, in the trunk's order.
pub(super) fn candidates(request: &Message, order: &[DidFrom]) -> Vec<String> {
    let user = |uri: &Uri| uri.user.as_deref().map(normalise).filter(|number| !number.is_empty());
    let number = |place: &DidFrom| match place {
        DidFrom::RequestUri => request.uri().and_then(user),
        DidFrom::To => request.to().ok().and_then(|to| user(&to.uri)),
        DidFrom::Diversion => {
            let name = HeaderName::DIVERSION;
            let first = request.headers.list(&name).first()?.parse::<NameAddr>().ok()?;
            user(&first.uri)
        }
        DidFrom::HistoryInfo => history(request).and_then(|uri| user(&uri)),
    };
    order.iter().filter_map(number).collect()
}

/// Who was called last before us, as History-Info tells it (RFC 7044): the last entry with a cause, be it of the retargeting
/// away from it (a Reason in its URI) or towards it (RFC 4458); where none has one, the last with an index.
fn history(request: &Message) -> Option<Uri> {
    let name = HeaderName::HISTORY_INFO;
    let list = request.headers.list(&name);
    let entries: Vec<NameAddr> = list.iter().filter_map(|entry| entry.parse().ok()).collect();
    let caused = |entry: &&NameAddr| {
        let reason = entry.uri.headers.as_deref().unwrap_or_default().to_ascii_lowercase();
        entry.uri.param("cause").is_some() || (reason.contains("reason=") && reason.contains("cause"))
    };
    let last = entries.iter().rfind(caused).or_else(|| entries.iter().rfind(|e| e.param("index").is_some()));
    last.map(|entry| entry.uri.clone())
}

/// To E.164 where the number says that it is international: `+` or `00` in front, separators and parameters taken out.
/// Anything else is kept as it is.
pub(super) fn normalise(user: &str) -> String {
    let user = user.split(';').next().unwrap_or_default();
    let plain: String = user.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' ')).collect();
    let (digits, international) = match (plain.strip_prefix('+'), plain.strip_prefix("00")) {
        (Some(rest), _) | (None, Some(rest)) => (rest, true),
        _ => (plain.as_str(), false),
    };
    let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match (numeric, international) {
        (true, true) => format!("+{digits}"),
        (true, false) => digits.to_owned(),
        (false, _) => user.to_owned(),
    }
}

/// Whether a text is a number in E.164.
pub(super) fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (4..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use warmline_sip::message::Method;

    #[test]
    fn numbers_are_normalised_where_they_are_international() {
        assert_eq!(normalise("+49 30-123.45(003)"), "+493012345003");
        assert_eq!(normalise("00493012345003;npdi"), "+493012345003");
        assert_eq!(normalise("201"), "201");
        assert_eq!(normalise("alice.b"), "alice.b");
        assert!(is_e164("+493012345003") && !is_e164("201") && !is_e164("+0301234") && !is_e164("+49x"));
    }

    /// An INVITE to the trunk's own number, with these History-Info headers.
    fn diverted(history: &[&str]) -> Vec<String> {
        let uri = Uri::sip(Some("4711"), "switch.test", None);
        let mut request = Message::request(Method::Invite, uri);
        for row in history {
            request.headers.push(HeaderName::HISTORY_INFO, *row);
        }
        candidates(&request, &[DidFrom::HistoryInfo, DidFrom::RequestUri])
    }

    #[test]
    fn history_tells_who_was_called_before_us() {
        let away = "<sip:+493012345003@c.test?Reason=SIP%3Bcause%3D302>;index=1";
        let us = "<sip:4711@switch.test>;index=1.1";
        assert_eq!(diverted(&[away, us]), ["+493012345003", "4711"]);
        assert_eq!(diverted(&[&format!("{away}, {us}")]), ["+493012345003", "4711"], "as one header");
        let twice = "<sip:+493012345004@c.test?Reason=SIP%3bCAUSE%3d486&Privacy=none>;index=1.1";
        assert_eq!(diverted(&[away, twice, "<sip:4711@switch.test>;index=1.1.1"])[0], "+493012345004");
        let towards = "<sip:00493012345005@c.test;cause=302>;index=1.1;mp=1";
        assert_eq!(diverted(&["<sip:0301@c.test>;index=1", towards])[0], "+493012345005");
        assert_eq!(
            diverted(&["<sip:+493012345006@c.test>;index=1"])[0],
            "+493012345006",
            "no cause: the last index"
        );
        // Neither is there, or it is nothing that can be read: the next place counts.
        assert_eq!(diverted(&["<sip:+493012345006@c.test>"]), ["4711"]);
        assert_eq!(diverted(&["<sip:;index=1", "nonsense", "<sip:c.test;cause=302>;index=1"]), ["4711"]);
        assert_eq!(diverted(&[]), ["4711"]);
    }

    fn route(pattern: &str, from: RouteFrom, target: Target) -> Route {
        Route { pattern: regex::Regex::new(pattern).unwrap(), from, target }
    }

    fn points(points: &[&str]) -> HashMap<String, (String, String)> {
        let row = |point: &&str| (dialled(point).to_owned(), ((*point).to_owned(), "acme".to_owned()));
        points.iter().map(row).collect()
    }

    #[test]
    fn an_extension_is_dialled_as_it_is_and_an_address_by_its_user() {
        let found = |candidate: &str| {
            let routes = Routes {
                points: points(&["8001", "sip:help-1@shop.test"]),
                draining: HashSet::new(),
                routes: Vec::new(),
            };
            match routes.find(&[candidate.to_owned()], |_| true) {
                Some(Destination::RoutingPoint { number, .. }) => Some(number),
                other => {
                    assert_eq!(other, None);
                    None
                }
            }
        };
        assert_eq!(found("8001").as_deref(), Some("8001"));
        assert_eq!(found("+8001"), None);
        assert_eq!(found("help-1").as_deref(), Some("sip:help-1@shop.test"));
        assert_eq!(found("help"), None);
    }

    #[test]
    fn points_come_before_routes_and_the_first_route_wins() {
        let out = Target::Trunk { trunk: "carrier".into(), number: "+${1}".into() };
        let routes = Routes {
            points: points(&["+493012345003"]),
            draining: HashSet::new(),
            routes: vec![
                route("^0(.*)$", RouteFrom::Accounts, out),
                route("^\\+49", RouteFrom::Anyone, Target::Account("201".into())),
                route(".", RouteFrom::Anyone, Target::Account("202".into())),
            ],
        };
        let find = |number: &str| routes.find(&[number.to_owned()], |_| true);
        let point = Some(Destination::RoutingPoint { firm: "acme".into(), number: "+493012345003".into() });
        assert_eq!(find("+493012345003"), point);
        assert_eq!(find("493012345003"), point);
        assert_eq!(find("+4999"), Some(Destination::Target(Target::Account("201".into()))));
        let filled = Target::Trunk { trunk: "carrier".into(), number: "+4999".into() };
        assert_eq!(find("04999"), Some(Destination::Target(filled)));
    }

    #[test]
    fn our_own_numbers_are_those_that_a_route_names() {
        assert_eq!(fixed_digits(r"^\+493012345100$"), 12);
        assert_eq!(fixed_digits(r"^\+4930123451\d\d$"), 10);
        assert_eq!(fixed_digits(r"^493012345(10|11)$"), 9);
        assert_eq!(fixed_digits(r"^\+493012345100$|^\+49"), 2);
        assert_eq!(fixed_digits(r"^[+]49301234?"), 7);
        for pattern in [".", "", ".*", r"\+493012345100", r"^\+493012345100$|.", "^(\\d+)$"] {
            assert_eq!(fixed_digits(pattern), 0, "{pattern}");
        }
        let queue = || Target::Queue { firm: "acme".into(), queue: "sales".into() };
        let out = Target::Trunk { trunk: "b".into(), number: "$0".into() };
        let routes = Routes {
            points: points(&["+493012345003"]),
            draining: HashSet::new(),
            routes: vec![
                route(r"^\+493012345100$", RouteFrom::Trunk("a".into()), Target::Account("201".into())),
                route(r"^4930123452\d\d$", RouteFrom::Anyone, queue()),
                route(r"^\+4930123453\d\d$", RouteFrom::Anyone, out),
                route(r"^\+4930123454\d\d$", RouteFrom::Accounts, queue()),
                route(r"^\+", RouteFrom::Anyone, queue()),
            ],
        };
        for own in ["+493012345003", "+493012345100", "+493012345234"] {
            assert!(routes.is_own(own), "{own}");
        }
        for other in ["+493012345101", "+493012345301", "+493012345401", "+4917012345678"] {
            assert!(!routes.is_own(other), "{other}");
        }
    }

    #[test]
    fn the_network_does_not_dial_through_us() {
        let out = || Target::Trunk { trunk: "b".into(), number: "$0".into() };
        let trunk = Caller::Trunk(0);
        assert!(!takes(&route(".", RouteFrom::Anyone, out()), &trunk, Some("a")));
        assert!(!takes(&route(".", RouteFrom::Accounts, out()), &trunk, Some("a")));
        assert!(!takes(&route(".", RouteFrom::Trunk("b".into()), out()), &trunk, Some("a")));
        assert!(takes(&route(".", RouteFrom::Trunk("a".into()), out()), &trunk, Some("a")));
        let agent = Caller::Agent { user: "alice".into(), firm: "acme".into() };
        assert!(!takes(&route(".", RouteFrom::Accounts, out()), &agent, None));
        assert!(takes(&route(".", RouteFrom::Accounts, out()), &Caller::Account("201".into()), None));
    }
}
