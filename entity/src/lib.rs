//! The tables and the values in them. Every table but `tenants` is read and written through
//! [`InTenant`], so that no statement can be started without naming its tenant (T1, T2).

pub mod audit_event;
mod by_place;
pub mod credential;
pub mod invitation;
pub mod known_network;
pub mod mail;
pub mod mail_cooldown;
pub mod password_reset;
pub mod permission;
pub mod person_label;
pub mod role_template;
pub mod seats;
pub mod session;
pub mod sign_in_failure;
pub mod tenant;
mod tenant_scope;
pub mod user;
pub mod values;

pub use by_place::ByPlace;
pub use permission::{Action, Category, Permission, Permissions};
pub use tenant_scope::InTenant;
pub use values::{Delivery, DeliveryFailure, MailKind, Role, Status};
