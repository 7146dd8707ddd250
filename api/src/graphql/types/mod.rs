//! The output types of the contract, a file per noun.

mod access;
mod connection;
mod date_time;
mod enums;
mod error;
mod invitation;
mod node;
mod permissions;
mod seats;
mod session;
mod template;
mod user;

pub use access::Access;
pub use connection::UserConnection;
pub use date_time::DateTime;
pub use enums::{
    DeliveryFailure, DeliveryState, EditableStatus, GrantSource, MutationErrorCode, OrderDirection,
    Permission, Role, SeatState, UserOrderField, UserStatus,
};
pub use error::MutationError;
pub use invitation::{Invitation, InvitationPreview};
pub use node::{Node, Tenant};
pub use permissions::{PermissionCategory, Permissions, catalog};
pub use seats::SeatUsage;
pub use session::Viewer;
pub use template::RoleTemplate;
pub use user::User;
