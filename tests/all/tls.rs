//! PostgreSQL over TLS, as managed databases want it: `sslmode` and `sslrootcert` in the database's address.

use std::{fs, path::PathBuf};

use pgtemp::PgTempDB;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rolecall::db::{Db as Database, Reader};
use sea_orm::Statement;
use tempfile::TempDir;
use tests::postgres;

use crate::{prelude::*, program::program};

/// A server of its own that has a certificate for `localhost`.
struct Server {
    server: PgTempDB,
    folder: TempDir,
}

impl Server {
    async fn start() -> Self {
        let server = postgres::server();
        let folder = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.path().join("ours.pem"), cert.pem()).unwrap();
        let stranger = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.path().join("stranger.pem"), stranger.cert.pem()).unwrap();
        let this = Self { server, folder };
        let db = sea_orm::Database::connect(this.url("127.0.0.1", "disable")).await.unwrap();
        // By the server itself, so that the files are its own, and in its folder, where it looks for them.
        for (file, pem) in [("server.crt", cert.pem()), ("server.key", signing_key.serialize_pem())] {
            let sql = format!(
                "COPY (SELECT unnest(string_to_array('{}', E'\\n'))) TO PROGRAM 'umask 077; cat > {file}'",
                pem.replace('\r', "").trim()
            );
            db.execute_unprepared(&sql).await.unwrap();
        }
        db.execute_unprepared("ALTER SYSTEM SET ssl = on").await.unwrap();
        db.execute_unprepared("SELECT pg_reload_conf()").await.unwrap();
        for _ in 0..100 {
            if Database::connect(&this.url("127.0.0.1", "require")).await.is_ok() {
                return this;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the server does not turn TLS on");
    }

    fn url(&self, host: &str, ssl: &str) -> String {
        postgres::url(&self.server).replace("127.0.0.1", host) + "/postgres?sslmode=" + ssl
    }

    fn certificate(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

async fn is_encrypted(db: &Reader) -> bool {
    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn a_database_is_reached_over_tls_and_only_where_its_certificate_is_what_the_setting_asks_for() {
    let server = Server::start().await;
    let with = |host: &str, mode: &str, file: &str| {
        server.url(host, mode) + "&sslrootcert=" + server.certificate(file).to_str().unwrap()
    };
    for (url, encrypted) in [
        (server.url("127.0.0.1", "disable"), false),
        (server.url("127.0.0.1", "require"), true),
        (with("localhost", "verify-full", "ours.pem"), true),
        (with("127.0.0.1", "verify-ca", "ours.pem"), true),
    ] {
        let db = Database::connect(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(is_encrypted(db.read()).await, encrypted, "{url}");
        db.close().await;
    }
    for url in [
        with("127.0.0.1", "verify-full", "ours.pem"),
        with("localhost", "verify-full", "stranger.pem"),
        with("localhost", "verify-full", "missing.pem"),
        server.url("localhost", "verify-full"),
    ] {
        assert!(Database::connect(&url).await.is_err(), "{url}");
        let output = program().args(["migrate", "--database-url", &url]).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(
            stderr.starts_with("error: ROLECALL_DATABASE_URL") && stderr.lines().count() == 1,
            "{stderr}"
        );
        println!("{stderr}");
    }
}
