//! Password resets, notices by mail, where sessions come from, and failed attempts to sign in.

use sea_orm_migration::prelude::*;

use crate::sql::execute;

/// Creates what passwords and sessions need beyond the core.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    "ALTER TABLE sessions ADD COLUMN ip_address text",
    "ALTER TABLE sessions ADD COLUMN user_agent text",
    "ALTER TABLE mails ADD COLUMN to_address text",
    "CREATE TABLE password_resets (
        tenant_id {uuid} NOT NULL,
        user_id {uuid} NOT NULL,
        nonce {bytes} NOT NULL,
        expires_at {time} NOT NULL,
        times_issued integer NOT NULL,
        PRIMARY KEY (tenant_id, user_id),
        CONSTRAINT password_resets_user_fkey FOREIGN KEY (tenant_id, user_id)
            REFERENCES users (tenant_id, id) ON DELETE CASCADE
    )",
    "CREATE TABLE known_networks (
        tenant_id {uuid} NOT NULL,
        user_id {uuid} NOT NULL,
        network text NOT NULL,
        last_seen_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, user_id, network),
        CONSTRAINT known_networks_user_fkey FOREIGN KEY (tenant_id, user_id)
            REFERENCES users (tenant_id, id) ON DELETE CASCADE
    )",
    "CREATE TABLE sign_in_failures (
        counted {bytes} NOT NULL PRIMARY KEY,
        failures integer NOT NULL,
        since {time} NOT NULL,
        blocked_until {time} NOT NULL
    )",
    "CREATE INDEX sign_in_failures_since ON sign_in_failures (since)",
];

const DOWN: &[&str] = &[
    "DROP TABLE sign_in_failures",
    "DROP TABLE known_networks",
    "DROP TABLE password_resets",
    "ALTER TABLE mails DROP COLUMN to_address",
    "ALTER TABLE sessions DROP COLUMN user_agent",
    "ALTER TABLE sessions DROP COLUMN ip_address",
];
