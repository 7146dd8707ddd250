use std::borrow::Cow;

use axum::{
    extract::{Path, State as Extracted},
    http::{
        HeaderName, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use rust_embed::Embed;

use super::router::State;

/// What Vite makes of `web/`; nothing where that was not built.
#[derive(Embed)]
#[folder = "../web/dist/playground"]
#[allow_missing = true]
struct Built;

/// Everything comes from here, and so does every script. The editor writes styles into the page.
const POLICY: (HeaderName, &str) = (
    CONTENT_SECURITY_POLICY,
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
     font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);

/// The names of these files tell what is in them.
const FOR_EVER: (HeaderName, &str) = (CACHE_CONTROL, "public, max-age=31536000, immutable");

const NOT_BUILT: &str = include_str!("playground.html");

/// What a browser gets that opens `/graphql`.
pub fn page(State(shared): &State) -> Response {
    if !shared.playground {
        let message =
            "The playground is turned off here. GraphQL requests are answered: send them by POST.\n";
        return (StatusCode::NOT_FOUND, message).into_response();
    }
    let page = Built::get("index.html").map_or(Cow::Borrowed(NOT_BUILT.as_bytes()), |file| file.data);
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), POLICY], page).into_response()
}

/// A script, style or font of the page.
pub async fn part(Extracted(State(shared)): Extracted<State>, Path(name): Path<String>) -> Response {
    match Built::get(&format!("graphiql/{name}")).filter(|_| shared.playground) {
        Some(file) => {
            let media = (CONTENT_TYPE, file.metadata.mimetype());
            ([media], [FOR_EVER, POLICY], file.data).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
