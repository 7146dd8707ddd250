//! `rolecall` once more, for tests that run it as a process: cargo tells a test only of programs of its own package.

use std::process::ExitCode;

use rolecall::commands;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::parse() {
        Ok(cli) => commands::main(cli).await,
        Err(code) => code,
    }
}
