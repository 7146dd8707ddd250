//! Failed attempts to sign in (L4). Stands outside the tenants: it counts for those that do not exist, too.

use sea_orm::entity::prelude::*;

/// One row of `sign_in_failures`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_failures")]
pub struct Model {
    /// SHA-256 of what is counted: a scope, and the tenant, address and network that it is about, as sent.
    #[sea_orm(primary_key, auto_increment = false)]
    pub counted: Vec<u8>,
    /// Failures since `since`.
    pub failures: i32,
    /// When the count began.
    pub since: DateTimeUtc,
    /// Until when the next attempt is refused.
    pub blocked_until: DateTimeUtc,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
