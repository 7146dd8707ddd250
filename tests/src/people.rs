use chrono::{DateTime, Utc};
use entity::{Permission, Permissions, Role, Status};
use uuid::Uuid;

use crate::Who;

/// Somebody to act as, or to be acted on.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The tenant's row.
    pub tenant: Uuid,
    /// The row.
    pub uuid: Uuid,
    /// `user_…`
    pub id: String,
    /// The address.
    pub email: String,
    /// A bearer token; empty for who is not active.
    pub token: String,
}

impl Who for Actor {
    fn token(&self) -> Option<&str> {
        (!self.token.is_empty()).then_some(&self.token)
    }
}

/// A tenant with one active admin.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The row.
    pub uuid: Uuid,
    /// `tenant_…`
    pub id: String,
    /// Its slug; its name is `SLUG Inc.` and its people's addresses end in `@SLUG.test`.
    pub slug: String,
    /// An active admin, `admin@SLUG.test`.
    pub admin: Actor,
}

/// A role template that a test has made.
#[derive(Clone, Debug)]
pub struct Template {
    /// The row.
    pub uuid: Uuid,
    /// `template_…`
    pub id: String,
}

/// A row of the users table to make, with all that belongs to it: label, counters, credential, session, invitation.
#[derive(Clone, Debug)]
pub struct NewPerson {
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    pub(crate) role: Role,
    pub(crate) status: Status,
    pub(crate) template: Option<Uuid>,
    pub(crate) crm: bool,
    pub(crate) permissions: Permissions,
    pub(crate) last_login: Option<DateTime<Utc>>,
    pub(crate) password: Option<String>,
}

/// A row of the role templates to make.
#[derive(Clone, Debug)]
pub struct NewTemplate {
    pub(crate) name: String,
    pub(crate) permissions: Permissions,
}

impl NewPerson {
    fn new(email: &str, role: Role, status: Status) -> Self {
        Self {
            email: email.to_owned(),
            name: None,
            role,
            status,
            template: None,
            crm: role == Role::Admin,
            permissions: Permissions::NONE,
            last_login: None,
            password: None,
        }
    }

    /// An active user without any permission.
    pub fn user(email: &str) -> Self {
        Self::new(email, Role::User, Status::Active)
    }

    /// An active admin.
    pub fn admin(email: &str) -> Self {
        Self::new(email, Role::Admin, Status::Active)
    }

    /// An invited user, the invitation's mail queued.
    pub fn invited(email: &str) -> Self {
        Self::new(email, Role::User, Status::Invited)
    }

    /// A suspended user.
    pub fn suspended(email: &str) -> Self {
        Self::new(email, Role::User, Status::Suspended)
    }

    /// With this role.
    pub fn role(self, role: Role) -> Self {
        Self { role, crm: self.crm || role == Role::Admin, ..self }
    }

    /// With this name.
    pub fn named(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    /// With these direct grants besides what it has.
    pub fn holding(self, permissions: &[Permission]) -> Self {
        let more = permissions.iter().copied().collect();
        Self { permissions: self.permissions.union(more), ..self }
    }

    /// With this template.
    pub fn using(self, template: &Template) -> Self {
        Self { template: Some(template.uuid), ..self }
    }

    /// With CRM access.
    pub fn crm(self) -> Self {
        Self { crm: true, ..self }
    }

    /// Who signed in last at this time; otherwise it never did.
    pub fn last_login(self, at: DateTime<Utc>) -> Self {
        Self { last_login: Some(at), ..self }
    }

    /// Who can sign in by this password.
    pub fn password(self, password: &str) -> Self {
        Self { password: Some(password.to_owned()), ..self }
    }
}

impl NewTemplate {
    /// A template of this name that grants this.
    pub fn new(name: &str, permissions: &[Permission]) -> Self {
        Self { name: name.to_owned(), permissions: permissions.iter().copied().collect() }
    }
}
