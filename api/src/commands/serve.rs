use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
    sync::Arc,
};

use anyhow::{Context, Result, anyhow};
use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Args;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    app::{App, Parts},
    clock::{Entropy, SystemClock, SystemEntropy},
    config::{self, Config, Secret, WrongSetting},
    telemetry,
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
    let traces = telemetry::init(&config.log, config.log_format, config.otlp_endpoint.as_deref())?;
    let secret = secret(&config)?;
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
    traces.finish().await;
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
pub fn secret(config: &Config) -> Result<Secret> {
    if let Some(secret) = &config.secret {
        return Ok(secret.clone());
    }
    if !config.is_sqlite() {
        let what = "is missing: on PostgreSQL it should be at least 32 random bytes in base64, the same for every \
                    replica";
        return Err(WrongSetting::new("secret", what).into());
    }
    let database = SqliteConnectOptions::from_str(&config.database_url)?;
    if is_in_memory(&config.database_url) {
        // What it signs goes with the process, and so may the key.
        return Ok(new_secret());
    }
    let path = PathBuf::from(format!("{}.secret", database.get_filename().display()));
    let read = || match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(error).with_context(|| format!("cannot read the key for links in {}", path.display()))
        }
    };
    let text = match read()? {
        Some(text) => text,
        None => {
            write_private(&path, &BASE64_STANDARD.encode(new_secret().0))
                .with_context(|| format!("cannot write the key for links to {}", path.display()))?;
            // Whoever wrote it first: another process may have begun at the same time.
            read()?.unwrap_or_default()
        }
    };
    config::secret(&text).map_err(|what| anyhow!("{}: {what}", path.display()))
}

fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

fn new_secret() -> Secret {
    let mut key = vec![0; 32];
    SystemEntropy.fill(&mut key);
    Secret(key)
}

/// Writes a file that its owner alone can read, whole or not at all; one that is there already stays.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome.map(drop).map_err(|error| error.error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn i1_processes_that_begin_at_once_agree_on_one_key_that_nobody_else_can_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rolecall.db.secret");
        let write = || write_private(&path, &BASE64_STANDARD.encode(new_secret().0)).expect("a file");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(write);
            }
        });
        let first = std::fs::read_to_string(&path).expect("a key");
        assert!(config::secret(&first).is_ok());
        write();
        assert_eq!(std::fs::read_to_string(&path).expect("the same key"), first);
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
