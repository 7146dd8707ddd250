use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use tracing::Instrument;

use crate::{
    clock::{Entropy, SystemEntropy},
    telemetry::continue_trace,
};

/// The header that carries it.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// The header by which a request says which trace it belongs to.
pub const TRACE: HeaderName = HeaderName::from_static("traceparent");

/// The id of a request: in its answer, in the log and in the audit log.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Takes the id that the caller gives, or the trace that it belongs to, or makes one.
pub async fn middleware(mut request: Request, next: Next) -> Response {
    let id = given(&request).unwrap_or_else(random);
    request.extensions_mut().insert(RequestId(id.clone()));
    // Of the highest level, so that whatever is logged while it runs has its id.
    let span = tracing::error_span!("request", id);
    if let Some(trace) = request.headers().get(&TRACE).and_then(|value| value.to_str().ok()) {
        continue_trace(&span, trace);
    }
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn given(request: &Request) -> Option<String> {
    let header = |name: &HeaderName| request.headers().get(name)?.to_str().ok();
    let plain = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    header(&HEADER).filter(plain).or_else(|| trace_id(header(&TRACE)?)).map(str::to_owned)
}

/// The id of the trace, where a `traceparent` is what W3C's Trace Context says it is.
fn trace_id(traceparent: &str) -> Option<&str> {
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_zero = |part: &str| part.bytes().all(|b| b == b'0');
    let mut parts = traceparent.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // A later version may have more to say behind what this one has.
    let known = hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
    let valid =
        known && hex(trace, 32) && !is_zero(trace) && hex(parent, 16) && !is_zero(parent) && hex(flags, 2);
    valid.then_some(trace)
}

fn random() -> String {
    let mut bytes = [0; 12];
    SystemEntropy.fill(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Result, Write},
        sync::{Arc, Mutex},
    };

    use axum::{Router, body::Body, middleware::from_fn, routing::get};
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;
    use tracing_subscriber::fmt;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            self.0.lock().expect("a log").write(bytes)
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn b2_what_is_logged_for_a_request_says_which() {
        let log = Log::default();
        let writer = log.clone();
        let _logging =
            tracing::subscriber::set_default(fmt().json().with_writer(move || writer.clone()).finish());
        let routes = Router::new().route("/", get(async || tracing::warn!("something is wrong")));
        let request = Request::builder().header(HEADER, "mine-1").body(Body::empty()).expect("a request");
        let response = TowerToHyperService::new(routes.layer(from_fn(middleware))).call(request).await;
        assert_eq!(response.expect("an answer").headers()[HEADER], "mine-1");
        let written = String::from_utf8(log.0.lock().expect("a log").clone()).expect("text");
        assert!(written.contains("something is wrong") && written.contains("\"id\":\"mine-1\""), "{written}");
    }

    #[test]
    fn b2_a_trace_is_honoured_only_where_it_is_one() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        let ok = |text: &str| assert_eq!(trace_id(text), Some(TRACE), "{text}");
        ok(&format!("00-{TRACE}-00f067aa0ba902b7-01"));
        ok(&format!("01-{TRACE}-00f067aa0ba902b7-00"));
        ok(&format!("cc-{TRACE}-00f067aa0ba902b7-01-what-comes-later"));
        for text in [
            String::new(),
            TRACE.to_owned(),
            format!("00-{TRACE}"),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("00-{TRACE}-0000000000000000-01"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01".to_owned(),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("0-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", &TRACE[1..]),
            format!("00-{TRACE}-00f067aa0ba902b-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-1"),
            format!("00-{TRACE}-00f067aa0ba902bg-01"),
        ] {
            assert_eq!(trace_id(&text), None, "{text}");
        }
    }
}
