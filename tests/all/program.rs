//! The program as a process that ends by itself.

use std::process::{Command, Output};

/// `rolecall`, with none of the settings of whoever runs the tests.
pub fn program() -> Command {
    let mut command = Command::new(tests::process::program());
    let settings = std::env::vars_os().map(|(name, _)| name);
    settings.filter(|name| name.to_string_lossy().starts_with("ROLECALL_")).for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// Runs a command line to its end.
pub fn run(line: &str) -> Output {
    program().args(line.split_whitespace()).output().unwrap()
}
