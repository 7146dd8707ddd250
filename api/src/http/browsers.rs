//! What browsers are told and asked: whose pages may call, and what an answer may be used for.

use std::{future::ready, time::Duration};

use axum::{
    Router,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header, uri::Authority},
    middleware,
    response::Response,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::request_id;

/// How long a browser remembers what it was allowed.
const PREFLIGHT: Duration = Duration::from_secs(3600);
/// An answer is data: nothing in it is run, loaded or shown within a page.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A browser that has come by https once comes by nothing else for a year.
const STRICT_TRANSPORT: &str = "max-age=31536000";
const ALLOW: &str = "access-control-";

/// The pages whose requests may carry a session cookie.
pub struct Origins {
    own: String,
    allowed: Vec<String>,
}

impl Origins {
    /// Of a server that people reach under `base_url`, and of `allowed` others.
    pub fn new(base_url: &str, allowed: &[String]) -> Self {
        let scheme = base_url.find("://").map_or(0, |at| at + 3);
        let end = base_url[scheme..].find('/').map_or(base_url.len(), |at| scheme + at);
        Self { own: base_url[..end].to_ascii_lowercase(), allowed: allowed.to_vec() }
    }

    /// Whether a page of somebody else has sent a request. Programs that are no browsers say nothing of an origin.
    pub fn is_foreign(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return false };
        let Ok(origin) = origin.to_str() else { return true };
        origin != self.own
            && !self.allowed.iter().any(|allowed| allowed == origin)
            && !is_host(origin, headers)
    }
}

/// Whether `origin` is the server as the request itself addresses it: a cookie is sent to no other host than its own.
fn is_host(origin: &str, headers: &HeaderMap) -> bool {
    let Some((_, origin)) = origin.split_once("://") else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let parsed = |text: &str| text.parse::<Authority>().ok();
    host.and_then(parsed).is_some_and(|host| parsed(origin) == Some(host))
}

/// Lets pages of `origins` call with their cookies, and nobody else's.
pub fn cors<S: Clone + Send + Sync + 'static>(router: Router<S>, origins: &[String]) -> Router<S> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return router;
    }
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION, request_id::HEADER, request_id::TRACE])
        .expose_headers([request_id::HEADER, header::RETRY_AFTER])
        .max_age(PREFLIGHT);
    router.layer(layer).layer(middleware::map_response(without_allowances))
}

/// Whose origin is not allowed learns nothing of what others are.
async fn without_allowances(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        let names: Vec<HeaderName> =
            headers.keys().filter(|name| name.as_str().starts_with(ALLOW)).cloned().collect();
        for name in names {
            headers.remove(name);
        }
    }
    response
}

/// The headers that every answer has; a handler that sets one itself is left to it.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    // Nothing is kept by a proxy: what is answered depends on who asks.
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Gives every answer its [`HEADERS`].
pub fn guarded<S: Clone + Send + Sync + 'static>(router: Router<S>, https: bool) -> Router<S> {
    router.layer(middleware::map_response(move |mut response: Response| {
        let headers = response.headers_mut();
        headers.reserve(HEADERS.len() + 1);
        for (name, value) in HEADERS {
            headers.entry(name).or_insert(value);
        }
        if https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
        }
        ready(response)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_foreign_unless_it_is_the_servers_own_or_allowed() {
        let origins = Origins::new("https://App.example.com/base", &["https://crm.example.com".into()]);
        let foreign = |origin: &str, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().expect("a header"));
            headers.insert(header::ORIGIN, origin.parse().expect("a header"));
            origins.is_foreign(&headers)
        };
        for origin in ["https://app.example.com", "https://crm.example.com", "http://127.0.0.1:8000"] {
            assert!(!foreign(origin, "127.0.0.1:8000"), "{origin}");
        }
        for origin in [
            "null",
            "",
            "http://app.example.com",
            "https://app.example.com.evil.example",
            "https://evil.example",
            "https://crm.example.com:444",
            "http://127.0.0.1:8001",
            "127.0.0.1:8000",
        ] {
            assert!(foreign(origin, "127.0.0.1:8000"), "{origin}");
        }
        assert!(!origins.is_foreign(&HeaderMap::new()), "no browser");
    }
}
