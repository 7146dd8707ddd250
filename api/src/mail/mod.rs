//! Delivers what the outbox holds (I4): leases, cooldowns, and the transport behind them.

mod message;
mod not_sent;
mod transport;
mod worker;

pub use message::Letter;
pub use transport::Mailer;
pub use worker::Worker;
