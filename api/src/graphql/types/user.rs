use std::sync::Arc;

use async_graphql::{ContextSelectionSet, ID, Object, SimpleObject, parser::types::Field};
use chrono::DateTime as Instant;

use super::{Access, DateTime, Invitation, Permissions, Role, RoleTemplate, UserStatus};
use crate::{
    domain::{
        ids::{self, Kind},
        policy,
        users::Person,
    },
    graphql::{
        caller::Asking,
        error::Result,
        in_turn::{self, HardlyWaits, InTurn},
    },
};

/// A person in the tenant: a row of the users table, and a seat.
pub struct User {
    person: Arc<Person>,
    asking: Arc<Asking>,
}

/// What the asking principal may do with a user: whether a page should enable the button.
#[derive(SimpleObject)]
struct UserActions {
    /// Edit it at all.
    edit: bool,
    /// Give it another address.
    change_email: bool,
    /// Promote or demote it.
    change_role: bool,
    /// Suspend or reactivate it.
    change_status: bool,
    /// Delete it.
    delete: bool,
    /// Send its invitation again.
    resend_invite: bool,
}

/// A person in the tenant: a row of the users table, and a seat.
#[Object]
impl User {
    /// `user_…`
    pub async fn id(&self) -> ID {
        ids::encode(Kind::User, self.person.user.id).into()
    }

    /// As it was typed; unique in the tenant.
    async fn email(&self) -> &str {
        &self.person.user.email
    }

    /// None before signing up, and where it was cleared.
    async fn name(&self) -> Option<&str> {
        self.person.user.name.as_deref()
    }

    /// High-level role.
    async fn role(&self) -> Role {
        self.person.user.role.into()
    }

    /// Where it is in its lifecycle.
    async fn status(&self) -> UserStatus {
        self.person.user.status.into()
    }

    /// May use CRM features, whatever the status; admins always may.
    async fn crm_access(&self) -> bool {
        self.person.user.crm_access
    }

    /// The most recent successful sign-in; none before the first.
    async fn last_login(&self) -> Option<DateTime> {
        Some(self.person.user.last_login_at).filter(|at| *at > Instant::UNIX_EPOCH).map(Into::into)
    }

    /// When it was invited.
    async fn created_at(&self) -> DateTime {
        self.person.user.created_at.into()
    }

    /// When it was last changed by what an edit can set.
    async fn updated_at(&self) -> DateTime {
        self.person.user.updated_at.into()
    }

    /// Counts those changes; for `expectedVersion`.
    async fn version(&self) -> i32 {
        self.person.user.version
    }

    /// The template whose permissions it has besides its own.
    async fn role_template(&self) -> Option<InTurn<RoleTemplate>> {
        let template = self.person.template.clone()?;
        Some(InTurn(RoleTemplate::new(template, self.asking.clone())))
    }

    /// Direct grants alone: the check boxes of the edit dialog.
    async fn permissions(&self) -> Permissions {
        self.person.user.permissions.into()
    }

    /// What it may do at this moment.
    async fn access(&self) -> Access {
        Access::of(&self.person)
    }

    /// Set while the status is INVITED.
    async fn invitation(&self) -> Option<Result<Invitation>> {
        if self.person.user.status != entity::Status::Invited {
            return None;
        }
        let found = self.asking.loaders.invitation(self.person.user.id).await.transpose()?;
        Some(found.map(|row| Invitation::new(&row, self.asking.ctx.env.now())))
    }

    /// What the asking principal may do with this user.
    async fn viewer_can(&self) -> UserActions {
        let can = policy::user_actions(&self.asking.ctx.me, &self.person);
        UserActions {
            edit: can.edit,
            change_email: can.change_email,
            change_role: can.change_role,
            change_status: can.change_status,
            delete: can.delete,
            resend_invite: can.resend_invite,
        }
    }
}

impl HardlyWaits for User {
    fn may_wait(ctx: &ContextSelectionSet<'_>, field: &Field) -> bool {
        match field.name.node.as_str() {
            "invitation" => true,
            "roleTemplate" => in_turn::may_wait::<RoleTemplate>(ctx, field),
            _ => false,
        }
    }
}

impl User {
    /// `person` as `asking` sees it.
    pub fn new(person: impl Into<Arc<Person>>, asking: Arc<Asking>) -> Self {
        Self { person: person.into(), asking }
    }
}
