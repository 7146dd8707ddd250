use std::{path::PathBuf, process::ExitCode, str::FromStr, sync::Arc};

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Args;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::signal::unix::{SignalKind, signal};

use super::cli::logging;
use crate::{
    app::{App, Parts},
    clock::{Entropy, SystemClock, SystemEntropy},
    config::{self, Config, Secret},
};

/// What `serve` takes.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    config: Config,
    /// Leaves pending migrations to `rolecall migrate`
    #[arg(long)]
    no_migrate: bool,
}

/// Serves until SIGTERM or Ctrl-C.
pub async fn run(Options { config, no_migrate }: Options) -> Result<ExitCode> {
    let config = logging(config);
    let secret = match secret(&config)? {
        Ok(secret) => secret,
        Err(sentence) => {
            eprintln!("error: {sentence}");
            return Ok(ExitCode::from(2));
        }
    };
    let parts = Parts {
        config,
        secret,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        migrate: !no_migrate,
    };
    let app = App::build(parts).await?;
    println!("listening on http://{}", app.addr()?);
    app.run(stop_signal()?).await?;
    Ok(ExitCode::SUCCESS)
}

/// Ends at SIGTERM or Ctrl-C.
pub fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}

/// The key for links: as set, or on SQLite from the file beside the database, which is made when it is missing. On
/// PostgreSQL every replica needs the same one, so there it must be set: the sentence says so.
pub fn secret(config: &Config) -> Result<Result<Secret, &'static str>> {
    if let Some(secret) = &config.secret {
        return Ok(Ok(secret.clone()));
    }
    if !config.is_sqlite() {
        return Ok(Err(
            "ROLECALL_SECRET (--secret) is missing: on PostgreSQL it should be at least 32 random \
             bytes in base64, the same for every replica.",
        ));
    }
    let database = SqliteConnectOptions::from_str(&config.database_url)?;
    let path = PathBuf::from(format!("{}.secret", database.get_filename().display()));
    if let Ok(text) = std::fs::read_to_string(&path) {
        let secret = config::secret(&text).map_err(|what| anyhow::anyhow!("{}: {what}", path.display()))?;
        return Ok(Ok(secret));
    }
    let mut key = [0; 32];
    SystemEntropy.fill(&mut key);
    write_private(&path, &BASE64_STANDARD.encode(key))
        .with_context(|| format!("cannot write the key for links to {}", path.display()))?;
    Ok(Ok(Secret(key.to_vec())))
}

fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
