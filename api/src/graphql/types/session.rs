use std::sync::Arc;

use async_graphql::{ID, Object, SimpleObject};
use entity::session;

use super::{Access, DateTime, Tenant, User};
use crate::{
    domain::{
        ids::{self, Kind},
        users::Person,
    },
    graphql::caller::Asking,
};

/// Who is asking, where, and what they may do.
pub struct Viewer(pub Arc<Asking>);

/// A sign-in that has not ended.
#[derive(SimpleObject)]
pub struct Session {
    /// `session_…`
    id: ID,
    /// When it began.
    created_at: DateTime,
    /// When it ends unless it is used.
    expires_at: DateTime,
}

/// Who is asking, where, and what they may do.
#[Object]
impl Viewer {
    /// The user who asks.
    async fn user(&self) -> Option<User> {
        Some(User::new(self.person(), self.0.clone()))
    }

    /// Where everything happens.
    async fn tenant(&self) -> Tenant {
        (&self.0.ctx.me.tenant).into()
    }

    /// What the one who asks may do.
    async fn access(&self) -> Access {
        Access::of(&self.person())
    }

    /// The session that asks.
    async fn session(&self) -> Option<Session> {
        Some((&self.0.ctx.me.session).into())
    }
}

impl Viewer {
    fn person(&self) -> Person {
        let me = &self.0.ctx.me;
        Person { user: me.user.clone(), template: me.template.clone() }
    }
}

impl From<&session::Model> for Session {
    fn from(row: &session::Model) -> Self {
        Self {
            id: ids::encode(Kind::Session, row.id).into(),
            created_at: row.created_at.into(),
            expires_at: row.expires_at.into(),
        }
    }
}
