use entity::{InTenant, Status, credential, role_template, tenant, user};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{SignedIn, note_sign_in, open};
use crate::domain::{
    Code, Fault, Principal, Result, Visitor,
    audit::{self, Actor, Changes, Source, Target},
    passwords, tenants,
    text::Email,
    throttle, users,
};

type Account = (user::Model, Option<credential::Model>);

/// Signs in by tenant slug, address and password. Answers `INVALID_CREDENTIALS` alike for a wrong password, an unknown
/// address, an unknown tenant, an invited and a suspended user, after one hash in every case (L1).
pub async fn sign_in(visitor: &Visitor, slug: &str, email: &str, password: &str) -> Result<SignedIn> {
    let (env, db) = (&visitor.env, visitor.env.db.read());
    let tenant = tenants::by_slug(db, slug).await?;
    let account = account(db, tenant.as_ref(), email).await?;
    let (user, credential) = account.as_ref().map(|(user, credential)| (user, credential.as_ref())).unzip();
    let attempt = throttle::attempt(visitor, slug, email, user).await?;
    let hash = credential.flatten().map(|credential| credential.password_hash.clone());
    let matches = env.passwords.verify(password, hash).await?;
    if let (true, Some(tenant), Some(account)) = (matches, &tenant, &account)
        && let Some(signed_in) = open_session(visitor, tenant, account, password).await?
    {
        attempt.succeeded(env).await?;
        return Ok(signed_in);
    }
    match tenant {
        Some(tenant) => record_refusal(visitor, &tenant, account.map(|(user, _)| user)).await?,
        // As much work where there is no log to write to.
        None => attempt.count_again(env).await?,
    }
    Err(Fault::at(Code::InvalidCredentials, &[]).into())
}

/// Who it would be. Reads as much where there is nobody, so that the time does not tell.
async fn account(
    db: &impl ConnectionTrait,
    tenant: Option<&tenant::Model>,
    email: &str,
) -> Result<Option<Account>> {
    let tenant = tenant.map_or(Uuid::nil(), |tenant| tenant.id);
    let key = Email::parse(email).map(|email| email.key).unwrap_or_default();
    let user = users::by_email(db, tenant, &key).await?;
    let id = user.as_ref().map_or(Uuid::nil(), |user| user.id);
    let credential = credential::Entity::in_tenant(tenant).filter(credential::Column::UserId.eq(id)).one(db);
    let credential = credential.await?;
    Ok(user.map(|user| (user, credential)))
}

/// Opens the session unless the user or the password has changed since the password was checked. The lock on the
/// user's row orders this against a suspension, which ends sessions after it (U6).
async fn open_session(
    visitor: &Visitor,
    tenant: &tenant::Model,
    (user, credential): &Account,
    password: &str,
) -> Result<Option<SignedIn>> {
    let (env, now) = (&visitor.env, visitor.env.now());
    let renewed = match credential {
        Some(stored) => env.passwords.renew(password, &stored.password_hash).await?,
        None => None,
    };
    let txn = env.db.begin().await?;
    let locked = user::Entity::in_tenant(tenant.id)
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::Status.eq(Status::Active))
        .lock_exclusive()
        .one(&txn)
        .await?;
    let stored = credential::Entity::in_tenant(tenant.id)
        .filter(credential::Column::UserId.eq(user.id))
        .one(&txn)
        .await?;
    let Some(mut user) = locked.filter(|_| stored == *credential) else { return Ok(None) };
    if let Some(hash) = renewed {
        passwords::store(&txn, &user, hash, None).await?;
    }
    note_sign_in(&txn, &mut user, now).await?;
    let (token, session) = open(&txn, env, &visitor.client, &user, now).await?;
    audit::record(
        &txn,
        source(visitor, tenant, &user),
        "user.signed_in",
        Target::person(&user),
        Changes::default(),
    )
    .await?;
    let template = match user.role_template_id {
        Some(id) => {
            role_template::Entity::in_tenant(tenant.id)
                .filter(role_template::Column::Id.eq(id))
                .one(&txn)
                .await?
        }
        None => None,
    };
    txn.commit().await?;
    let principal = Principal { tenant: tenant.clone(), user, template, session };
    Ok(Some(SignedIn { token, principal }))
}

async fn record_refusal(visitor: &Visitor, tenant: &tenant::Model, user: Option<user::Model>) -> Result<()> {
    let txn = visitor.env.db.begin().await?;
    let target = user.as_ref().map_or(Target::Tenant, Target::person);
    let source =
        Source { env: &visitor.env, tenant: tenant.id, actor: None, request_id: visitor.request_id.clone() };
    audit::record(&txn, source, "sign_in.refused", target, Changes::default()).await?;
    Ok(txn.commit().await?)
}

fn source<'a>(visitor: &'a Visitor, tenant: &tenant::Model, user: &user::Model) -> Source<'a> {
    Source {
        env: &visitor.env,
        tenant: tenant.id,
        actor: Some(Actor::of(user)),
        request_id: visitor.request_id.clone(),
    }
}
