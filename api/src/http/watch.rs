use axum::{
    Extension,
    extract::{Request, State as Extracted},
    http::header,
    middleware::Next,
    response::Response,
};
use tracing::Span;

use super::{request_id::RequestId, router::State};
use crate::telemetry::Watch;

/// Watches a request from its head to its answer: one line in the log, and a place in the metrics.
pub async fn middleware(
    Extracted(State(shared)): Extracted<State>,
    Extension(RequestId(id)): Extension<RequestId>,
    mut request: Request,
    next: Next,
) -> Response {
    let watch = Watch::begin(shared.metrics.clone(), Span::current(), id);
    request.extensions_mut().insert(watch.clone());
    let response = next.run(request).await;
    watch.answered(response.status().as_u16());
    let media = response.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    if media.is_some_and(|media| media.starts_with(b"text/html")) {
        watch.untold();
    }
    response
}
