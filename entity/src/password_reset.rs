//! What somebody can choose a new password by; there is a row while such a link works (L5).

use sea_orm::entity::prelude::*;

use crate::InTenant;

/// One row of `password_resets`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_resets")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// 128 random bits, new for each link.
    pub nonce: Vec<u8>,
    /// When it stops to work.
    pub expires_at: DateTimeUtc,
    /// Links made so far.
    pub times_issued: i32,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Whose it is.
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "(Column::TenantId, Column::UserId)",
        to = "(super::user::Column::TenantId, super::user::Column::Id)"
    )]
    User,
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl InTenant for Entity {
    const TENANT: Column = Column::TenantId;
}
