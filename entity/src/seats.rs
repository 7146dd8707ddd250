//! The seat limit of a tenant and its counters, one row a tenant. Its lock orders all changes within a tenant.

use sea_orm::entity::prelude::*;

use crate::InTenant;

/// One row of `seats`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seats")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// Seats that the tenant may use (T4).
    pub seat_limit: i32,
    /// Users whose status is invited.
    pub invited: i32,
    /// Users whose status is active.
    pub active: i32,
    /// Users whose status is suspended.
    pub suspended: i32,
    /// Admins whose status is active (A7).
    pub active_admins: i32,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl InTenant for Entity {
    const TENANT: Column = Column::TenantId;
}
