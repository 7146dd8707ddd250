//! Random people and templates to begin with, and how they come to the server and into the model.

use std::collections::HashMap;

use entity::user;
use proptest::{collection::vec, option::weighted, prelude::*, sample::select, sample::subsequence};
use rolecall::domain::{Client, ids, sessions};
use uuid::Uuid;

use super::{
    random::some,
    set::Set,
    state::{COOLDOWN, Invitation, Model, Person, Status, Template, Tenant},
};
use crate::prelude::{ColumnTrait, InTenant, NewPerson, NewTemplate, PASSWORD, QueryFilter, Role, TestApp};

#[derive(Clone, Debug)]
pub struct Newcomer {
    admin: bool,
    status: Status,
    template: Option<u8>,
    crm: bool,
    grants: Set,
}

#[derive(Clone, Debug)]
pub struct Cast {
    people: Vec<Newcomer>,
    templates: Vec<Set>,
    spare_seats: i32,
}

fn status() -> impl Strategy<Value = Status> {
    select(&[Status::Active, Status::Invited, Status::Suspended][..])
}

fn delegate() -> impl Strategy<Value = Newcomer> {
    let users = subsequence(vec![11_usize, 12, 13, 14], 1..=4);
    let rest = subsequence(vec![0_usize, 5, 20, 25], 0..=4);
    let view =
        prop::bool::weighted(0.93).prop_map(|view| if view { Set::numbered(&[10]) } else { Set::NONE });
    (view, users, rest, weighted(0.4, any::<u8>()), any::<bool>()).prop_map(
        |(view, users, rest, template, crm)| Newcomer {
            admin: false,
            status: Status::Active,
            template,
            crm,
            grants: view.plus(Set::numbered(&users)).plus(Set::numbered(&rest)),
        },
    )
}

fn anybody() -> impl Strategy<Value = Newcomer> {
    let admin = prop::bool::weighted(0.2);
    (admin, status(), weighted(0.5, any::<u8>()), prop::bool::weighted(0.3), some(2)).prop_map(
        |(admin, status, template, crm, grants)| Newcomer {
            admin,
            status,
            template,
            crm: crm || admin,
            grants,
        },
    )
}

pub fn cast() -> impl Strategy<Value = Cast> {
    let templates = vec(some(2), 1..4);
    (vec(delegate(), 1..4), vec(anybody(), 1..5), templates, -1..6_i32).prop_map(
        |(mut people, others, templates, spare_seats)| {
            people.extend(others);
            Cast { people, templates, spare_seats }
        },
    )
}

impl Model {
    /// Two new tenants with these people. Only the first of each can sign in by a password.
    pub async fn populate(app: &TestApp, casts: &[Cast; 2], number: u32) -> Self {
        let now = app.env.now();
        let mut model =
            Self { now, tenants: Default::default(), sessions: vec![], ended: vec![], links: vec![] };
        for (at, cast) in casts.iter().enumerate() {
            model.add_tenant(app, cast, at, format!("model-{number}-{at}")).await;
        }
        model
    }

    async fn add_tenant(&mut self, app: &TestApp, cast: &Cast, at: usize, slug: String) {
        let limit = cast.people.len() as i32 + 1 + cast.spare_seats;
        let made = app.tenant(&slug, limit).await;
        let mut templates = Vec::new();
        let mut tenant = Tenant { uuid: made.uuid, slug: slug.clone(), limit, ..Tenant::default() };
        for (number, &permissions) in cast.templates.iter().enumerate() {
            let name = format!("Template {number}");
            let template = app.add_template(&made, NewTemplate::new(&name, &permissions.listed())).await;
            let (id, description) = (template.id.clone(), None);
            tenant.templates.push(Template { id, name, description, permissions, version: 1 });
            templates.push(template);
        }
        let admin =
            Newcomer { admin: true, status: Status::Active, template: None, crm: true, grants: Set::NONE };
        let mut tokens = HashMap::from([(made.admin.id.clone(), made.admin.token.clone())]);
        tenant.people.push(self.person(&admin, made.admin.id.clone(), made.admin.email.clone(), None));
        for (number, new) in cast.people.iter().enumerate() {
            let email = format!("person{number}@{slug}.test");
            let template = new.template.map(|n| &templates[usize::from(n) % templates.len()]);
            let mut person = new.to_make(&email);
            if let Some(template) = template {
                person = person.using(template);
            }
            if number == 0 {
                person = person.password(PASSWORD);
            }
            let actor = app.add(&made, person).await;
            tokens.insert(actor.id.clone(), actor.token);
            let mut person = self.person(new, actor.id, email, template.map(|t| t.id.clone()));
            person.password = number == 0;
            tenant.people.push(person);
        }
        for (id, token) in tokens.iter().filter(|(_, token)| !token.is_empty()) {
            self.open(at, id, token);
        }
        self.tenants[at] = tenant;
    }

    fn person(&self, new: &Newcomer, id: String, email: String, template: Option<String>) -> Person {
        let invited = Invitation {
            issued: self.now,
            times: 1,
            resendable: self.now + COOLDOWN,
            queued: Some(self.now),
        };
        Person {
            id,
            email,
            name: None,
            admin: new.admin,
            status: new.status,
            template,
            crm: new.crm,
            grants: new.grants,
            version: 1,
            last_login: None,
            invitation: (new.status == Status::Invited).then_some(invited),
            password: false,
        }
    }
}

impl Newcomer {
    fn to_make(&self, email: &str) -> NewPerson {
        let person = match self.status {
            Status::Invited => NewPerson::invited(email),
            Status::Active => NewPerson::user(email),
            Status::Suspended => NewPerson::suspended(email),
        };
        let person = person.holding(&self.grants.listed());
        let person = if self.admin { person.role(Role::Admin) } else { person };
        if self.crm { person.crm() } else { person }
    }
}

/// A session of somebody that the harness opens, past the password.
pub async fn open_session(app: &TestApp, tenant: Uuid, user: &str) -> String {
    let id = ids::decode(ids::Kind::User, user).expect("an id that the server made");
    let row = user::Entity::in_tenant(tenant).filter(user::Column::Id.eq(id)).one(app.env.db.read()).await;
    let row = row.unwrap().expect("somebody who exists");
    let txn = app.env.db.begin().await.unwrap();
    let (token, _) = sessions::open(&txn, &app.env, &Client::default(), &row, app.env.now()).await.unwrap();
    txn.commit().await.unwrap();
    token
}
