use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};

use super::{cookie::Cookies, graphql, health, proxies::Proxies, request_id};
use crate::{
    config::Config,
    domain::Env,
    graphql::{self as face, Schema},
};

/// How large a request may be.
pub const MAX_BODY: usize = 256 * 1024;

/// What the handlers share.
#[derive(Clone)]
pub struct State(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub env: Arc<Env>,
    pub schema: Schema,
    pub cookies: Cookies,
    pub proxies: Proxies,
    pub sdl: String,
}

impl State {
    /// Answers from `env` through `schema`.
    pub fn new(env: Arc<Env>, schema: Schema, config: &Config, base_url: &str) -> Self {
        let sdl = face::sdl();
        Self(Arc::new(Shared {
            env,
            schema,
            cookies: Cookies::for_base(base_url),
            proxies: Proxies(config.trusted_proxies.clone()),
            sdl,
        }))
    }
}

/// Every route.
pub fn router(state: State) -> Router {
    let graphql = get(graphql::get).post(graphql::post).layer(DefaultBodyLimit::max(MAX_BODY));
    Router::new()
        .route("/graphql", graphql)
        .route("/schema.graphql", get(schema))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(state)
        .layer(CatchPanicLayer::new())
        .layer(header_of(header::CACHE_CONTROL, "no-store"))
        .layer(header_of(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header_of(header::X_FRAME_OPTIONS, "DENY"))
        .layer(header_of(header::REFERRER_POLICY, "no-referrer"))
        .layer(middleware::from_fn(request_id::middleware))
}

fn header_of(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

async fn schema(axum::extract::State(State(shared)): axum::extract::State<State>) -> Response {
    let text = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
    (StatusCode::OK, [text], shared.sdl.clone()).into_response()
}
