//! Seats: a row in the users table is one (S1).

mod usage;

use entity::{InTenant, seats};
use sea_orm::{ConnectionTrait, QuerySelect};
use uuid::Uuid;

pub use usage::{SeatState, SeatUsage, usage};

use super::{Error, Result};

/// Reads the seat row of a tenant that exists and locks it until the end of the transaction.
pub async fn lock(db: &impl ConnectionTrait, tenant: Uuid) -> Result<seats::Model> {
    let row = seats::Entity::in_tenant(tenant).lock_exclusive().one(db).await?;
    row.ok_or_else(|| Error::Internal(format!("tenant {tenant} has no seat row")))
}
