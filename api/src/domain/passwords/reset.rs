use entity::{InTenant, Status, password_reset, user};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use super::{check_length, choose, lock, store};
use crate::domain::{
    Code, Env, Error, Fault, Principal, Result, Visitor,
    audit::{Actor, Changes, Target},
    faults::Faults,
    outbox,
    secrets::{Links, Purpose},
    sessions::{self, SignedIn},
    tenants, throttle,
};

/// What somebody who forgot a password sends.
pub struct ResetPassword {
    /// The secret of the link.
    pub token: String,
    /// The new password.
    pub password: String,
}

/// Sets a password by a mailed link, which works once; ends all sessions, and signs in (L5).
pub async fn reset(visitor: &Visitor, input: ResetPassword) -> Result<SignedIn> {
    let env = &visitor.env;
    let mut faults = Faults::default();
    if let Err(fault) = check_length(&input.password, "password") {
        faults.push(fault);
    }
    faults.finish()?;

    // As with an invitation: the link is checked before the hash, and again under lock after it.
    let user = linked(env.db.read(), env, &input.token).await?;
    let tenant = tenants::by_id(env.db.read(), user.tenant_id).await?.ok_or_else(invalid)?;
    let hash = choose(env, &tenant, &user, &input.password, "password").await?;

    let mut change = visitor.begin(tenant.id).await?;
    let mut user = linked(&change.txn, env, &input.token).await?;
    lock(&change.txn, &user).await?;
    store(&change.txn, &user, hash, None).await?;
    outbox::forget_password_reset(&change, &user).await?;
    sessions::end_all(&change.txn, &user).await?;
    throttle::forgive(&change.txn, &tenant, &user, &visitor.client).await?;
    sessions::note_sign_in(&change.txn, &mut user, change.now).await?;
    let (token, session) = sessions::open(&change.txn, env, &visitor.client, &user, change.now).await?;
    outbox::notify_password_changed(&mut change, &user);
    change.actor = Some(Actor::of(&user));
    change.record("password.reset", Target::person(&user), Changes::default());
    let template = change.template(user.role_template_id).await?;
    change.commit().await?;
    Ok(SignedIn { token, principal: Principal { tenant, user, template, session } })
}

fn invalid() -> Error {
    Fault::at(Code::InvalidToken, &["token"]).into()
}

/// The active user that a link belongs to, which must be the one that counts. `INVALID_TOKEN`, `TOKEN_EXPIRED`.
async fn linked(db: &impl ConnectionTrait, env: &Env, token: &str) -> Result<user::Model> {
    let link = Links::parse(token).ok_or_else(invalid)?;
    let found = password_reset::Entity::in_tenant(link.tenant)
        .filter(password_reset::Column::UserId.eq(link.user))
        .find_also_related(user::Entity)
        .one(db)
        .await?;
    let Some((reset, Some(user))) = found else { return Err(invalid()) };
    let counts = env.links.verify(&link, Purpose::PasswordReset, &reset.nonce, reset.expires_at);
    if !counts || user.status != Status::Active {
        return Err(invalid());
    }
    if reset.expires_at <= env.now() {
        return Err(Fault::at(Code::TokenExpired, &["token"]).into());
    }
    Ok(user)
}
