use tempfile::TempDir;

use crate::postgres::TestDatabase;

/// Which database a test runs on; tests of rules run on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Db {
    /// A file of its own.
    Sqlite,
    /// A database of its own on the server of the run.
    Postgres,
}

/// A database that goes with the test.
pub(crate) enum Storage {
    Sqlite(TempDir),
    Postgres(TestDatabase),
    /// One that the test itself looks after.
    Elsewhere(String),
}

impl Storage {
    pub(crate) async fn create(db: Db) -> Self {
        match db {
            Db::Sqlite => Self::Sqlite(tempfile::tempdir().unwrap()),
            Db::Postgres => Self::Postgres(TestDatabase::create().await),
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => {
                format!("sqlite://{}?mode=rwc", folder.path().join("rolecall.db").display())
            }
            Self::Postgres(database) => database.url(),
            Self::Elsewhere(url) => url.clone(),
        }
    }
}
