//! What an invited user can sign up by; there is a row exactly while the status is invited.

use sea_orm::entity::prelude::*;

use crate::{Delivery, DeliveryFailure, InTenant};

/// One row of `invitations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// Who is invited.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// 128 random bits, new for each link (I1).
    pub nonce: Vec<u8>,
    /// When the link that counts was made.
    pub issued_at: DateTimeUtc,
    /// When it stops to work.
    pub expires_at: DateTimeUtc,
    /// Links made so far.
    pub times_issued: i32,
    /// From when a resend is accepted (I2).
    pub resendable_at: DateTimeUtc,
    /// How far its mail has come.
    pub delivery: Delivery,
    /// Why its mail was given up.
    pub delivery_failure: Option<DeliveryFailure>,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Who is invited.
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
