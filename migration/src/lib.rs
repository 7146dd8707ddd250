//! The schema, one file a migration. Table and column definitions are plain SQL with a few types that differ between
//! the databases, because composite keys, checks and collations read best as what they are.

mod m20261124_000001_core;
mod m20261124_000002_user_search;
mod m20261124_000003_passwords;
mod sql;

use std::collections::HashSet;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{
    MigrationTrait, SchemaManager,
    sea_orm::{DatabaseConnection, DbErr, EntityTrait},
    seaql_migrations,
};

/// Applies and reverts the migrations.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_core::Migration),
            Box::new(m20261124_000002_user_search::Migration),
            Box::new(m20261124_000003_passwords::Migration),
        ]
    }
}

/// Every migration with whether it is applied. Writes nothing, and minds none that a later version has applied, so
/// that replicas of two versions can run side by side.
#[expect(clippy::disallowed_methods, reason = "the list of migrations belongs to no tenant")]
pub async fn status(db: &DatabaseConnection) -> Result<Vec<(String, bool)>, DbErr> {
    let applied: HashSet<String> = if SchemaManager::new(db).has_table("seaql_migrations").await? {
        let rows = seaql_migrations::Entity::find().all(db).await?;
        rows.into_iter().map(|row| row.version).collect()
    } else {
        HashSet::new()
    };
    let names = Migrator::migrations().into_iter().map(|migration| migration.name().to_owned());
    Ok(names.map(|name| (name.clone(), applied.contains(&name))).collect())
}
