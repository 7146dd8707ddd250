use sea_orm::{DatabaseConnection, DbBackend};

/// The connections of a pool.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pool {
    /// How many are open.
    pub open: u32,
    /// How many of them nobody uses.
    pub idle: u32,
    /// How many there may be.
    pub max: u32,
}

impl Pool {
    /// How it stands.
    pub(super) fn of(db: &DatabaseConnection) -> Self {
        let (open, idle, max) = match db.get_database_backend() {
            DbBackend::Sqlite => {
                let pool = db.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
            _ => {
                let pool = db.get_postgres_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
        };
        Self { open, idle: u32::try_from(idle).unwrap_or(u32::MAX), max }
    }
}
