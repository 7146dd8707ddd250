//! Every rule of product.md, over HTTP, on both databases; a module for each group of rules.

#![expect(missing_docs, reason = "the names of tests are the rules")]

mod access;
mod audit;
mod bad_input;
mod invitations;
mod lists;
mod permissions;
mod prelude;
mod seats;
mod signing_in;
mod templates;
mod tenants;
mod users;
mod viewer_can;
