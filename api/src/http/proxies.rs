use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header};
use ipnet::IpNet;

use crate::domain::Client;

/// How much of what a program calls itself is kept.
const AGENT_LENGTH: usize = 200;

/// The proxies whose `X-Forwarded-For` counts.
pub struct Proxies(pub Vec<IpNet>);

impl Proxies {
    /// Where a request comes from: the peer, or, as far as trusted proxies vouch for it, who was before them.
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> Client {
        let hops = headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).map(str::trim).collect();
        let mut ip = peer.ip().to_canonical();
        for hop in hops.into_iter().rev() {
            // Each hop is told by the one behind it; what an untrusted one says is worth nothing.
            if !self.trusts(ip) {
                break;
            }
            let Ok(before) = hop.parse::<IpAddr>() else { break };
            ip = before.to_canonical();
        }
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Client { ip: Some(ip), user_agent: agent.map(|agent| agent.chars().take(AGENT_LENGTH).collect()) }
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&ip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l4_only_a_trusted_proxy_says_whom_it_speaks_for() {
        let proxies = Proxies(vec!["10.0.0.0/8".parse().expect("a network")]);
        let told = |peer: &str, forwarded: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().expect("a header"));
            proxies.client(SocketAddr::new(peer.parse().expect("an address"), 1), &headers).ip
        };
        let ip = |text: &str| Some(text.parse::<IpAddr>().expect("an address"));
        assert_eq!(told("10.0.0.1", "203.0.113.9"), ip("203.0.113.9"));
        assert_eq!(told("10.0.0.1", "1.2.3.4, 203.0.113.9"), ip("203.0.113.9"));
        assert_eq!(told("10.0.0.1", "203.0.113.9, 10.0.0.2"), ip("203.0.113.9"));
        assert_eq!(told("198.51.100.7", "203.0.113.9"), ip("198.51.100.7"));
        assert_eq!(told("10.0.0.1", "nonsense"), ip("10.0.0.1"));
    }
}
