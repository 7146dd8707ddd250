use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use super::cli::logging;
use crate::{app, config::Config};

/// What `migrate` takes.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    config: Config,
    /// Lists the migrations, and applies none
    #[arg(long)]
    status: bool,
}

/// Applies pending migrations, or lists them.
pub async fn run(Options { config, status }: Options) -> Result<ExitCode> {
    let config = logging(config)?;
    let db = app::connect(&config).await?;
    if !status {
        db.migrate().await.context("cannot apply the migrations")?;
    }
    for (name, applied) in db.migrations().await? {
        println!("{} {name}", if applied { "applied" } else { "pending" });
    }
    Ok(ExitCode::SUCCESS)
}
