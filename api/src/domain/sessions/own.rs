use entity::{InTenant, session};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::end_others;
use crate::domain::{
    Code, Ctx, Fault, Result,
    audit::{Changes, Target},
    ids::{self, Kind},
};

/// How many sessions are listed (B3).
const LISTED: u64 = 100;

/// The own sessions that run, newest first; the newest hundred.
pub async fn list(ctx: &Ctx) -> Result<Vec<session::Model>> {
    let own = session::Entity::in_tenant(ctx.tenant_id())
        .filter(session::Column::UserId.eq(ctx.me.user.id))
        .filter(session::Column::ExpiresAt.gt(ctx.env.now()))
        .order_by_desc(session::Column::CreatedAt)
        .order_by_desc(session::Column::Id)
        .limit(LISTED);
    Ok(own.all(ctx.env.db.read()).await?)
}

/// Ends one of the own sessions at once. Answers its id. `NOT_FOUND`.
pub async fn revoke(ctx: &Ctx, session_id: &str) -> Result<Uuid> {
    let not_found = || Fault::at(Code::NotFound, &["sessionId"]);
    let id = ids::decode(Kind::Session, session_id).ok_or_else(not_found)?;
    let (mut change, me) = ctx.begin().await?;
    let ended = session::Entity::delete_in(change.tenant)
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::UserId.eq(me.user.id))
        .filter(session::Column::ExpiresAt.gt(change.now))
        .exec(&change.txn)
        .await?;
    if ended.rows_affected == 0 {
        return Err(not_found().into());
    }
    change.record("session.revoked", Target::person(&me.user), Changes::default());
    change.commit().await?;
    Ok(id)
}

/// Ends all own sessions but the one that asks. Answers how many.
pub async fn revoke_others(ctx: &Ctx) -> Result<u64> {
    let (mut change, me) = ctx.begin().await?;
    let ended = end_others(&change.txn, &me.user, me.session.id, change.now).await?;
    if ended > 0 {
        change.record("session.others_revoked", Target::person(&me.user), Changes::default());
    }
    change.commit().await?;
    Ok(ended)
}
