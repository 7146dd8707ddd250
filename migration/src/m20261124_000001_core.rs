//! Tenants, seats, users, templates, invitations, sessions, the outbox and the audit log.

use sea_orm_migration::prelude::*;

use crate::sql::execute;

/// Creates every table but the search index.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, TENANTS).await?;
        execute(manager, PEOPLE).await?;
        execute(manager, SIGNING_IN).await?;
        execute(manager, MAIL_AND_AUDIT).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            execute(manager, &[&format!("DROP TABLE {table}")]).await?;
        }
        Ok(())
    }
}

/// In the order in which they are created.
const TABLES: [&str; 11] = [
    "tenants",
    "seats",
    "role_templates",
    "person_labels",
    "users",
    "credentials",
    "invitations",
    "sessions",
    "mails",
    "mail_cooldowns",
    "audit_events",
];

const TENANTS: &[&str] = &[
    "CREATE TABLE tenants (
        id {uuid} NOT NULL PRIMARY KEY,
        slug text NOT NULL CONSTRAINT tenants_slug_key UNIQUE,
        name text NOT NULL,
        created_at {time} NOT NULL
    )",
    "CREATE TABLE seats (
        tenant_id {uuid} NOT NULL PRIMARY KEY CONSTRAINT seats_tenant_fkey REFERENCES tenants (id) ON DELETE RESTRICT,
        seat_limit integer NOT NULL CONSTRAINT seats_limit_check CHECK (seat_limit >= 1),
        invited integer NOT NULL CONSTRAINT seats_invited_check CHECK (invited >= 0),
        active integer NOT NULL CONSTRAINT seats_active_check CHECK (active >= 0),
        suspended integer NOT NULL CONSTRAINT seats_suspended_check CHECK (suspended >= 0),
        active_admins integer NOT NULL CONSTRAINT seats_admins_check CHECK (active_admins >= 0)
    )",
];

const PEOPLE: &[&str] = &[
    "CREATE TABLE role_templates (
        tenant_id {uuid} NOT NULL CONSTRAINT role_templates_tenant_fkey REFERENCES tenants (id) ON DELETE RESTRICT,
        id {uuid} NOT NULL,
        name text NOT NULL,
        name_key text {bytewise} NOT NULL,
        description text,
        permissions bigint NOT NULL,
        user_count integer NOT NULL CONSTRAINT role_templates_count_check CHECK (user_count >= 0),
        version integer NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, id),
        CONSTRAINT role_templates_name_key UNIQUE (tenant_id, name_key)
    )",
    "CREATE TABLE person_labels (
        tenant_id {uuid} NOT NULL CONSTRAINT person_labels_tenant_fkey REFERENCES tenants (id) ON DELETE RESTRICT,
        id {uuid} NOT NULL,
        user_id {uuid} NOT NULL,
        email text,
        name text,
        PRIMARY KEY (tenant_id, id)
    )",
    "CREATE INDEX person_labels_user ON person_labels (tenant_id, user_id)",
    "CREATE TABLE users (
        tenant_id {uuid} NOT NULL CONSTRAINT users_tenant_fkey REFERENCES tenants (id) ON DELETE RESTRICT,
        id {uuid} NOT NULL,
        email text NOT NULL,
        email_key text {bytewise} NOT NULL,
        name text,
        name_key text {bytewise} NOT NULL,
        role smallint NOT NULL CONSTRAINT users_role_check CHECK (role IN (0, 1)),
        status smallint NOT NULL CONSTRAINT users_status_check CHECK (status IN (0, 1, 2)),
        role_template_id {uuid},
        crm_access boolean NOT NULL,
        permissions bigint NOT NULL,
        last_login_at {time} NOT NULL,
        label_id {uuid} NOT NULL,
        version integer NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, id),
        CONSTRAINT users_email_key UNIQUE (tenant_id, email_key),
        CONSTRAINT users_crm_check CHECK (role = 1 OR crm_access),
        CONSTRAINT users_template_fkey FOREIGN KEY (tenant_id, role_template_id)
            REFERENCES role_templates (tenant_id, id) ON DELETE RESTRICT,
        CONSTRAINT users_label_fkey FOREIGN KEY (tenant_id, label_id)
            REFERENCES person_labels (tenant_id, id) ON DELETE RESTRICT
    )",
    "CREATE INDEX users_by_email ON users (tenant_id, email_key, id)",
    "CREATE INDEX users_by_name ON users (tenant_id, name_key, id)",
    "CREATE INDEX users_by_created ON users (tenant_id, created_at, id)",
    "CREATE INDEX users_by_login ON users (tenant_id, last_login_at, id)",
    "CREATE INDEX users_by_status ON users (tenant_id, status, id)",
    "CREATE INDEX users_by_role ON users (tenant_id, role, id)",
    "CREATE INDEX users_by_template ON users (tenant_id, role_template_id, id)",
];

