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

use super::{cookie::Cookies, graphql, health, playground, proxies::Proxies, request_id};
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
    pub playground: bool,
    /// None where introspection is turned off.
    pub sdl: Option<String>,
}

impl State {
    /// Answers from `env` through `schema`.
    pub fn new(env: Arc<Env>, schema: Schema, config: &Config, base_url: &str) -> Self {
        Self(Arc::new(Shared {
            env,
            schema,
            cookies: Cookies::for_base(base_url),
            proxies: Proxies(config.trusted_proxies.clone()),
            playground: !config.no_playground,
            sdl: (!config.no_introspection).then(face::sdl),
        }))
    }
}

/// Every route.
pub fn router(state: State) -> Router {
    let graphql = get(graphql::get).post(graphql::post).layer(DefaultBodyLimit::max(MAX_BODY));
    Router::new()
        .route("/graphql", graphql)
        .route("/graphiql/{*name}", get(playground::part))
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
    match shared.sdl.clone() {
        Some(sdl) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], sdl).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
