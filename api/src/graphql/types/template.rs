use std::sync::Arc;

use async_graphql::{ContextSelectionSet, ID, Object, SimpleObject, parser::types::Field};
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
pub struct RoleTemplate {
    row: Arc<role_template::Model>,
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

/// A named set of permissions that can be given to users.
#[Object]
impl RoleTemplate {
    /// `template_…`
    pub async fn id(&self) -> ID {
        ids::encode(Kind::Template, self.row.id).into()
    }

    /// Unique in the tenant.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }

    /// Counts changes; for `expectedVersion`.
    async fn version(&self) -> i32 {
        self.row.version
    }

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
    pub fn new(row: impl Into<Arc<role_template::Model>>, asking: Arc<Asking>) -> Self {
        Self { row: row.into(), asking }
    }
}
