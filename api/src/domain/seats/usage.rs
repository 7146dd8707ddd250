use entity::{InTenant, seats};
use uuid::Uuid;

use crate::domain::{Ctx, Error, ReadAhead, Result, policy};

/// How many seats are taken (S4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatUsage {
    /// Whose seats.
    pub tenant_id: Uuid,
    /// Rows in the users table (S1).
    pub used: i32,
    /// How many there may be.
    pub limit: i32,
    /// How many more there may be; never below 0.
    pub available: i32,
    /// Users who have not signed up yet.
    pub invited: i32,
    /// Users who can sign in.
    pub active: i32,
    /// Users who are suspended.
    pub suspended: i32,
    /// How near the limit is.
    pub state: SeatState,
}

/// How near the limit is, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatState {
    /// There is room.
    Available,
    /// At least 80 % used, or one seat left.
    NearLimit,
    /// None left.
    Full,
    /// More used than the limit, which was lowered (S3).
    OverLimit,
}

impl SeatUsage {
    /// What a seat row says.
    pub fn of(seats: &seats::Model) -> Self {
        let used = seats.invited + seats.active + seats.suspended;
        let limit = seats.seat_limit;
        Self {
            tenant_id: seats.tenant_id,
            used,
            limit,
            available: (limit - used).max(0),
            invited: seats.invited,
            active: seats.active,
            suspended: seats.suspended,
            state: SeatState::of(used, limit),
        }
    }
}

impl SeatState {
    fn of(used: i32, limit: i32) -> Self {
        let near = i64::from(used) * 5 >= i64::from(limit) * 4;
        match limit - used {
            ..0 => Self::OverLimit,
            0 => Self::Full,
            1 => Self::NearLimit,
            _ if near => Self::NearLimit,
            _ => Self::Available,
        }
    }
}

/// The seat usage of the tenant. Needs `users.view` (A2).
pub async fn usage(ctx: &Ctx) -> Result<SeatUsage> {
    policy::require(policy::may_view(&ctx.me), policy::NEEDS_VIEW)?;
    let row = match &ctx.read {
        ReadAhead::Seats(row) => row.clone(),
        _ => seats::Entity::in_tenant(ctx.tenant_id()).one(ctx.env.db.read()).await?,
    };
    let row = row.ok_or_else(|| Error::Internal("a tenant has no seat row".into()))?;
    Ok(SeatUsage::of(&row))
}
