use entity::{InTenant, credential};
use sea_orm::{ColumnTrait, QueryFilter};

use super::{check_length, choose, lock, store};
use crate::domain::{
    Code, Ctx, Error, Fault, Result,
    audit::{Changes, Target},
    faults::Faults,
    outbox, sessions, throttle,
};

/// What somebody who knows the present password sends.
pub struct ChangePassword {
    /// The present one.
    pub current: String,
    /// The new one.
    pub new: String,
}

/// Changes the own password; ends all other sessions, and tells by mail (L5). `INVALID_CREDENTIALS`.
pub async fn change(ctx: &Ctx, input: ChangePassword) -> Result<()> {
    let mut faults = Faults::default();
    if let Err(fault) = check_length(&input.new, "newPassword") {
        faults.push(fault);
    }
    faults.finish()?;

    let (env, tenant, user) = (&ctx.env, &ctx.me.tenant, &ctx.me.user);
    let attempt = throttle::attempt(&ctx.visitor(), &tenant.slug, &user.email, Some(user)).await?;
    let stored = credential::Entity::in_tenant(tenant.id)
        .filter(credential::Column::UserId.eq(user.id))
        .one(env.db.read())
        .await?
        .ok_or(Error::Unauthenticated)?;
    let present = stored.password_hash;
    if !env.passwords.verify(&input.current, Some(present.clone())).await? {
        return Err(wrong().into());
    }
    attempt.succeeded(env).await?;
    let hash = choose(env, tenant, user, &input.new, "newPassword").await?;

    let (mut change, me) = ctx.begin().await?;
    lock(&change.txn, &me.user).await?;
    if !store(&change.txn, &me.user, hash, Some(&present)).await? {
        return Err(wrong().into());
    }
    outbox::forget_password_reset(&change, &me.user).await?;
    sessions::end_others(&change.txn, &me.user, me.session.id, change.now).await?;
    outbox::notify_password_changed(&mut change, &me.user);
    change.record("password.changed", Target::person(&me.user), Changes::default());
    change.commit().await
}

fn wrong() -> Fault {
    Fault::at(Code::InvalidCredentials, &["currentPassword"]).saying("This is not your current password.")
}
