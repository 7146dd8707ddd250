use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{ByPlace, InTenant, Status, role_template, session, tenant, user};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DbBackend, QueryFilter, QueryTrait, Statement, sea_query::Expr,
};
use uuid::Uuid;

use super::beside::{Beside, KINDS, Nothing, Seats, User};
use crate::domain::{Ahead, Env, Principal, ReadAhead, Result, secrets::tokens};

/// How long a session may go unrecorded: its sliding costs one write in this time at most.
const SLIDE_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What a session is found by.
#[derive(Clone)]
pub enum Key {
    /// The hash of its token.
    TokenHash(Vec<u8>),
    /// Its id.
    Id(Uuid),
}

/// Whose token it is, with what is read beside it; none where it is wrong, ended or expired (A6). Being used, the session
/// slides (L3).
pub async fn authenticate(
    env: &Arc<Env>,
    token: &str,
    ahead: Ahead,
) -> Result<Option<(Principal, ReadAhead)>> {
    match ahead {
        Ahead::Nothing => Ok(by_token(env, token, Nothing).await?.map(|(me, ())| (me, ReadAhead::Nothing))),
        Ahead::Seats => Ok(by_token(env, token, Seats).await?.map(|(me, row)| (me, ReadAhead::Seats(row)))),
        Ahead::User(id) => Ok(by_token(env, token, User(id))
            .await?
            .map(|(me, found)| (me, ReadAhead::User(id, found.map(Box::new))))),
    }
}

async fn by_token<B: Beside>(
    env: &Arc<Env>,
    token: &str,
    beside: B,
) -> Result<Option<(Principal, B::Found)>> {
    let Some((tenant, hash)) = tokens::parse(token) else { return Ok(None) };
    let now = env.now();
    let found = principal(env.db.read(), tenant, Key::TokenHash(hash), now, beside).await?;
    let Some((mut principal, found)) = found else { return Ok(None) };
    if now - principal.session.last_seen_at >= SLIDE_EVERY {
        slide(env, &mut principal.session, now).await?;
    }
    Ok(Some((principal, found)))
}

/// Session, user, template and tenant, in one statement (P4): none unless the session runs and its user is active.
pub async fn principal<B: Beside>(
    db: &impl ConnectionTrait,
    tenant: Uuid,
    key: Key,
    now: DateTime<Utc>,
    beside: B,
) -> Result<Option<(Principal, B::Found)>> {
    let row = db.query_one_raw(statement(db.get_database_backend(), tenant, key, now, &beside)).await?;
    let Some(row) = row else { return Ok(None) };
    let mut place = 0;
    let session = session::Model::read(&row, &mut place)?;
    let user = user::Model::read(&row, &mut place)?;
    let template = role_template::Model::read_optional(&row, &mut place)?;
    let tenant = tenant::Model::read(&row, &mut place)?;
    let found = B::read(&row, &mut place)?;
    Ok(Some((Principal { tenant, user, template, session }, found)))
}

/// The statement of [`principal`]. Every request runs it, so its text is put together only once.
fn statement<B: Beside>(
    backend: DbBackend,
    tenant: Uuid,
    key: Key,
    now: DateTime<Utc>,
    beside: &B,
) -> Statement {
    static TEXTS: [[OnceLock<String>; 4]; KINDS] = [const { [const { OnceLock::new() }; 4] }; KINDS];
    let by_id = usize::from(matches!(key, Key::Id(_)));
    let text = &TEXTS[B::PLACE][usize::from(backend == DbBackend::Postgres) * 2 + by_id];
    let text = text.get_or_init(|| built(backend, tenant, key.clone(), now, beside).sql);
    let key = match key {
        Key::TokenHash(hash) => hash.into(),
        Key::Id(id) => id.into(),
    };
    let mut values = beside.values(tenant);
    values.extend([tenant.into(), key, now.into(), Status::Active.to_value().into()]);
    Statement::from_sql_and_values(backend, text, values)
}

fn built<B: Beside>(backend: DbBackend, tenant: Uuid, key: Key, now: DateTime<Utc>, beside: &B) -> Statement {
    let by = match key {
        Key::TokenHash(hash) => session::Column::TokenHash.eq(hash),
        Key::Id(id) => session::Column::Id.eq(id),
    };
    let mut select = session::Entity::in_tenant(tenant)
        .filter(by)
        .filter(session::Column::ExpiresAt.gt(now))
        .find_also_related(user::Entity)
        .find_also(user::Entity, role_template::Entity)
        .find_also(session::Entity, tenant::Entity)
        .filter(user::Column::Status.eq(Status::Active));
    beside.join(tenant, QueryTrait::query(&mut select));
    select.build(backend)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sessions::beside::Invited;

    fn is_its_own<B: Beside>(beside: &B) {
        let (tenant, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
        for key in [Key::TokenHash(vec![2; 32]), Key::Id(Uuid::from_u128(3))] {
            for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
                let kept = statement(backend, tenant, key.clone(), now, beside);
                assert_eq!(kept, built(backend, tenant, key.clone(), now, beside));
            }
        }
    }

    #[test]
    fn p4_the_text_that_is_kept_is_the_statements_own() {
        is_its_own(&Nothing);
        is_its_own(&Seats);
        is_its_own(&User(Uuid::from_u128(4)));
        is_its_own(&Invited { template: Some(Uuid::from_u128(5)), email_key: "ann@acme.test".to_owned() });
        is_its_own(&Invited { template: None, email_key: String::new() });
    }
}
