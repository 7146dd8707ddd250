//! The users table of a tenant; a row is a seat (S1).

use sea_orm::entity::prelude::*;

use crate::{InTenant, Permissions, Role, Status};

/// One row of `users`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, shown as `user_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// As it was typed.
    pub email: String,
    /// As it is compared, unique in the tenant (U1).
    pub email_key: String,
    /// As it was typed.
    pub name: Option<String>,
    /// As it is compared; empty where there is no name, so that these come first (U9).
    pub name_key: String,
    /// High-level role.
    pub role: Role,
    /// Where it is in its life cycle.
    pub status: Status,
    /// The template whose permissions it has besides its own.
    pub role_template_id: Option<Uuid>,
    /// May use CRM features (P2, U2).
    pub crm_access: bool,
    /// Direct grants alone.
    pub permissions: Permissions,
    /// The most recent successful sign-in; the epoch where there was none, so that these come first (U9).
    pub last_login_at: DateTimeUtc,
    /// The label that audit events name it by at present (E1).
    pub label_id: Uuid,
    /// Counts changes of what an edit can set (U4).
    pub version: i32,
    /// When it was invited.
    pub created_at: DateTimeUtc,
    /// When `version` was last counted up.
    pub updated_at: DateTimeUtc,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Its role template.
    #[sea_orm(
        belongs_to = "super::role_template::Entity",
        from = "(Column::TenantId, Column::RoleTemplateId)",
        to = "(super::role_template::Column::TenantId, super::role_template::Column::Id)"
    )]
    RoleTemplate,
}

impl Related<super::role_template::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::RoleTemplate.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl InTenant for Entity {
    const TENANT: Column = Column::TenantId;
}
