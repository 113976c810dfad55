//! Who sends a request: address, scheme and host, seen through the proxies that are trusted.

use crate::origin::{Origin, is_authority};
use crate::problem::Refusal;
use crate::settings::TrustedNet;
use crate::state::WebState;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Whether a listener speaks TLS: an extension that the listener gives each request. Without it: no TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scheme(pub bool);

/// Where a request comes from and how it came.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub address: IpAddr,
    pub secure: bool,
    /// `host[:port]` by which we were called, lower case.
    pub host: String,
}

impl Client {
    pub fn of(parts: &Parts, trusted: &[TrustedNet]) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip().to_canonical());
        let listener = parts.extensions.get::<Scheme>().is_some_and(|scheme| scheme.0);
        let by_proxy = trusted.iter().any(|net| net.contains(peer));
        let secure = listener || by_proxy && forwarded_https(&parts.headers);
        let address = if by_proxy { forwarded_for(&parts.headers, peer, trusted) } else { peer };
        let named = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let host = named.or_else(|| parts.uri.authority().map(|authority| authority.as_str()));
        let host = host.filter(|host| is_authority(host)).ok_or_else(|| {
            Refusal::new(StatusCode::BAD_REQUEST, "host_invalid", "The Host header is missing or invalid.")
        })?;
        Ok(Client { address, secure, host: host.to_ascii_lowercase() })
    }

    /// The origin by which we were called.
    pub fn own_origin(&self) -> Origin {
        Origin::of_host(self.secure, &self.host)
    }
}

fn forwarded_https(headers: &HeaderMap) -> bool {
    let last = headers.get_all("x-forwarded-proto").iter().next_back().and_then(|value| value.to_str().ok());
    last.and_then(|value| value.rsplit(',').next())
        .is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

/// The nearest address that is not a proxy of ours: what is further to the left, anybody may have written.
fn forwarded_for(headers: &HeaderMap, peer: IpAddr, trusted: &[TrustedNet]) -> IpAddr {
    let mut nearest = peer;
    let values = headers.get_all("x-forwarded-for").iter().rev();
    let hops = values.flat_map(|value| value.to_str().unwrap_or("").rsplit(','));
    for hop in hops {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { return nearest };
        nearest = address.to_canonical();
        if !trusted.iter().any(|net| net.contains(nearest)) {
            return nearest;
        }
    }
    nearest
}

impl FromRequestParts<Arc<WebState>> for Client {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Refusal> {
        Client::of(parts, &state.settings().trusted_proxies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn client(peer: &str, headers: &[(&str, &str)]) -> Result<Client, Refusal> {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let peer: IpAddr = peer.parse().unwrap();
        let request = request.extension(ConnectInfo(SocketAddr::new(peer, 1))).body(()).unwrap();
        Client::of(&request.into_parts().0, &["10.0.0.0/8".parse().unwrap()])
    }

    #[test]
    fn forwarded_headers_count_from_trusted_proxies_only() {
        let headers =
            [("host", "Desk.Test"), ("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https")];
        let stranger = client("203.0.113.5", &headers).unwrap();
        assert_eq!(
            (stranger.address.to_string().as_str(), stranger.secure, stranger.host.as_str()),
            ("203.0.113.5", false, "desk.test")
        );
        let proxied = client("10.0.0.1", &headers).unwrap();
        assert_eq!((proxied.address.to_string().as_str(), proxied.secure), ("192.0.2.1", true));
        assert_eq!(proxied.own_origin().as_str(), "https://desk.test");
    }

    #[test]
    fn the_nearest_address_that_is_no_proxy_counts() {
        let forwarded = |list| {
            client("10.0.0.1", &[("host", "d"), ("x-forwarded-for", list)]).unwrap().address.to_string()
        };
        assert_eq!(forwarded("1.1.1.1, 192.0.2.9, 10.0.0.2"), "192.0.2.9");
        assert_eq!(forwarded("1.1.1.1, garbage, 10.0.0.2"), "10.0.0.2");
        assert_eq!(forwarded("10.0.0.3"), "10.0.0.3");
    }

    #[test]
    fn a_host_that_is_none_is_refused() {
        assert_eq!(client("10.0.0.1", &[]).unwrap_err().code, "host_invalid");
        assert_eq!(client("10.0.0.1", &[("host", "a.test; x")]).unwrap_err().code, "host_invalid");
    }
}
