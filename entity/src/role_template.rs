//! A named set of permissions.

use sea_orm::entity::prelude::*;

use crate::{InTenant, Permissions};

/// One row of `role_templates`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_templates")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, shown as `template_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// As it was typed.
    pub name: String,
    /// As it is compared, unique in the tenant (R1).
    pub name_key: String,
    /// Up to 500 characters.
    pub description: Option<String>,
    /// What it grants.
    pub permissions: Permissions,
    /// Users whose row names it.
    pub user_count: i32,
    /// Counts changes.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When `version` was last counted up.
    pub updated_at: DateTimeUtc,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl InTenant for Entity {
    const TENANT: Column = Column::TenantId;
}
