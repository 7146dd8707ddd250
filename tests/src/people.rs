use chrono::{DateTime, Utc};
use entity::{Permission, Permissions, Role, Status, credential, role_template, seats, tenant, user};
use rolecall::clock::Clock;
use rolecall::domain::{
    ids::{self, Kind},
    outbox, sessions, text,
};
use sea_orm::{EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::{TestApp, Who};

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
    email: String,
    name: Option<String>,
    role: Role,
    status: Status,
    template: Option<Uuid>,
    crm: bool,
    permissions: Permissions,
    last_login: Option<DateTime<Utc>>,
    password: Option<String>,
}

/// A row of the role templates to make.
#[derive(Clone, Debug)]
pub struct NewTemplate {
    name: String,
    permissions: Permissions,
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

impl TestApp {
    /// A tenant with so many seats and one active admin, `admin@SLUG.test`.
    pub async fn tenant(&self, slug: &str, seats: i32) -> Tenant {
        let uuid = self.env.new_id();
        let row = tenant::Model {
            id: uuid,
            slug: slug.to_owned(),
            name: format!("{slug} Inc."),
            created_at: self.clock.now(),
        };
        let seats = seats::Model {
            tenant_id: uuid,
            seat_limit: seats,
            invited: 0,
            active: 0,
            suspended: 0,
            active_admins: 0,
        };
        let txn = self.env.db.begin().await.unwrap();
        let row = row.into_active_model().reset_all();
        tenant::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
        let seats = seats.into_active_model().reset_all();
        seats::Entity::insert(seats).exec_without_returning(&txn).await.unwrap();
        txn.commit().await.unwrap();
        let admin = self.add_to(uuid, NewPerson::admin(&format!("admin@{slug}.test"))).await;
        Tenant { uuid, id: ids::encode(Kind::Tenant, uuid), slug: slug.to_owned(), admin }
    }

    /// Somebody in `tenant`, whatever the seat limit.
    pub async fn add(&self, tenant: &Tenant, new: NewPerson) -> Actor {
        self.add_to(tenant.uuid, new).await
    }

    async fn add_to(&self, tenant: Uuid, new: NewPerson) -> Actor {
        let hash = match &new.password {
            Some(password) => Some(self.env.passwords.hash(password).await.unwrap()),
            None => None,
        };
        let mut change = self.visitor().begin(tenant).await.unwrap();
        let id = self.env.new_id();
        let user = user::Model {
            tenant_id: tenant,
            id,
            email_key: text::key(&new.email),
            name_key: new.name.as_deref().map(text::key).unwrap_or_default(),
            role: new.role,
            status: new.status,
            role_template_id: new.template,
            crm_access: new.crm,
            permissions: new.permissions,
            last_login_at: new.last_login.unwrap_or(DateTime::UNIX_EPOCH),
            label_id: change.label(id, &new.email, new.name.as_deref()).await.unwrap(),
            version: 1,
            created_at: change.now,
            updated_at: change.now,
            email: new.email.clone(),
            name: new.name,
        };
        let row = user.clone().into_active_model().reset_all();
        user::Entity::insert(row).exec_without_returning(&change.txn).await.unwrap();
        change.move_seat(None, Some(&user));
        change.move_template(None, user.role_template_id).await.unwrap();
        if let Some(hash) = hash {
            let row = credential::Model { tenant_id: tenant, user_id: id, password_hash: hash };
            let row = row.into_active_model().reset_all();
            credential::Entity::insert(row).exec_without_returning(&change.txn).await.unwrap();
        }
        let mut token = String::new();
        match user.status {
            Status::Invited => drop(outbox::issue_invitation(&change, &user).await.unwrap()),
            Status::Active => {
                (token, _) = sessions::open(&change.txn, &self.env, &user, change.now).await.unwrap();
            }
            Status::Suspended => {}
        }
        change.commit().await.unwrap();
        Actor { tenant, uuid: id, id: ids::encode(Kind::User, id), email: new.email, token }
    }

    /// A role template in `tenant`.
    pub async fn add_template(&self, tenant: &Tenant, new: NewTemplate) -> Template {
        let uuid = self.env.new_id();
        let now = self.clock.now();
        let row = role_template::Model {
            tenant_id: tenant.uuid,
            id: uuid,
            name_key: text::key(&new.name),
            name: new.name,
            description: None,
            permissions: new.permissions,
            user_count: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let change = self.visitor().begin(tenant.uuid).await.unwrap();
        let row = row.into_active_model().reset_all();
        role_template::Entity::insert(row).exec_without_returning(&change.txn).await.unwrap();
        change.commit().await.unwrap();
        Template { uuid, id: ids::encode(Kind::Template, uuid) }
    }

    /// A delegate: an active user who holds `users.view` and these.
    pub async fn delegate(&self, tenant: &Tenant, permissions: &[Permission]) -> Actor {
        let number = self.env.new_id().simple().to_string();
        let new = NewPerson::user(&format!("delegate-{number}@{}.test", tenant.slug));
        self.add(tenant, new.holding(&[Permission::UsersView]).holding(permissions)).await
    }

    /// Invites by `who`, follows the mailed link, and answers who signed up, with a session and [`crate::PASSWORD`].
    pub async fn invite_and_accept(&self, who: &Actor, input: crate::Json) -> Actor {
        let invited = self.invite(who, input).await.ok()["user"].clone();
        let email = invited["email"].as_str().unwrap().to_owned();
        let mails = self.mails().await;
        let mail = mails.iter().rfind(|m| m.to == email).expect("the invitation is mailed");
        let accepted = self.accept(&mail.token(), "Somebody New", crate::PASSWORD).await;
        let id = invited["id"].as_str().unwrap().to_owned();
        let uuid = ids::decode(Kind::User, &id).unwrap();
        let token = accepted.ok()["token"].as_str().unwrap().to_owned();
        Actor { tenant: who.tenant, uuid, id, email, token }
    }
}
