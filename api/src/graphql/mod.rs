//! The public face: shape and guards. A resolver parses, calls one operation of the domain, and wraps its answer.

mod caller;
mod error;
mod guard;
mod in_turn;
mod input;
pub mod json;
mod lenient;
mod limits;
mod loaders;
mod mutation;
mod plan;
mod query;
mod run;
mod schema;
mod told;
mod types;

pub use caller::{Caller, CookieChange};
pub use error::Error;
pub use plan::Plan;
pub use run::{failed, refused, run};
pub use schema::{Schema, build, sdl};
