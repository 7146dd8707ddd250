use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    admission::Admission,
    browsers::{self, Origins},
    cookie::Cookies,
    graphql, health,
    persisted::Persisted,
    playground,
    proxies::Proxies,
    request_id, watch,
};
use crate::{
    config::Config,
    domain::Env,
    graphql::{self as face, Schema},
    telemetry::Metrics,
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
    pub metrics: Metrics,
    pub playground: bool,
    /// None where introspection is turned off.
    pub sdl: Option<String>,
    pub origins: Origins,
    pub admission: Admission,
    pub persisted: Persisted,
    /// Whose pages browsers let call.
    allowed_origins: Vec<String>,
    https: bool,
}

impl State {
    /// Answers from `env` through `schema`.
    pub fn new(env: Arc<Env>, schema: Schema, metrics: Metrics, config: &Config, base_url: &str) -> Self {
        Self(Arc::new(Shared {
            env,
            schema,
            cookies: Cookies::for_base(base_url),
            proxies: Proxies(config.trusted_proxies.clone()),
            metrics,
            playground: !config.no_playground,
            sdl: (!config.no_introspection).then(face::sdl),
            origins: Origins::new(base_url, &config.allowed_origins),
            admission: Admission::new(config),
            persisted: Persisted::new(config.persisted_queries.clone()),
            allowed_origins: config.allowed_origins.clone(),
            https: base_url.starts_with("https://"),
        }))
    }
}

/// Every route.
pub fn router(state: State) -> Router {
    let graphql = get(graphql::get)
        .post(graphql::post)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(state.clone(), watch::middleware));
    let shared = state.0.clone();
    let routes = Router::new()
        .route("/graphql", graphql)
        .route("/graphiql/{*name}", get(playground::part))
        .route("/schema.graphql", get(schema))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(state)
        .layer(CatchPanicLayer::new());
    let routes = browsers::cors(routes, &shared.allowed_origins);
    browsers::guarded(routes, shared.https).layer(middleware::from_fn(request_id::middleware))
}

async fn schema(axum::extract::State(State(shared)): axum::extract::State<State>) -> Response {
    match shared.sdl.clone() {
        Some(sdl) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], sdl).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
