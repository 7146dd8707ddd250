use sea_orm_migration::{
    SchemaManager,
    sea_orm::{ConnectionTrait, DbBackend, DbErr},
};

/// The types that the two databases call differently: `{uuid}`, `{time}`, `{bytes}`, `{json}`, and `{bytewise}`, the
/// collation under which texts sort by their bytes.
const TYPES: [(&str, &str, &str); 5] = [
    ("{uuid}", "uuid", "uuid_blob"),
    ("{time}", "timestamptz", "timestamp_with_timezone_text"),
    ("{bytes}", "bytea", "blob"),
    ("{json}", "jsonb", "jsonb_text"),
    ("{bytewise}", "COLLATE \"C\"", "COLLATE BINARY"),
];

/// Executes statements in turn, with the types of the database at hand.
pub async fn execute(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let postgres = manager.get_database_backend() == DbBackend::Postgres;
    for statement in statements {
        let sql = TYPES.iter().fold((*statement).to_owned(), |sql, (name, in_postgres, in_sqlite)| {
            sql.replace(name, if postgres { in_postgres } else { in_sqlite })
        });
        db.execute_unprepared(&sql).await?;
    }
    Ok(())
}
