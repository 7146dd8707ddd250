use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{ByPlace, InTenant, Status, role_template, session, tenant, user};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};
use uuid::Uuid;

use crate::domain::{Env, Principal, Result, secrets::tokens};

/// How long a session may go unrecorded: its sliding costs one write in this time at most.
const SLIDE_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What a session is found by.
pub enum Key {
    /// The hash of its token.
    TokenHash(Vec<u8>),
    /// Its id.
    Id(Uuid),
}

/// Whose token it is; none where it is wrong, ended or expired (A6). Being used, the session slides (L3).
pub async fn authenticate(env: &Arc<Env>, token: &str) -> Result<Option<Principal>> {
    let Some((tenant, hash)) = tokens::parse(token) else { return Ok(None) };
    let now = env.now();
    let found = principal(env.db.read(), tenant, Key::TokenHash(hash), now).await?;
    let Some(mut principal) = found else { return Ok(None) };
    if now - principal.session.last_seen_at >= SLIDE_EVERY {
        slide(env, &mut principal.session, now).await?;
    }
    Ok(Some(principal))
}

/// Session, user, template and tenant, in one statement (P4): none unless the session runs and its user is active.
pub async fn principal(
    db: &impl ConnectionTrait,
    tenant: Uuid,
    key: Key,
    now: DateTime<Utc>,
) -> Result<Option<Principal>> {
    let by = match key {
        Key::TokenHash(hash) => session::Column::TokenHash.eq(hash),
        Key::Id(id) => session::Column::Id.eq(id),
    };
    let found = session::Entity::in_tenant(tenant)
        .filter(by)
        .filter(session::Column::ExpiresAt.gt(now))
        .find_also_related(user::Entity)
        .find_also(user::Entity, role_template::Entity)
        .find_also(session::Entity, tenant::Entity)
        .filter(user::Column::Status.eq(Status::Active))
        .limit(1);
    let row = db.query_one_raw(found.build(db.get_database_backend())).await?;
    let Some(row) = row else { return Ok(None) };
    let mut place = 0;
    let session = session::Model::read(&row, &mut place)?;
    let user = user::Model::read(&row, &mut place)?;
    let template = role_template::Model::read_optional(&row, &mut place)?;
    let tenant = tenant::Model::read(&row, &mut place)?;
    Ok(Some(Principal { tenant, user, template, session }))
}

async fn slide(env: &Env, session: &mut session::Model, now: DateTime<Utc>) -> Result<()> {
    let end = session.created_at + env.settings.session_max;
    session.expires_at = (now + env.settings.session_idle).min(end);
    session.last_seen_at = now;
    let txn = env.db.begin().await?;
    session::Entity::update_in(session.tenant_id)
        .col_expr(session::Column::ExpiresAt, Expr::value(session.expires_at))
        .col_expr(session::Column::LastSeenAt, Expr::value(now))
        .filter(session::Column::Id.eq(session.id))
        .filter(session::Column::LastSeenAt.lte(now - SLIDE_EVERY))
        .exec(&txn)
        .await?;
    Ok(txn.commit().await?)
}
