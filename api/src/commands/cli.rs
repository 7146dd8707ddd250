use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand, error::ErrorKind};

use super::{demo, doctor, migrate, sentence::sentence, serve, tenant};
use crate::{
    config::{Config, WrongSetting},
    graphql, telemetry,
};

/// The backend of a SaaS product's Settings → Users page
#[derive(Debug, Parser)]
#[command(name = "rolecall", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One command to a living system: a fresh SQLite with a company in it, gone when it ends
    Demo(demo::Options),
    /// The server; applies pending migrations first
    Serve(serve::Options),
    /// Applies migrations
    Migrate(migrate::Options),
    /// Creates and changes tenants
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Prints the GraphQL schema
    Schema,
    /// Checks the database against the rules that must always hold; exits 1 if one is broken
    Doctor(doctor::Options),
}

/// Reads the command line. A wrong setting ends the program with exit code 2 and one sentence that names it.
pub fn parse() -> std::result::Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::from(u8::from(error.use_stderr()) * 2)
        }
        _ => {
            eprintln!("error: {}", sentence(&error));
            ExitCode::from(2)
        }
    })
}

/// Runs a command.
pub async fn main(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Demo(options) => demo::run(options).await,
        Command::Serve(options) => serve::run(options).await,
        Command::Migrate(options) => migrate::run(options).await,
        Command::Tenant(command) => tenant::run(command).await,
        Command::Doctor(options) => doctor::run(options).await,
        Command::Schema => {
            print!("{}", graphql::sdl());
            Ok(ExitCode::SUCCESS)
        }
    };
    outcome.unwrap_or_else(|error| match error.downcast_ref::<WrongSetting>() {
        Some(wrong) => {
            eprintln!("error: {wrong}");
            ExitCode::from(2)
        }
        None => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    })
}

/// Starts logging and gives the settings back. A command that ends by itself sends no traces.
pub fn logging(config: Config) -> Result<Config> {
    telemetry::init(&config.log, config.log_format, None)?;
    Ok(config)
}
