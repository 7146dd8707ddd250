use axum::{
    Extension,
    extract::{Request, State as Extracted},
    http::header,
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, error_span};

use super::{request_id::RequestId, router::State};
use crate::telemetry::{Watch, continue_trace};

/// Watches a request from its head to its answer: one line in the log, and a place in the metrics.
pub async fn middleware(
    Extracted(State(shared)): Extracted<State>,
    Extension(RequestId(id)): Extension<RequestId>,
    mut request: Request,
    next: Next,
) -> Response {
    // Of the highest level, so that whatever is logged while it runs has its id.
    let span = error_span!("request", id = %id);
    if let Some(trace) = request.headers().get("traceparent").and_then(|value| value.to_str().ok()) {
        continue_trace(&span, trace);
    }
    let watch = Watch::begin(shared.metrics.clone(), span.clone(), id);
    request.extensions_mut().insert(watch.clone());
    let response = next.run(request).instrument(span).await;
    watch.answered(response.status().as_u16());
    let media = response.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    if media.is_some_and(|media| media.starts_with(b"text/html")) {
        watch.untold();
    }
    response
}
