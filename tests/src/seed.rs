use chrono::DateTime;
use entity::{Permission, Status, credential, role_template, seats, tenant, user};
use rolecall::{
    clock::Clock,
    domain::{
        Client,
        ids::{self, Kind},
        outbox, sessions, text,
    },
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::{Actor, NewPerson, NewTemplate, Template, Tenant, TestApp};

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
            label_id: self.env.new_id(),
            version: 1,
            created_at: change.now,
            updated_at: change.now,
            email: new.email.clone(),
            name: new.name,
        };
        change.label(&user);
        change.insert(user.clone().into_active_model().reset_all());
        change.move_seat(None, Some(&user));
        change.move_template(None, user.role_template_id);
        if let Some(hash) = hash {
            let row = credential::Model { tenant_id: tenant, user_id: id, password_hash: hash };
            change.insert(row.into_active_model().reset_all());
        }
        change.write().await.unwrap();
        let mut token = String::new();
        match user.status {
            Status::Invited => drop(outbox::issue_invitation(&mut change, &user, None, None).unwrap()),
            Status::Active => {
                (token, _) = sessions::open(&change.txn, &self.env, &Client::default(), &user, change.now)
                    .await
                    .unwrap();
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
