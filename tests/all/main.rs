//! Every rule of product.md, over HTTP, on both databases; a module for each group of rules.

mod access;
mod audit;
mod bad_input;
mod catalog;
mod edits;
mod escalation;
mod explain;
mod faults;
mod filters;
mod ids;
mod invitations;
mod last_admin;
mod links;
mod lists;
mod outbox;
mod passwords;
mod permissions;
mod prelude;
mod seats;
mod signing_in;
mod templates;
mod tenants;
mod users;
mod viewer_can;
