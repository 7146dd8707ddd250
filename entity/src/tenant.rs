//! A tenant: what hardly ever changes of it.

use sea_orm::entity::prelude::*;

/// One row of `tenants`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenants")]
pub struct Model {
    /// UUIDv7, shown as `tenant_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Unique name for addresses and sign-in (T4).
    pub slug: String,
    /// Shown to people.
    pub name: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
