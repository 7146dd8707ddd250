//! Slows down whoever guesses passwords (L4): counted in the database, before anything is hashed, alike for accounts
//! that exist and for those that do not.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{InTenant, known_network, sign_in_failure, tenant, user};
use ipnet::IpNet;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use sha2::{Digest, Sha256};

use super::{Client, Code, Env, Fault, Result, Visitor, insert::insert_unless_taken, text};

/// How long a network that somebody signed in from stays free.
const KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// What is counted: each scope by itself.
struct Scope {
    name: &'static str,
    /// So many failures in `window` are free.
    free: i32,
    window: TimeDelta,
    /// The pause behind the first that is not; it doubles with each one more.
    pause: TimeDelta,
    longest: TimeDelta,
}

/// One address of one tenant from one network.
const ACCOUNT_AND_NETWORK: Scope = Scope {
    name: "account and network",
    free: 5,
    window: TimeDelta::hours(24),
    pause: TimeDelta::seconds(5),
    longest: TimeDelta::minutes(15),
};
/// One address of one tenant from anywhere.
const ACCOUNT: Scope = Scope {
    name: "account",
    free: 100,
    window: TimeDelta::hours(1),
    pause: TimeDelta::minutes(15),
    longest: TimeDelta::hours(1),
};
/// One network, whatever it tries.
const NETWORK: Scope = Scope {
    name: "network",
    free: 300,
    window: TimeDelta::hours(1),
    pause: TimeDelta::minutes(1),
    longest: TimeDelta::hours(1),
};

/// An attempt that is counted as a failure until it turns out to be none.
pub struct Attempt {
    counted: Vec<(&'static Scope, Vec<u8>)>,
}

/// The network that a client belongs to: an IPv4 /24 or an IPv6 /64.
pub fn network(client: &Client) -> String {
    let of =
        |ip: IpAddr| IpNet::new(ip, if ip.is_ipv4() { 24 } else { 64 }).map(|net| net.trunc().to_string());
    client.ip.map(|ip| ip.to_canonical()).and_then(|ip| of(ip).ok()).unwrap_or_else(|| "local".into())
}

/// Counts an attempt on an account as sent, `user` where it exists, and refuses it while there is a pause.
/// `TOO_MANY_ATTEMPTS`.
pub async fn attempt(
    visitor: &Visitor,
    slug: &str,
    email: &str,
    user: Option<&user::Model>,
) -> Result<Attempt> {
    let (env, now, network) = (&visitor.env, visitor.env.now(), network(&visitor.client));
    let (slug, email) = (slug.trim().to_lowercase(), text::key(email.trim()));
    let txn = env.db.begin().await?;
    let known = is_known(&txn, user, &network, now).await?;
    let mut counted = vec![(&ACCOUNT_AND_NETWORK, key(&ACCOUNT_AND_NETWORK, &[&slug, &email, &network]))];
    if !known {
        counted.push((&ACCOUNT, key(&ACCOUNT, &[&slug, &email])));
    }
    counted.push((&NETWORK, key(&NETWORK, &[&network])));
    let mut retry_at = None;
    for (scope, key) in &counted {
        retry_at = std::cmp::max(retry_at, count(&txn, scope, key, now).await?);
    }
    txn.commit().await?;
    match retry_at {
        Some(at) => Err(Fault::at(Code::TooManyAttempts, &[]).retry_at(at).into()),
        None => Ok(Attempt { counted }),
    }
}

impl Attempt {
    /// Writes what is written already: for who would otherwise be told apart by writing nothing (L1).
    pub async fn count_again(self, env: &Env) -> Result<()> {
        let txn = env.db.begin().await?;
        for (_, key) in self.counted.into_iter().take(1) {
            let failures = Expr::col(sign_in_failure::Column::Failures);
            let same = update().col_expr(sign_in_failure::Column::Failures, failures);
            same.filter(sign_in_failure::Column::Counted.eq(key)).exec(&txn).await?;
        }
        Ok(txn.commit().await?)
    }

