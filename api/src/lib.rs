//! Rolecall: the backend of a SaaS product's Settings → Users page.

pub mod clock;
pub mod db;
pub mod domain;
pub mod graphql;
