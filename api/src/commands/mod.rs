//! The commands of the program, one a file.

mod cli;
mod demo;
mod demo_data;
mod doctor;
mod migrate;
mod sentence;
mod serve;
mod tenant;

pub use cli::{main, parse};
