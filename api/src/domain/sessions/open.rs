use chrono::{DateTime, Utc};
use entity::{InTenant, session, user};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use uuid::Uuid;

use crate::domain::{Client, Env, Principal, Result, secrets::tokens, throttle};

/// Somebody who has just signed in.
pub struct SignedIn {
    /// Shown this once; stored only as a hash.
    pub token: String,
    /// Who it is, with the new session.
    pub principal: Principal,
}

/// Opens a session for `user`, and clears away those of its sessions that have expired. Answers the token.
pub async fn open(
    db: &impl ConnectionTrait,
    env: &Env,
    client: &Client,
    user: &user::Model,
    now: DateTime<Utc>,
) -> Result<(String, session::Model)> {
    session::Entity::delete_in(user.tenant_id)
        .filter(session::Column::UserId.eq(user.id))
        .filter(session::Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    let (token, token_hash) = tokens::new(user.tenant_id, &*env.entropy);
    let settings = &env.settings;
    let session = session::Model {
        tenant_id: user.tenant_id,
        id: env.new_id(),
        user_id: user.id,
        token_hash,
        created_at: now,
        last_seen_at: now,
        expires_at: now + settings.session_idle.min(settings.session_max),
        ip_address: client.ip.map(|ip| ip.to_canonical().to_string()),
        user_agent: client.user_agent.clone(),
    };
    let row = session.clone().into_active_model().reset_all();
    session::Entity::insert(row).exec_without_returning(db).await?;
    throttle::know_network(db, user, client, now).await?;
    Ok((token, session))
}

/// Ends every session of `user` at once (U6).
pub async fn end_all(db: &impl ConnectionTrait, user: &user::Model) -> Result<()> {
    let theirs = session::Entity::delete_in(user.tenant_id).filter(session::Column::UserId.eq(user.id));
    theirs.exec(db).await?;
    Ok(())
}

/// Ends every session of `user` that runs, but `kept`. Answers how many.
pub async fn end_others(
    db: &impl ConnectionTrait,
    user: &user::Model,
    kept: Uuid,
    now: DateTime<Utc>,
) -> Result<u64> {
    let others = session::Entity::delete_in(user.tenant_id)
        .filter(session::Column::UserId.eq(user.id))
        .filter(session::Column::Id.ne(kept))
        .filter(session::Column::ExpiresAt.gt(now));
    Ok(others.exec(db).await?.rows_affected)
}

/// Notes a successful sign-in, which counts no version (U3, U4).
pub async fn note_sign_in(
    db: &impl ConnectionTrait,
    user: &mut user::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    user.last_login_at = now;
    let row = user::ActiveModel {
        tenant_id: Set(user.tenant_id),
        id: Set(user.id),
        last_login_at: Set(now),
        ..Default::default()
    };
    user::Entity::update(row).exec(db).await?;
    Ok(())
}
