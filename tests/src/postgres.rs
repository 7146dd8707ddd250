//! One throwaway PostgreSQL server for a run, and a database of its own for each test.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use pgtemp::{PgTempDB, PgTempDBBuilder};
use rolecall::clock::{SystemClock, SystemEntropy, uuid_v7};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

/// Where `with-postgres` says which server to use: `postgres://USER:PASS@HOST:PORT`, without a database.
pub const VARIABLE: &str = "ROLECALL_TEST_POSTGRES";

/// Orders the processes that want to make the template.
const TEMPLATE_LOCK: i64 = 0x726f_6c65;

/// Starts a server that is fast and forgets.
pub fn server() -> PgTempDB {
    assert!(
        can_start(),
        "as root, pgtemp needs `sudo`: run under `cargo run -p tests --bin with-postgres -- …`"
    );
    builder().start()
}

fn builder() -> PgTempDBBuilder {
    PgTempDBBuilder::new()
        .with_config_param("max_connections", "300")
        // pgtemp never reads the server's output: what it says would fill the pipe and stop it.
        .with_config_param("log_min_messages", "panic")
        .with_config_param("log_checkpoints", "off")
}

/// The address of `server`, without a database.
pub fn url(server: &PgTempDB) -> String {
    format!("postgres://{}:{}@127.0.0.1:{}", server.db_user(), server.db_pass(), server.db_port())
}

/// Whether pgtemp finds what it needs: as root it starts the server by `sudo`.
pub fn can_start() -> bool {
    !is_root() || on_path("sudo")
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"))
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

/// The server of this run: the one that `with-postgres` started, or one of this process alone.
fn base() -> &'static str {
    static BASE: OnceLock<(String, Option<PgTempDB>)> = OnceLock::new();
    let (url, _) = BASE.get_or_init(|| match std::env::var(VARIABLE) {
        Ok(url) => (url.trim_end_matches('/').to_owned(), None),
        Err(_) => {
            let server = server();
            (url(&server), Some(server))
        }
    });
    url
}

/// A server of one test alone, which it stops and starts again.
pub struct OwnServer {
    server: PgTempDB,
    again: Option<Child>,
}

impl OwnServer {
    /// Starts it. What it has committed survives that it is killed, which pgtemp does not ask of its servers.
    pub fn start() -> Self {
        let server = builder().with_config_param("synchronous_commit", "on").start();
        Self { server, again: None }
    }

    /// The address of its only database.
    pub fn url(&self) -> String {
        format!("{}/postgres", url(&self.server))
    }

    /// Stops it: who is connected is cut off.
    pub fn stop(&mut self) {
        self.end("-INT");
    }

    /// Stops it as `pg_ctl stop -m immediate` does: nothing is put in order, which is left to the next start.
    pub fn stop_immediately(&mut self) {
        self.end("-QUIT");
    }

    /// Ends it and every process of it by SIGKILL.
    pub fn kill(&mut self) {
        let id = self.id().expect("it runs");
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        signal("-KILL", [id.as_str()].into_iter().chain(children.split_whitespace()));
        // As long as nobody has asked how it ended, the dead one counts as running for whoever reads these.
        let socket = format!(".s.PGSQL.{}.lock", self.server.db_port());
        for file in [self.pid_file(), self.server.data_dir().join(socket)] {
            std::fs::remove_file(file).expect("it was there");
        }
        self.reap();
    }

    /// Kills the process behind one of the connections. The server throws everybody out then, and begins again by itself.
    pub fn kill_a_process_of(&self, id: i32) {
        signal("-KILL", [id.to_string().as_str()]);
    }

