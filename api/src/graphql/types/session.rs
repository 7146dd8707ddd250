use std::sync::Arc;

use async_graphql::{ID, Object, SimpleObject};
use entity::session;

use super::{Access, DateTime, Tenant, User};
use crate::{
    domain::{
        ids::{self, Kind},
        sessions,
        users::Person,
    },
    graphql::{caller::Asking, error::Result},
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
    /// Whether it is the one that asks.
    current: bool,
    /// When it was last used, to the minute.
    last_seen_at: DateTime,
    /// The address that it was begun from.
    ip_address: Option<String>,
    /// The program that it was begun with, as it calls itself.
    user_agent: Option<String>,
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
        Some(Session::new(&self.0.ctx.me.session, &self.0))
    }

    /// Own sessions, newest first.
    async fn sessions(&self) -> Result<Vec<Session>> {
        let rows = sessions::list(&self.0.ctx).await?;
        Ok(rows.iter().map(|row| Session::new(row, &self.0)).collect())
    }
}

impl Session {
    fn new(row: &session::Model, asking: &Asking) -> Self {
        Self {
            id: ids::encode(Kind::Session, row.id).into(),
            created_at: row.created_at.into(),
            expires_at: row.expires_at.into(),
            current: row.id == asking.ctx.me.session.id,
            last_seen_at: row.last_seen_at.into(),
            ip_address: row.ip_address.clone(),
            user_agent: row.user_agent.clone(),
        }
    }
}

impl Viewer {
    fn person(&self) -> Person {
        let me = &self.0.ctx.me;
        Person { user: me.user.clone(), template: me.template.clone().map(Arc::new) }
    }
}