    /// It was none: what it counted is taken back, and the account's own count begins anew.
    pub async fn succeeded(self, env: &Env) -> Result<()> {
        let txn = env.db.begin().await?;
        for (scope, key) in self.counted {
            let of = sign_in_failure::Column::Counted.eq(key);
            if scope.name == ACCOUNT_AND_NETWORK.name {
                delete().filter(of).exec(&txn).await?;
            } else {
                let failures = Expr::col(sign_in_failure::Column::Failures);
                let fewer = failures.clone().sub(1);
                // It was heard, so there was no pause before it: the one that it began goes, too.
                let update = update().col_expr(sign_in_failure::Column::Failures, fewer).col_expr(
                    sign_in_failure::Column::BlockedUntil,
                    Expr::col(sign_in_failure::Column::Since),
                );
                update.filter(of).filter(failures.gt(0)).exec(&txn).await?;
            }
        }
        Ok(txn.commit().await?)
    }
}

/// Begins the account's count from the client's network anew: whoever read its mail need not wait for what was guessed
/// before.
pub async fn forgive(
    db: &impl ConnectionTrait,
    tenant: &tenant::Model,
    user: &user::Model,
    client: &Client,
) -> Result<()> {
    let key = key(&ACCOUNT_AND_NETWORK, &[&tenant.slug, &user.email_key, &network(client)]);
    delete().filter(sign_in_failure::Column::Counted.eq(key)).exec(db).await?;
    Ok(())
}

/// Notes that `user` signed in from the client's network, which stays free from now on.
pub async fn know_network(
    db: &impl ConnectionTrait,
    user: &user::Model,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = known_network::ActiveModel {
        tenant_id: Set(user.tenant_id),
        user_id: Set(user.id),
        network: Set(network(client)),
        last_seen_at: Set(now),
    };
    let key =
        [known_network::Column::TenantId, known_network::Column::UserId, known_network::Column::Network];
    let again = OnConflict::columns(key).update_column(known_network::Column::LastSeenAt).to_owned();
    known_network::Entity::insert(row).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}

async fn is_known(
    txn: &DatabaseTransaction,
    user: Option<&user::Model>,
    network: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    // Also for nobody: the look-up must not tell who exists by the time that it takes.
    let (tenant, id) = user.map(|user| (user.tenant_id, user.id)).unwrap_or_default();
    let found = known_network::Entity::in_tenant(tenant)
        .filter(known_network::Column::UserId.eq(id))
        .filter(known_network::Column::Network.eq(network))
        .filter(known_network::Column::LastSeenAt.gt(now - KNOWN_FOR))
        .one(txn);
    Ok(found.await?.is_some())
}

/// Counts one more under the row's lock. Answers from when the next attempt will be heard, where this one is refused.
async fn count(
    txn: &DatabaseTransaction,
    scope: &Scope,
    key: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let fresh = sign_in_failure::Model { counted: key.to_vec(), failures: 0, since: now, blocked_until: now };
    let mut row = loop {
        insert_unless_taken(txn, fresh.clone().into_active_model().reset_all()).await?;
        let of = find().filter(sign_in_failure::Column::Counted.eq(key));
        // Not there any more: whoever had it signed in at this moment, and the count begins anew.
        if let Some(row) = of.lock_exclusive().one(txn).await? {
            break row;
        }
    };
    let blocked = (row.blocked_until > now).then_some(row.blocked_until);
    if now - row.since >= scope.window {
        row.failures = 0;
        row.since = now;
    }
    row.failures = row.failures.saturating_add(1);
    if blocked.is_none() {
        row.blocked_until = now + scope.pause_after(row.failures);
    }
    sign_in_failure::Entity::update(row.into_active_model().reset_all()).exec(txn).await?;
    Ok(blocked)
}

impl Scope {
    fn pause_after(&self, failures: i32) -> TimeDelta {
        match u32::try_from(failures - self.free) {
            Ok(beyond) => {
                let pause = self.pause.checked_mul(1 << Ord::min(beyond, 20)).unwrap_or(self.longest);
                Ord::min(pause, self.longest)
            }
            Err(_) => TimeDelta::zero(),
        }
    }
}

fn key(scope: &Scope, parts: &[&str]) -> Vec<u8> {
    let mut hash = Sha256::new_with_prefix(scope.name);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

#[expect(clippy::disallowed_methods, reason = "counters stand outside the tenants (T2)")]
fn find() -> sea_orm::Select<sign_in_failure::Entity> {
    sign_in_failure::Entity::find()
}

#[expect(clippy::disallowed_methods, reason = "counters stand outside the tenants (T2)")]
fn update() -> sea_orm::UpdateMany<sign_in_failure::Entity> {
    sign_in_failure::Entity::update_many()
}

#[expect(clippy::disallowed_methods, reason = "counters stand outside the tenants (T2)")]
fn delete() -> sea_orm::DeleteMany<sign_in_failure::Entity> {
    sign_in_failure::Entity::delete_many()
}
