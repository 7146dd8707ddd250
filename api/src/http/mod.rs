//! Who is asking, and the GraphQL-over-HTTP surface.

mod accept;
mod admission;
mod browsers;
mod cookie;
mod graphql;
mod health;
mod persisted;
mod playground;
mod proxies;
mod request_id;
mod router;
mod server;
mod watch;
mod who;

pub use router::{State, router};
pub use server::serve;
