use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::clock::{Entropy, SystemEntropy};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: in its answer, in the log and in the audit log.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Takes the id that the caller gives, or the trace that it belongs to, or makes one.
pub async fn middleware(mut request: Request, next: Next) -> Response {
    let id = given(&request).unwrap_or_else(random);
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn given(request: &Request) -> Option<String> {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    let trace = header("traceparent").and_then(|trace| trace.split('-').nth(1)).filter(|id| id.len() == 32);
    let plain = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    header(HEADER.as_str()).filter(plain).or(trace.filter(plain)).map(str::to_owned)
}

fn random() -> String {
    let mut bytes = [0; 12];
    SystemEntropy.fill(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
