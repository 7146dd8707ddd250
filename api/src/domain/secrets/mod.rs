//! Links, session tokens and passwords: the only places that touch cryptography, all of it from crates.

mod links;
pub mod passwords;
pub mod tokens;

pub use links::{Link, Links, Purpose};
pub use passwords::Passwords;
