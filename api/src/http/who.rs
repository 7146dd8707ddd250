use std::{net::SocketAddr, sync::Arc};

use axum::http::{HeaderMap, header};
use tokio::time::Instant;

use super::{request_id::RequestId, router::Shared};
use crate::{
    domain::{Ahead, Ctx, Result, Visitor, sessions},
    graphql::Caller,
    telemetry::Watch,
};

/// Who sent a request. A bearer token goes before a cookie, even a wrong one; a token that is wrong, ended or expired is
/// nobody (A6, L3).
pub async fn who(
    shared: &Shared,
    headers: &HeaderMap,
    (peer, RequestId(id), watch): (SocketAddr, RequestId, Arc<Watch>),
    deadline: Instant,
    ahead: Ahead,
) -> Result<Caller> {
    let (env, request_id) = (shared.env.clone(), Some(id));
    let client = shared.proxies.client(peer, headers);
    let token = match bearer(headers) {
        Some(token) => Some(token),
        None => shared.cookies.token(headers),
    };
    let me = match token {
        Some(token) => sessions::authenticate(&env, token, ahead).await?,
        None => None,
    };
    let ctx = me.map(|(me, read)| {
        let (env, client, request_id) = (env.clone(), client.clone(), request_id.clone());
        Ctx { env, me, read, client, request_id }
    });
    Ok(Caller::new(Visitor { env, client, request_id }, ctx, watch, deadline))
}

/// Whether a request is somebody's by their cookie alone.
pub fn by_cookie(shared: &Shared, headers: &HeaderMap) -> bool {
    bearer(headers).is_none() && shared.cookies.token(headers).is_some()
}

/// The bearer token; an `Authorization` that cannot be read is a wrong one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or_default();
    Some(if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" })
}
