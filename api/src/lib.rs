//! Rolecall: the backend of a SaaS product's Settings → Users page.

pub mod app;
pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod domain;
pub mod graphql;
pub mod http;
pub mod mail;
pub mod telemetry;
