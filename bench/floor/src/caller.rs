//! Who is asking: the condition on the session that stands in every statement, and its sliding.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use uuid::Uuid;

use crate::answer::Failure;

/// A bearer token that may be somebody's.
pub struct Token {
    /// The tenant that it claims.
    pub tenant: Uuid,
    /// What is stored of it.
    pub hash: Vec<u8>,
    /// When it came.
    pub now: DateTime<Utc>,
}

/// Session, user and template of the caller: $1 is the tenant, $2 the hash of the token, $3 this instant.
macro_rules! callers {
    () => {
        "sessions s
         JOIN users me ON me.tenant_id = s.tenant_id AND me.id = s.user_id
         LEFT JOIN role_templates mine ON mine.tenant_id = me.tenant_id AND mine.id = me.role_template_id"
    };
}
pub(crate) use callers;

/// The session runs and its user is active.
macro_rules! is_signed_in {
    () => {
        "s.tenant_id = $1 AND s.token_hash = $2 AND s.expires_at > $3 AND me.status = 1"
    };
}
pub(crate) use is_signed_in;

/// Admins, and who holds `users.view`, the eleventh permission.
macro_rules! may_view {
    () => {
        "(me.role = 0 OR (me.permissions | coalesce(mine.permissions, 0)) & 1024 <> 0)"
    };
}
pub(crate) use may_view;

impl<S: Sync> FromRequestParts<S> for Token {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        value.and_then(|value| value.strip_prefix("Bearer ")).and_then(parse).ok_or(Failure::Unauthorized)
    }
}

#[expect(clippy::disallowed_methods, reason = "nobody moves the clock of the floor")]
fn parse(token: &str) -> Option<Token> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.strip_prefix("rcs_")?).ok()?;
    let tenant = Uuid::from_slice(bytes.get(..16).filter(|_| bytes.len() == 48)?).ok()?;
    Some(Token { tenant, hash: Sha256::digest(token).to_vec(), now: Utc::now() })
}

/// Being used, a session slides, at most once a minute.
pub async fn slide(pool: &PgPool, token: &Token, last_seen_at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    if token.now - last_seen_at < TimeDelta::minutes(1) {
        return Ok(());
    }
    let slide = "UPDATE sessions SET last_seen_at = $3,
            expires_at = least($3 + interval '12 hours', created_at + interval '30 days')
        WHERE tenant_id = $1 AND token_hash = $2 AND last_seen_at <= $3 - interval '1 minute'";
    sqlx::query(slide).bind(token.tenant).bind(&token.hash).bind(token.now).execute(pool).await?;
    Ok(())
}
