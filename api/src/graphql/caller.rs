use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_graphql::Context;
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::{error::Error, loaders::Loaders};
use crate::{
    domain::{
        Ctx, ReadAhead, Visitor,
        ids::{self, Kind},
        sessions::SignedIn,
    },
    telemetry::{Asker, Watch},
};

/// Who sent the request, and what it does to their cookie.
pub struct Caller {
    /// Nobody in particular.
    pub visitor: Visitor,
    /// Somebody who is signed in.
    pub signed_in: Option<Arc<Asking>>,
    /// Who tells operators of it.
    pub watch: Arc<Watch>,
    cookie: Mutex<Option<CookieChange>>,
    nothing_twice: OnceLock<bool>,
    deadline: Instant,
}

/// Somebody who is signed in, with what they have loaded already.
pub struct Asking {
    /// Who.
    pub ctx: Arc<Ctx>,
    /// Batches look-ups of this request.
    pub loaders: Loaders,
}

/// What the answer does to the session cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieChange {
    /// Signs in by cookie (L3).
    Set {
        /// The session's token.
        token: String,
        /// When the session ends at the latest unless it is used.
        expires_at: DateTime<Utc>,
    },
    /// Signs out.
    Clear,
}

impl Caller {
    /// A caller who is signed in where there is a `ctx`, and waits until `deadline`.
    pub fn new(visitor: Visitor, ctx: Option<Ctx>, watch: Arc<Watch>, deadline: Instant) -> Self {
        if let Some(ctx) = &ctx {
            let asker = if ctx.me.is_admin() { Asker::Admin } else { Asker::User };
            watch.asked_by(asker, Some(ids::encode(Kind::Tenant, ctx.tenant_id())));
        }
        let signed_in = ctx.map(|ctx| Arc::new(Asking::new(ctx)));
        Self { visitor, signed_in, watch, cookie: Mutex::default(), nothing_twice: OnceLock::new(), deadline }
    }

    /// Until when an answer is waited for.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the request asks for nothing twice, found out once.
    pub fn asks_for_nothing_twice(&self, find_out: impl FnOnce() -> bool) -> bool {
        *self.nothing_twice.get_or_init(find_out)
    }

    /// The caller of the request.
    pub fn of<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Self>, Error> {
        ctx.data_opt::<Arc<Self>>().ok_or_else(|| Error::internal("a request without a caller"))
    }

    /// Notes what the answer does to the cookie.
    pub fn change_cookie(&self, change: CookieChange) {
        *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(change);
    }

    /// What the answer does to the cookie.
    pub fn cookie_change(&self) -> Option<CookieChange> {
        self.cookie.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Asking {
    /// Somebody who has loaded nothing yet.
    pub fn new(ctx: Ctx) -> Self {
        let ctx = Arc::new(ctx);
        Self { loaders: Loaders::new(&ctx), ctx }
    }

    /// Who asks; nobody is `UNAUTHENTICATED` (A6).
    pub fn of(ctx: &Context<'_>) -> Result<Arc<Self>, Error> {
        Caller::of(ctx)?.signed_in.clone().ok_or_else(Error::unauthenticated)
    }

    /// Somebody who has just signed in.
    pub fn just_signed_in(visitor: &Visitor, signed_in: &SignedIn) -> Arc<Self> {
        Arc::new(Self::new(Ctx {
            env: visitor.env.clone(),
            me: signed_in.principal.clone(),
            read: ReadAhead::Nothing,
            client: visitor.client.clone(),
            request_id: visitor.request_id.clone(),
        }))
    }
}
