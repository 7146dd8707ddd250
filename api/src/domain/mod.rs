//! The rules of product.md. Knows no GraphQL, no HTTP and no SMTP: an operation takes a [`Ctx`] (somebody who is
//! signed in) or a [`Visitor`] (nobody is), does everything in one transaction, and answers domain types.

pub mod access;
pub mod audit;
pub mod catalog;
mod change;
mod ctx;
pub mod doctor;
mod env;
mod error;
mod escalation;
mod faults;
pub mod ids;
mod insert;
pub mod outbox;
pub mod passwords;
mod patch;
pub mod policy;
pub mod seats;
pub mod secrets;
pub mod sessions;
pub mod templates;
pub mod tenants;
pub mod text;
mod throttle;
pub mod users;
mod writes;

pub use change::Change;
pub use ctx::{Ahead, Client, Ctx, Principal, ReadAhead, Visitor};
pub use env::{Env, Settings};
pub use error::{Code, Error, Fault, Result};
pub use patch::{Patch, PermissionsPatch};
