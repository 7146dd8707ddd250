use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::cli::logging;
use crate::{app, config::Config, domain::doctor};

/// What `doctor` takes.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    config: Config,
    /// Prints one JSON array
    #[arg(long)]
    json: bool,
}

/// Checks the database; fails when a rule is broken.
pub async fn run(Options { config, json }: Options) -> Result<ExitCode> {
    let config = logging(config)?;
    let db = app::connect(&config).await?;
    if db.migrations().await?.iter().any(|(_, applied)| !applied) {
        bail!("migrations are pending: apply them with `rolecall migrate`");
    }
    let findings = doctor::check(&db).await?;
    if json {
        let all: Vec<_> = findings
            .iter()
            .map(|f| json!({ "check": f.check, "ok": f.broken.is_empty(), "broken": f.broken }))
            .collect();
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        for finding in &findings {
            println!("{finding}");
        }
    }
    let healthy = findings.iter().all(|f| f.broken.is_empty());
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