    /// Starts it again where it was.
    pub fn start_again(&mut self) {
        for _ in 0..50 {
            let mut child = self.spawn();
            // One that finds remains of the killed one alive gives up at once.
            for _ in 0..100 {
                if self.is_up() {
                    self.again = Some(child);
                    return;
                }
                if child.try_wait().expect("it is ours").is_some() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("it does not start again");
    }

    fn spawn(&self) -> Child {
        let root = is_root();
        let mut command = Command::new(if root { "sudo" } else { "postgres" });
        if root {
            command.args(["-u", "postgres", "postgres"]);
        }
        let folder = self.server.data_dir();
        command.arg("-D").arg(&folder).args(["-c", &format!("port={}", self.server.db_port())]);
        command.args(["-c", &format!("unix_socket_directories={}", folder.display())]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("postgres starts")
    }

    fn pid_file(&self) -> PathBuf {
        self.server.data_dir().join("postmaster.pid")
    }

    fn id(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.pid_file()).ok()?;
        text.lines().next().map(str::to_owned)
    }

    /// Whether it says that it takes connections.
    fn is_up(&self) -> bool {
        let text = std::fs::read_to_string(self.pid_file()).unwrap_or_default();
        text.lines().any(|line| line.trim() == "ready")
    }

    fn end(&mut self, how: &str) {
        let Some(id) = self.id() else { return };
        signal(how, [id.as_str()]);
        let file = self.pid_file();
        for _ in 0..300 {
            if !file.exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(!file.exists(), "it has not stopped");
        self.reap();
    }

    fn reap(&mut self) {
        if let Some(mut stopped) = self.again.take() {
            stopped.wait().expect("it has ended");
        }
    }
}

fn signal<'a>(signal: &str, processes: impl IntoIterator<Item = &'a str>) {
    // One that has ended in the meantime is as good as one that is told to.
    Command::new("kill").arg(signal).args(processes).stderr(Stdio::null()).status().expect("kill is there");
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn connect(database: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(format!("{}/{database}", base()));
    options.max_connections(1).sqlx_logging(false);
    for _ in 0..50 {
        if let Ok(connection) = Database::connect(options.clone()).await {
            return connection;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Database::connect(options).await.expect("the test server accepts connections")
}

/// A migrated database that nobody else uses. Dropped with the value.
pub struct TestDatabase {
    name: String,
}

impl TestDatabase {
    /// Copies the migrated template, making it first where it is missing.
    pub async fn create() -> Self {
        let server = connect("postgres").await;
        let template = template(&server).await;
        let name = format!("test_{}", uuid_v7(&SystemClock, &SystemEntropy).simple());
        let sql = format!(r#"CREATE DATABASE "{name}" TEMPLATE "{template}""#);
        server.execute_unprepared(&sql).await.expect("the template can be copied");
        Self { name }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("{}/{}", base(), self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let sql = format!(r#"DROP DATABASE IF EXISTS "{}" WITH (FORCE)"#, self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { connect("postgres").await.execute_unprepared(&sql).await.map(drop) })
        });
        // A database that is left behind goes with its server.
        let _ = dropping.join();
    }
}

/// The migrated database that others are copied from. One for each build, so that a new migration is seen.
async fn template(server: &DatabaseConnection) -> String {
    let name = format!("rolecall_{:016x}", this_build());
    let exists = format!("SELECT 1 FROM pg_database WHERE datname = '{name}' AND datistemplate");
    let exists = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, exists);
    server.execute_unprepared(&format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await.unwrap();
    if server.query_one_raw(exists).await.unwrap().is_none() {
        server.execute_unprepared(&format!(r#"CREATE DATABASE "{name}""#)).await.unwrap();
        let database = rolecall::db::Db::connect(&format!("{}/{name}", base())).await.unwrap();
        database.migrate().await.unwrap();
        database.close().await;
        let sql = format!(r#"ALTER DATABASE "{name}" WITH IS_TEMPLATE true"#);
        server.execute_unprepared(&sql).await.unwrap();
    }
    server.execute_unprepared(&format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await.unwrap();
    name
}

fn this_build() -> u64 {
    let program = std::env::current_exe().unwrap();
    let mut hasher = DefaultHasher::new();
    modified(&program).hash(&mut hasher);
    program.hash(&mut hasher);
    hasher.finish()
}

fn modified(program: &Path) -> std::time::SystemTime {
    std::fs::metadata(program).and_then(|file| file.modified()).unwrap()
}
