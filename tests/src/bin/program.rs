//! `rolecall` once more, for tests that run it as a process: cargo builds a package's own programs with its tests, and no
//! other's.

use std::process::ExitCode;

use rolecall::commands;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::parse() {
        Ok(cli) => commands::main(cli).await,
        Err(code) => code,
    }
}
