//! The outbox: mail that is committed with the change that causes it, and not delivered yet (I4).

use sea_orm::entity::prelude::*;

use crate::{InTenant, MailKind};

/// One row of `mails`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mails")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it is.
    pub kind: MailKind,
    /// Whom it is about, and whom it goes to where no address is named.
    pub user_id: Uuid,
    /// A stored address that it goes to instead of the present one: the former, of an address that was changed.
    pub to_address: Option<String>,
    /// `times_issued` of the link that it carries; it is dropped where that has moved on. 0 where it carries none.
    pub link_number: i32,
    /// When it was queued.
    pub created_at: DateTimeUtc,
    /// From when it may be sent.
    pub due_at: DateTimeUtc,
    /// Until when a worker has it.
    pub leased_until: Option<DateTimeUtc>,
    /// How often it was taken; the fence of the lease.
    pub attempts: i32,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Whom it goes to.
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
