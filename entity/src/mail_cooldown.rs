//! When an address may be written to again, whatever became of its user (I4).

use sea_orm::entity::prelude::*;

use crate::InTenant;

/// One row of `mail_cooldowns`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_cooldowns")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// The address as it is compared.
    #[sea_orm(primary_key, auto_increment = false)]
    pub email_key: String,
    /// From when the next mail may be sent.
    pub until: DateTimeUtc,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl InTenant for Entity {
    const TENANT: Column = Column::TenantId;
}
