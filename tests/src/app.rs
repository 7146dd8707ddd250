use std::{path::PathBuf, sync::Arc};

use chrono::TimeDelta;
use clap::Parser;
use entity::mail;
use reqwest::RequestBuilder;
use rolecall::{
    app::{App, Parts},
    clock::{Clock, SystemClock, SystemEntropy},
    config::{self, Config},
    domain::{Env, Visitor},
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{Db, Json, Mail, ManualClock, Process, Who, mail as mails, storage::Storage};

/// A password that is strong enough.
pub const PASSWORD: &str = "grove-otter-lantern-58";

/// The key for links of all test servers: replicas share it.
const SECRET: &str = "dGhlIHRlc3RzIGFsbCB1c2UgdGhpcyBvbmUgc2VjcmV0ISE=";

/// The flags of `rolecall serve`.
#[derive(Parser)]
#[command(args_override_self = true)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// A running server.
pub struct TestApp {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// Its clock, shared by all replicas.
    pub clock: Arc<ManualClock>,
    /// Its insides, for what no client can see or do.
    pub env: Arc<Env>,
    /// Sends HTTP; keeps no cookies.
    pub http: reqwest::Client,
    worker: Arc<rolecall::mail::Worker>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<anyhow::Result<()>>,
    mail: Arc<TempDir>,
    // Last, so that the database goes after the server that uses it.
    storage: Arc<Storage>,
}

impl TestApp {
    /// Starts a server on a new database.
    pub async fn start(db: Db) -> Self {
        Self::start_with(db, &[]).await
    }

    /// Starts a server on a new database, with flags of `rolecall serve`.
    pub async fn start_with(db: Db, flags: &[&str]) -> Self {
        let storage = Arc::new(Storage::create(db).await);
        let mail = Arc::new(tempfile::tempdir().unwrap());
        Self::run(storage, mail, Arc::default(), flags).await
    }

    /// Starts a server on a database that the test itself looks after.
    pub async fn start_at(url: &str) -> Self {
        let mail = Arc::new(tempfile::tempdir().unwrap());
        Self::run(Arc::new(Storage::Elsewhere(url.to_owned())), mail, Arc::default(), &[]).await
    }

    /// Another server on the same database, clock and mail folder.
    pub async fn replica(&self) -> Self {
        self.replica_with(&[]).await
    }

    /// The same, with flags of `rolecall serve`.
    pub async fn replica_with(&self, flags: &[&str]) -> Self {
        Self::run(self.storage.clone(), self.mail.clone(), self.clock.clone(), flags).await
    }

    /// A server on the same database and with the same secret that is a process of its own: it delivers mail by itself,
    /// and lives in the real time, which this one's clock is set to.
    pub fn process(&self, flags: &[&str], variables: &[(&str, &str)]) -> Process {
        self.clock.advance(SystemClock.now() - self.clock.now());
        let database = self.storage.url();
        let fixed = ["--database-url", &database, "--secret", SECRET];
        let flags: Vec<&str> = fixed.iter().chain(flags).copied().collect();
        Process::start(&flags, variables)
    }

    /// Ends the server as SIGTERM does, and starts another on what it left.
    pub async fn restart(self) -> Self {
        let (storage, mail, clock) = (self.storage.clone(), self.mail.clone(), self.clock.clone());
        self.stop().await;
        Self::run(storage, mail, clock, &[]).await
    }

    async fn run(storage: Arc<Storage>, mail: Arc<TempDir>, clock: Arc<ManualClock>, flags: &[&str]) -> Self {
        let (database, folder) = (storage.url(), format!("file:{}", mail.path().display()));
        let fixed = ["rolecall", "--database-url", &database, "--listen", "127.0.0.1:0", "--mail", &folder];
        let Flags { config } = Flags::parse_from(fixed.iter().chain(flags));
        let secret = config.secret.clone().unwrap_or_else(|| config::secret(SECRET).unwrap());
        let entropy = Arc::new(SystemEntropy);
        let parts = Parts { config, secret, clock: clock.clone(), entropy, migrate: true };
        let app = App::build(parts).await.expect("the server starts");
        let (stop, stopped) = oneshot::channel();
        Self {
            url: format!("http://{}", app.addr().unwrap()),
            env: app.env(),
            worker: app.worker(),
            // Mail is delivered when a test looks at it.
            running: tokio::spawn(app.serve(async { drop(stopped.await) })),
            stop: Some(stop),
            http: reqwest::Client::new(),
            clock,
            mail,
            storage,
        }
    }

    /// Ends the server as SIGTERM does, and waits until it has.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        (&mut self.running).await.unwrap().unwrap();
    }

    /// Moves the clock.
    pub fn advance(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    /// Asks as nobody from outside: for operations of the command line and for insides.
    pub fn visitor(&self) -> Visitor {
        Visitor::local(self.env.clone())
    }

    /// Where its database is.
    pub fn database_url(&self) -> String {
        self.storage.url()
    }

    /// The folder that mail goes to.
    pub fn mail_folder(&self) -> PathBuf {
        self.mail.path().to_owned()
    }

    /// A request to `/graphql`, to be changed before it is sent.
    pub fn request(&self, who: impl Who, query: &str, variables: Json) -> RequestBuilder {
        let body = json!({ "query": query, "variables": variables });
        let request = self.http.post(format!("{}/graphql", self.url)).json(&body);
        match who.token() {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The whole response to a query.
    pub async fn gql(&self, who: impl Who, query: &str, variables: Json) -> Json {
        self.request(who, query, variables).send().await.unwrap().json().await.unwrap()
    }

    /// `data` of a query that has no errors.
    pub async fn data(&self, who: impl Who, query: &str, variables: Json) -> Json {
        let mut json = self.gql(who, query, variables).await;
        assert!(json.get("errors").is_none(), "{query} failed: {json:#}");
        json["data"].take()
    }

    /// `extensions.code` of the only top-level error of a query.
    pub async fn error_code(&self, who: impl Who, query: &str, variables: Json) -> String {
        let json = self.gql(who, query, variables).await;
        let Some([only]) = json["errors"].as_array().map(Vec::as_slice) else {
            panic!("not one error: {json:#}");
        };
        only["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no code: {json:#}")).to_owned()
    }

    /// Tries to deliver all that is due and in nobody's hands.
    #[expect(clippy::disallowed_methods, reason = "the mail of all tenants")]
    pub async fn deliver(&self) {
        let now = self.clock.now();
        let free = mail::Column::LeasedUntil.is_null().or(mail::Column::LeasedUntil.lte(now));
        let due = mail::Entity::find().filter(mail::Column::DueAt.lte(now)).filter(free);
        let due = || due.clone().count(self.env.db.read());
        for _ in 0..100 {
            self.worker.deliver_due().await.unwrap();
            if due().await.unwrap() == 0 {
                return;
            }
        }
        panic!("mail that is due is not delivered");
    }

    /// Delivers what is due, and answers all mail that has arrived in the folder since the last call, oldest first.
    pub async fn mails(&self) -> Vec<Mail> {
        self.deliver().await;
        mails::take(self.mail.path())
    }

    /// The only mail that has arrived since the last call.
    pub async fn mail(&self) -> Mail {
        let [mail] = <[Mail; 1]>::try_from(self.mails().await).expect("one mail");
        mail
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.running.abort();
    }
}
