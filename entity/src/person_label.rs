//! What somebody was called at some time. Audit events point here, so that a person can be erased without touching an event (E1).

use sea_orm::entity::prelude::*;

use crate::InTenant;

/// One row of `person_labels`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person_labels")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose label it is; it outlives the user.
    pub user_id: Uuid,
    /// The address; none once erased.
    pub email: Option<String>,
    /// The name, where there was one.
    pub name: Option<String>,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl InTenant for Entity {
    const TENANT: Column = Column::TenantId;
}
