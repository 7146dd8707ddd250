//! Substring search of users by a trigram index: `pg_trgm` on PostgreSQL, FTS5 on SQLite (U9).

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::sql::execute;

/// Creates the search index.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, statements(manager, UP_POSTGRES, UP_SQLITE)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, statements(manager, DOWN_POSTGRES, DOWN_SQLITE)).await
    }
}

fn statements<'a>(manager: &SchemaManager, postgres: &'a [&'a str], sqlite: &'a [&'a str]) -> &'a [&'a str] {
    if manager.get_database_backend() == DbBackend::Postgres { postgres } else { sqlite }
}

const UP_POSTGRES: &[&str] = &[
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE EXTENSION IF NOT EXISTS btree_gin",
    "CREATE INDEX users_search ON users
        USING gin (tenant_id, (email_key || chr(10) || name_key) gin_trgm_ops)",
];

const DOWN_POSTGRES: &[&str] = &["DROP INDEX users_search"];

/// FTS5 finds a text by a number. The implicit one of `users` may change (`VACUUM`), so each user has one of its own.
const UP_SQLITE: &[&str] = &[
    "CREATE TABLE user_search_rows (
        row_id integer NOT NULL PRIMARY KEY,
        tenant_id uuid_blob NOT NULL,
        user_id uuid_blob NOT NULL,
        CONSTRAINT user_search_rows_user_key UNIQUE (tenant_id, user_id)
    )",
    "CREATE VIRTUAL TABLE user_search USING fts5 (text, tokenize = 'trigram case_sensitive 1')",
    "INSERT INTO user_search_rows (tenant_id, user_id) SELECT tenant_id, id FROM users",
    "INSERT INTO user_search (rowid, text)
        SELECT r.row_id, u.email_key || char(10) || u.name_key
        FROM users u JOIN user_search_rows r ON r.tenant_id = u.tenant_id AND r.user_id = u.id",
    "CREATE TRIGGER users_search_insert AFTER INSERT ON users BEGIN
        INSERT INTO user_search_rows (tenant_id, user_id) VALUES (new.tenant_id, new.id);
        INSERT INTO user_search (rowid, text)
            SELECT row_id, new.email_key || char(10) || new.name_key
            FROM user_search_rows WHERE tenant_id = new.tenant_id AND user_id = new.id;
    END",
    "CREATE TRIGGER users_search_update AFTER UPDATE OF email_key, name_key ON users
        WHEN old.email_key <> new.email_key OR old.name_key <> new.name_key BEGIN
        UPDATE user_search SET text = new.email_key || char(10) || new.name_key
            WHERE rowid = (SELECT row_id FROM user_search_rows
                WHERE tenant_id = new.tenant_id AND user_id = new.id);
    END",
    "CREATE TRIGGER users_search_delete AFTER DELETE ON users BEGIN
        DELETE FROM user_search
            WHERE rowid = (SELECT row_id FROM user_search_rows
                WHERE tenant_id = old.tenant_id AND user_id = old.id);
        DELETE FROM user_search_rows WHERE tenant_id = old.tenant_id AND user_id = old.id;
    END",
];

const DOWN_SQLITE: &[&str] = &[
    "DROP TRIGGER users_search_delete",
    "DROP TRIGGER users_search_update",
    "DROP TRIGGER users_search_insert",
    "DROP TABLE user_search",
    "DROP TABLE user_search_rows",
];
