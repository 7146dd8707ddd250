//! The program: see `rolecall --help`.

use std::process::ExitCode;

use rolecall::commands;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::parse() {
        Ok(cli) => commands::main(cli).await,
        Err(code) => code,
    }
}
