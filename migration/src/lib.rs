//! The schema, one file a migration. Table and column definitions are plain SQL with a few types that differ between
//! the databases, because composite keys, checks and collations read best as what they are.

mod m20261124_000001_core;
mod m20261124_000002_user_search;
mod sql;

use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::MigratorTrait;

/// Applies and reverts the migrations.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261124_000001_core::Migration), Box::new(m20261124_000002_user_search::Migration)]
    }
}
