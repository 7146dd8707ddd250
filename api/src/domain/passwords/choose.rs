use entity::{InTenant, credential, tenant, user};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::domain::{
    Code, Env, Fault, Result,
    secrets::passwords::{LengthFault, MAX_LENGTH, MIN_LENGTH, length},
};

/// What is wrong with the length of a password that somebody typed into `field`.
pub fn check_length(password: &str, field: &str) -> std::result::Result<(), Fault> {
    length(password).map_err(|fault| match fault {
        LengthFault::TooShort => Fault::at(Code::WeakPassword, &[field])
            .saying(format!("A password has at least {MIN_LENGTH} characters.")),
        LengthFault::TooLong => Fault::at(Code::TooLong, &[field])
            .saying(format!("A password has at most {MAX_LENGTH} characters.")),
    })
}

/// The hash of a password that is good enough for `user`, its own address, name and tenant counted in (L2).
/// `WEAK_PASSWORD`.
pub async fn choose(
    env: &Env,
    tenant: &tenant::Model,
    user: &user::Model,
    password: &str,
    field: &str,
) -> Result<String> {
    let name = user.name.as_deref().unwrap_or_default();
    let guessable = [user.email.as_str(), tenant.name.as_str(), tenant.slug.as_str(), name];
    if let Some(advice) = env.passwords.check_strength(password, &guessable).await? {
        return Err(Fault::at(Code::WeakPassword, &[field]).saying(advice).into());
    }
    env.passwords.hash(password).await
}

/// Locks the row of `user` as a sign-in does, so that none with the former password slips in beside (L5).
pub async fn lock(db: &impl ConnectionTrait, user: &user::Model) -> Result<()> {
    let row = user::Entity::in_tenant(user.tenant_id).filter(user::Column::Id.eq(user.id));
    row.lock_exclusive().one(db).await?;
    Ok(())
}

/// Stores another password. Answers whether the one that was to be replaced, where it is named, was still there.
pub async fn store(
    db: &impl ConnectionTrait,
    user: &user::Model,
    hash: String,
    replacing: Option<&str>,
) -> Result<bool> {
    let mut update = credential::Entity::update_in(user.tenant_id)
        .col_expr(credential::Column::PasswordHash, Expr::value(hash))
        .filter(credential::Column::UserId.eq(user.id));
    if let Some(present) = replacing {
        update = update.filter(Expr::col(credential::Column::PasswordHash).eq(present));
    }
    Ok(update.exec(db).await?.rows_affected == 1)
}
