//! The public face: shape and guards. A resolver parses, calls one operation of the domain, and wraps its answer.

mod caller;
mod error;
mod guard;
mod in_turn;
mod input;
mod lenient;
mod limits;
mod loaders;
mod mutation;
mod query;
mod run;
mod schema;
mod told;
mod types;

pub use caller::{Caller, CookieChange};
pub use error::Error;
pub use run::{failed, is_mutation, run};
pub use schema::{Schema, build, sdl};
