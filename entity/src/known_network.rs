//! The networks that somebody has signed in from lately, which nobody can lock them out of (L4).

use sea_orm::entity::prelude::*;

use crate::InTenant;

/// One row of `known_networks`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "known_networks")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// Who signed in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// From where: an IPv4 /24 or an IPv6 /64.
    #[sea_orm(primary_key, auto_increment = false)]
    pub network: String,
    /// When last.
    pub last_seen_at: DateTimeUtc,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl InTenant for Entity {
    const TENANT: Column = Column::TenantId;
}