const SIGNING_IN: &[&str] = &[
    "CREATE TABLE credentials (
        tenant_id {uuid} NOT NULL,
        user_id {uuid} NOT NULL,
        password_hash text NOT NULL,
        PRIMARY KEY (tenant_id, user_id),
        CONSTRAINT credentials_user_fkey FOREIGN KEY (tenant_id, user_id)
            REFERENCES users (tenant_id, id) ON DELETE CASCADE
    )",
    "CREATE TABLE invitations (
        tenant_id {uuid} NOT NULL,
        user_id {uuid} NOT NULL,
        nonce {bytes} NOT NULL,
        issued_at {time} NOT NULL,
        expires_at {time} NOT NULL,
        times_issued integer NOT NULL,
        resendable_at {time} NOT NULL,
        delivery smallint NOT NULL CONSTRAINT invitations_delivery_check CHECK (delivery IN (0, 1, 2)),
        delivery_failure smallint,
        PRIMARY KEY (tenant_id, user_id),
        CONSTRAINT invitations_user_fkey FOREIGN KEY (tenant_id, user_id)
            REFERENCES users (tenant_id, id) ON DELETE CASCADE
    )",
    "CREATE TABLE sessions (
        tenant_id {uuid} NOT NULL,
        id {uuid} NOT NULL,
        user_id {uuid} NOT NULL,
        token_hash {bytes} NOT NULL,
        created_at {time} NOT NULL,
        last_seen_at {time} NOT NULL,
        expires_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, id),
        CONSTRAINT sessions_token_key UNIQUE (tenant_id, token_hash),
        CONSTRAINT sessions_user_fkey FOREIGN KEY (tenant_id, user_id)
            REFERENCES users (tenant_id, id) ON DELETE CASCADE
    )",
    "CREATE INDEX sessions_user ON sessions (tenant_id, user_id)",
];

const MAIL_AND_AUDIT: &[&str] = &[
    "CREATE TABLE mails (
        tenant_id {uuid} NOT NULL,
        id {uuid} NOT NULL,
        kind smallint NOT NULL,
        user_id {uuid} NOT NULL,
        link_number integer NOT NULL,
        created_at {time} NOT NULL,
        due_at {time} NOT NULL,
        leased_until {time},
        attempts integer NOT NULL,
        PRIMARY KEY (tenant_id, id),
        CONSTRAINT mails_user_fkey FOREIGN KEY (tenant_id, user_id)
            REFERENCES users (tenant_id, id) ON DELETE CASCADE
    )",
    "CREATE INDEX mails_due ON mails (due_at)",
    "CREATE INDEX mails_user ON mails (tenant_id, user_id)",
    "CREATE TABLE mail_cooldowns (
        tenant_id {uuid} NOT NULL CONSTRAINT mail_cooldowns_tenant_fkey REFERENCES tenants (id) ON DELETE RESTRICT,
        email_key text {bytewise} NOT NULL,
        until {time} NOT NULL,
        PRIMARY KEY (tenant_id, email_key)
    )",
    "CREATE TABLE audit_events (
        tenant_id {uuid} NOT NULL CONSTRAINT audit_events_tenant_fkey REFERENCES tenants (id) ON DELETE RESTRICT,
        id {uuid} NOT NULL,
        at {time} NOT NULL,
        action text NOT NULL,
        actor_id {uuid},
        actor_label_id {uuid},
        target_id {uuid},
        target_label_id {uuid},
        changes {json} NOT NULL,
        request_id text,
        PRIMARY KEY (tenant_id, id),
        CONSTRAINT audit_events_actor_fkey FOREIGN KEY (tenant_id, actor_label_id)
            REFERENCES person_labels (tenant_id, id) ON DELETE RESTRICT,
        CONSTRAINT audit_events_target_fkey FOREIGN KEY (tenant_id, target_label_id)
            REFERENCES person_labels (tenant_id, id) ON DELETE RESTRICT
    )",
];
