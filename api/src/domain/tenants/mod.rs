//! Tenants, as operators handle them from the command line (T4).

mod create;
mod find;
mod invite_admin;
mod set_seats;

use entity::tenant;
use uuid::Uuid;

pub use create::create;
pub use find::{Summary, list};
pub(super) use find::{by_id, by_slug};
pub use invite_admin::invite_admin;
pub use set_seats::set_seats;

/// A tenant with an admin who has just been invited.
pub struct Created {
    /// The tenant.
    pub tenant: tenant::Model,
    /// The invited admin.
    pub admin: Uuid,
    /// The secret of the admin's link.
    pub invite_token: String,
}
