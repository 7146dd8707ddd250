use std::{net::IpAddr, sync::Arc};

use entity::{Permission, Permissions, Role, role_template, seats, session, tenant, user};
use uuid::Uuid;

use super::{Env, access::Access, users::Person};

/// Somebody who is signed in asks for something.
#[derive(Clone)]
pub struct Ctx {
    /// The world.
    pub env: Arc<Env>,
    /// Who asks, as of the beginning of the request; a change reads it again under lock (A4).
    pub me: Principal,
    /// What was read together with who asks.
    pub read: ReadAhead,
    /// Where the request comes from.
    pub client: Client,
    /// The id of the request, for the audit log.
    pub request_id: Option<String>,
}

/// What a query is going to need, and may be read together with who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ahead {
    /// Nothing, or nothing that is known beforehand.
    #[default]
    Nothing,
    /// The seats of the tenant.
    Seats,
    /// A user.
    User(Uuid),
}

/// The rows of an [`Ahead`], as they were in the statement that found who asks.
#[derive(Clone, Default)]
pub enum ReadAhead {
    /// Nothing was read.
    #[default]
    Nothing,
    /// The seat row.
    Seats(Option<seats::Model>),
    /// The user of this id.
    User(Uuid, Option<Box<Person>>),
}

/// Where a request comes from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Its address; none for the command line.
    pub ip: Option<IpAddr>,
    /// The program that sent it, as it calls itself.
    pub user_agent: Option<String>,
}

/// Nobody is signed in.
#[derive(Clone)]
pub struct Visitor {
    /// The world.
    pub env: Arc<Env>,
    /// Where the request comes from.
    pub client: Client,
    /// The id of the request, for the audit log.
    pub request_id: Option<String>,
}

/// Who is asking: a user by its session.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The tenant that everything happens in.
    pub tenant: tenant::Model,
    /// The user.
    pub user: user::Model,
    /// The user's role template.
    pub template: Option<role_template::Model>,
    /// The session that it is known by.
    pub session: session::Model,
}

impl Ctx {
    /// The tenant that everything happens in.
    pub fn tenant_id(&self) -> Uuid {
        self.me.tenant.id
    }

    /// The same without the principal.
    pub fn visitor(&self) -> Visitor {
        Visitor { env: self.env.clone(), client: self.client.clone(), request_id: self.request_id.clone() }
    }
}

impl Visitor {
    /// Nobody, from this machine: the command line.
    pub fn local(env: Arc<Env>) -> Self {
        Self { env, client: Client::default(), request_id: None }
    }
}

impl Principal {
    /// Whether it may do everything (A1).
    pub fn is_admin(&self) -> bool {
        self.user.role == Role::Admin
    }

    /// What it may do at this moment.
    pub fn access(&self) -> Access {
        Access::of(&self.user, self.template.as_ref())
    }

    /// What it holds.
    pub fn permissions(&self) -> Permissions {
        self.access().permissions
    }

    /// Whether it holds `permission`.
    pub fn holds(&self, permission: Permission) -> bool {
        self.permissions().contains(permission)
    }
}
