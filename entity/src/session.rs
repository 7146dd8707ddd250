//! A sign-in that has not ended (L3).

use sea_orm::entity::prelude::*;

use crate::InTenant;

/// One row of `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, shown as `session_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who signed in.
    pub user_id: Uuid,
    /// SHA-256 of the token, unique in the tenant.
    pub token_hash: Vec<u8>,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// When it was last used, to the minute.
    pub last_seen_at: DateTimeUtc,
    /// When it ends unless it is used.
    pub expires_at: DateTimeUtc,
    /// The address that it was begun from.
    pub ip_address: Option<String>,
    /// The program that it was begun with.
    pub user_agent: Option<String>,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Who signed in.
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "(Column::TenantId, Column::UserId)",
        to = "(super::user::Column::TenantId, super::user::Column::Id)"
    )]
    User,
    /// Where.
    #[sea_orm(
        belongs_to = "super::tenant::Entity",
        from = "Column::TenantId",
        to = "super::tenant::Column::Id"
    )]
    Tenant,
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl Related<super::tenant::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Tenant.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl InTenant for Entity {
    const TENANT: Column = Column::TenantId;
}
