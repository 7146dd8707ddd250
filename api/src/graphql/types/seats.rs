use async_graphql::{ID, SimpleObject};

use super::SeatState;
use crate::domain::{
    ids::{self, Kind},
    seats,
};

/// How many seats are taken. `id` is the same for all seat usage of one tenant, so that client caches keep one.
#[derive(SimpleObject)]
pub struct SeatUsage {
    /// The same for all seat usage of one tenant.
    id: ID,
    /// Rows in the users table, whatever their status.
    used: i32,
    /// How many there may be.
    limit: i32,
    /// How many more there may be; never below 0.
    available: i32,
    /// How near the limit is.
    state: SeatState,
    /// Users who have not signed up yet.
    invited: i32,
    /// Users who can sign in.
    active: i32,
    /// Users who are suspended.
    suspended: i32,
}

impl From<seats::SeatUsage> for SeatUsage {
    fn from(usage: seats::SeatUsage) -> Self {
        let seats::SeatUsage { tenant_id, used, limit, available, invited, active, suspended, state } = usage;
        let id = ids::encode(Kind::Seats, tenant_id).into();
        Self { id, used, limit, available, state: state.into(), invited, active, suspended }
    }
}
