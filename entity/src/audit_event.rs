//! What was done, by whom, to whom; never updated or deleted (E1).

use sea_orm::entity::prelude::*;

use crate::InTenant;

/// One row of `audit_events`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    /// The tenant that it belongs to (T2).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When.
    pub at: DateTimeUtc,
    /// What, for example `user.invited`.
    pub action: String,
    /// The user who did it; none for the command line and for nobody.
    pub actor_id: Option<Uuid>,
    /// What the actor was called.
    pub actor_label_id: Option<Uuid>,
    /// The user or role template that it was done to.
    pub target_id: Option<Uuid>,
    /// What the target was called, where it is a person.
    pub target_label_id: Option<Uuid>,
    /// Each changed field: `{"field": {"from": …, "to": …}}`; addresses and names of people as label ids.
    pub changes: Json,
    /// The request that did it.
    pub request_id: Option<String>,
}

/// How it relates to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// What the actor was called.
    #[sea_orm(
        belongs_to = "super::person_label::Entity",
        from = "(Column::TenantId, Column::ActorLabelId)",
        to = "(super::person_label::Column::TenantId, super::person_label::Column::Id)"
    )]
    ActorLabel,
}

impl Related<super::person_label::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::ActorLabel.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl InTenant for Entity {
    const TENANT: Column = Column::TenantId;
}
