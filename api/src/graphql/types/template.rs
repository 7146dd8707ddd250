use std::sync::Arc;

use async_graphql::{ComplexObject, ContextSelectionSet, ID, SimpleObject, parser::types::Field};
use entity::role_template;

use super::{DateTime, Permissions};
use crate::{
    domain::{
        ids::{self, Kind},
        policy,
    },
    graphql::{caller::Asking, in_turn::HardlyWaits},
};

/// A named set of permissions that can be given to users.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct RoleTemplate {
    /// `template_…`
    pub id: ID,
    /// Unique in the tenant.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// When it was made.
    created_at: DateTime,
    /// When it was last changed.
    updated_at: DateTime,
    /// Counts changes; for `expectedVersion`.
    version: i32,
    #[graphql(skip)]
    row: role_template::Model,
    #[graphql(skip)]
    asking: Arc<Asking>,
}

/// What the asking principal may do with a role template.
#[derive(SimpleObject)]
struct RoleTemplateActions {
    /// Give it to somebody (needs USERS_CREATE or USERS_EDIT besides what it contains).
    assign: bool,
    /// Edit it.
    edit: bool,
    /// Delete it.
    delete: bool,
}

#[ComplexObject]
impl RoleTemplate {
    /// What it grants.
    async fn permissions(&self) -> Permissions {
        self.row.permissions.into()
    }

    /// How many users have it. Null to somebody who may not see users.
    async fn user_count(&self) -> Option<i32> {
        policy::may_view(&self.asking.ctx.me).then_some(self.row.user_count)
    }

    /// What the asking principal may do with this template.
    async fn viewer_can(&self) -> RoleTemplateActions {
        let can = policy::template_actions(&self.asking.ctx.me, &self.row);
        RoleTemplateActions { assign: can.assign, edit: can.edit, delete: can.delete }
    }
}

impl HardlyWaits for RoleTemplate {
    fn may_wait(_: &ContextSelectionSet<'_>, _: &Field) -> bool {
        false
    }
}

impl RoleTemplate {
    /// `row` as `asking` sees it.
    pub fn new(row: role_template::Model, asking: Arc<Asking>) -> Self {
        Self {
            id: ids::encode(Kind::Template, row.id).into(),
            name: row.name.clone(),
            description: row.description.clone(),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            version: row.version,
            row,
            asking,
        }
    }
}
