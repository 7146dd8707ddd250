use async_graphql::{Context, Guard};

use super::{caller::Asking, error::Error};
use crate::domain::{Principal, policy};

/// What a root field needs; the operation behind it checks the same again under lock (A2, A3).
#[derive(Clone, Copy, Debug)]
pub enum Needs {
    /// Somebody who is signed in.
    SignedIn,
    /// `users.view`.
    View,
    /// `users.view` and `users.create`.
    Invite,
    /// `users.view` and `users.edit`.
    Edit,
    /// `users.view` and `users.delete`.
    Delete,
    /// `users.view` and `users.manage`.
    Manage,
}

impl Guard for Needs {
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        let asking = Asking::of(ctx)?;
        let (allowed, needs): (fn(&Principal) -> bool, _) = match self {
            Self::SignedIn => return Ok(()),
            Self::View => (policy::may_view, policy::NEEDS_VIEW),
            Self::Invite => (policy::may_invite, policy::NEEDS_INVITE),
            Self::Edit => (policy::may_edit, policy::NEEDS_EDIT),
            Self::Delete => (policy::may_delete, policy::NEEDS_DELETE),
            Self::Manage => (policy::may_manage, policy::NEEDS_MANAGE),
        };
        if allowed(&asking.ctx.me) { Ok(()) } else { Err(Error::forbidden(needs).into()) }
    }
}
