//! The one place that wires the parts; used by the commands, tests and benches alike.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use tokio::{net::TcpListener, sync::watch, time::timeout};
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::{
    clock::{Clock, Entropy},
    config::{Config, Secret, WrongSetting},
    db::{self, Db},
    domain::{
        Env, Settings,
        secrets::{Links, Passwords},
    },
    graphql::{self, Schema},
    http,
    mail::{Mailer, Worker},
    telemetry::Metrics,
};

/// How long requests may take to finish when the server stops.
const FINISH: Duration = Duration::from_secs(30);

/// What an [`App`] is made from.
pub struct Parts {
    /// The settings.
    pub config: Config,
    /// The key for links.
    pub secret: Secret,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Whether to apply pending migrations first.
    pub migrate: bool,
}

/// A server that listens and is ready to run.
pub struct App {
    listener: TcpListener,
    base_url: String,
    env: Arc<Env>,
    schema: Schema,
    worker: Arc<Worker>,
    metrics: Metrics,
    config: Config,
}

impl App {
    /// Binds, connects and migrates.
    pub async fn build(parts: Parts) -> Result<Self> {
        let Parts { config, secret, clock, entropy, migrate } = parts;
        let listener = TcpListener::bind(config.listen).await.map_err(|error| {
            WrongSetting::new("listen", format!("should be an address that is free here: {error}"))
        })?;
        let base_url = match &config.public_url {
            Some(url) => url.clone(),
            None => format!("http://{}", listener.local_addr()?),
        };
        let env = environment(&config, secret, clock, entropy).await?;
        if migrate {
            env.db.migrate().await.context("cannot apply the migrations")?;
        }
        let schema = graphql::build(!config.no_introspection);
        let mailer = Mailer::new(&config, base_url.clone())?;
        let metrics = Metrics::new()?;
        let worker = Arc::new(Worker::new(env.clone(), mailer, metrics.clone()));
        Ok(Self { listener, base_url, env, schema, worker, metrics, config })
    }

    /// Where it listens.
    pub fn addr(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// The base of the links in mail.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What operations need of the world.
    pub fn env(&self) -> Arc<Env> {
        self.env.clone()
    }

    /// Delivers mail.
    pub fn worker(&self) -> Arc<Worker> {
        self.worker.clone()
    }

    /// Serves until `shutdown`, then finishes what runs. Mail is delivered beside it.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let (worker, env) = (self.worker.clone(), self.env.clone());
        let (stop, stopped) = watch::channel(false);
        let delivery = tokio::spawn(async move { worker.run(stopped).await });
        let shutdown = async move {
            shutdown.await;
            // From here on no mail is begun; the one that is being sent has as long as the requests.
            stop.send_replace(true);
        };
        self.answer(shutdown).await;
        let _ = timeout(FINISH, delivery).await;
        finish(&env).await;
        Ok(())
    }

    /// Serves until `shutdown` without delivering mail: for tests, which deliver it when they want.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let env = self.env.clone();
        self.answer(shutdown).await;
        finish(&env).await;
        Ok(())
    }

    async fn answer(self, shutdown: impl Future<Output = ()>) {
        let (db, metrics) = (self.env.db.clone(), self.metrics.clone());
        let _watching = AbortOnDropHandle::new(tokio::spawn(async move { db.watch().await }));
        let state = http::State::new(self.env, self.schema, self.metrics, &self.config, &self.base_url);
        tokio::select! {
            () = http::serve(self.listener, http::router(state), shutdown, FINISH) => {}
            () = metrics.keep_up() => {}
        }
    }
}

/// Waits for what goes on behind answers, then lets the database go.
async fn finish(env: &Env) {
    env.background.close();
    let _ = timeout(FINISH, env.background.wait()).await;
    env.db.close().await;
}

/// Connects to the database of the settings.
pub async fn connect(config: &Config) -> Result<Db> {
    let unreachable = |error| format!("should be a database that can be reached: {}", db::cause(&error));
    Ok(Db::connect(&config.database_url)
        .await
        .map_err(|error| WrongSetting::new("database-url", unreachable(error)))?)
}

/// Connects, and puts together what operations need.
pub async fn environment(
    config: &Config,
    secret: Secret,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<Env>> {
    let db = connect(config).await?;
    Ok(Arc::new(Env {
        db,
        clock,
        links: Links::new(secret.0, config.old_secrets.iter().map(|old| old.0.clone())),
        passwords: Passwords::new(entropy.clone()),
        background: TaskTracker::new(),
        entropy,
        settings: Settings {
            invite_ttl: config.invite_ttl,
            resend_cooldown: config.resend_cooldown,
            session_idle: config.session_idle,
            session_max: config.session_max,
        },
    }))
}
