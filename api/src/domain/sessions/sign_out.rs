use entity::{InTenant, session};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::domain::{
    Ctx, Error, Result,
    audit::{self, Actor, Changes, Source, Target},
};

/// Ends the session that asks, at once (L3).
pub async fn sign_out(ctx: &Ctx) -> Result<()> {
    let txn = ctx.env.db.begin().await?;
    let this = session::Entity::delete_in(ctx.tenant_id()).filter(session::Column::Id.eq(ctx.me.session.id));
    if this.exec(&txn).await?.rows_affected == 0 {
        return Err(Error::Unauthenticated);
    }
    let user = &ctx.me.user;
    let source = Source {
        env: &ctx.env,
        tenant: ctx.tenant_id(),
        actor: Some(Actor::of(user)),
        request_id: ctx.request_id.clone(),
    };
    audit::record(&txn, source, "user.signed_out", Target::person(user), Changes::default()).await?;
    Ok(txn.commit().await?)
}
