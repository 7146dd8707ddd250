//! Clients that change tenants all at once, and remember what they were answered.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use entity::{audit_event, user};
use sea_orm::Statement;
use tokio::time::sleep;

use crate::{
    prelude::*,
    races::{assert_sound, at_once},
};

const CLIENTS: usize = 16;
/// What is done to somebody, one after the other; the last is not done to everybody.
const DEEDS: [&str; 4] = ["inviteUser", "editUser", "editUser", "deleteUser"];

/// Somebody who was invited, as the client knows it.
pub struct Person {
    tenant: usize,
    email: String,
    id: String,
    /// How many of the deeds were answered.
    done: usize,
    /// Whether the one after them was asked for and not answered.
    unknown: bool,
}

/// The clients.
pub struct Load<'a> {
    tenants: &'a [Tenant],
    people: RefCell<Vec<Person>>,
    refused: RefCell<BTreeSet<String>>,
    answered: Cell<usize>,
    unanswered: Cell<usize>,
    next: Cell<usize>,
    over: Cell<bool>,
}

impl<'a> Load<'a> {
    /// Nobody has asked for anything yet.
    pub fn of(tenants: &'a [Tenant]) -> Self {
        Self {
            tenants,
            people: RefCell::default(),
            refused: RefCell::default(),
            answered: Cell::default(),
            unanswered: Cell::default(),
            next: Cell::default(),
            over: Cell::default(),
        }
    }

    /// Changes the tenants from many sides, until `events` are over.
    pub async fn during<T>(&self, app: &TestApp, events: impl Future<Output = T>) -> T {
        self.over.set(false);
        let clients = at_once((0..CLIENTS).map(|_| async {
            while !self.over.get() {
                self.change_somebody(app).await;
            }
        }));
        let events = async {
            let outcome = events.await;
            self.over.set(true);
            outcome
        };
        tokio::join!(events, clients).0
    }

    /// Returns after so many more answers.
    pub async fn answers(&self, more: usize) {
        until(&self.answered, self.answered.get() + more).await;
    }

    /// Returns after so many more requests whose outcome nobody knows.
    pub async fn failures(&self, more: usize) {
        until(&self.unanswered, self.unanswered.get() + more).await;
    }

    /// How many were answered, and of how many nobody knows the outcome.
    pub fn counts(&self) -> (usize, usize) {
        (self.answered.get(), self.unanswered.get())
    }

    /// The codes of the top-level errors that came.
    pub fn refused(&self) -> Vec<String> {
        self.refused.borrow().iter().cloned().collect()
    }

    /// Invites, edits and, every other time, deletes somebody new. Whether all of it was answered.
    pub async fn change_somebody(&self, app: &TestApp) -> bool {
        let number = self.next.replace(self.next.get() + 1);
        let tenant = number % self.tenants.len();
        let email = format!("n{number}@{}.test", self.tenants[tenant].slug);
        let mut person = Person { tenant, email, id: String::new(), done: 0, unknown: false };
        let deeds = if number % 4 < 2 { DEEDS.len() } else { DEEDS.len() - 1 };
        while person.done < deeds && !person.unknown {
            self.do_next(app, &mut person).await;
        }
        let answered = !person.unknown;
        self.people.borrow_mut().push(person);
        answered
    }

    async fn do_next(&self, app: &TestApp, person: &mut Person) {
        let deed = DEEDS[person.done];
        let (input, selection) = match deed {
            "inviteUser" => (json!({ "email": person.email }), "user { id } errors { code message path }"),
            "editUser" => {
                let input = json!({ "userId": person.id, "name": name(person.done + 1) });
                (input, "user { id } errors { code message path }")
            }
            _ => (json!({ "userId": person.id }), "deletedUserId errors { code message path }"),
        };
        let admin = &self.tenants[person.tenant].admin;
        let answer = app.try_to_mutate(admin, deed, input, selection).await;
        if let Some(answer) = answer.ok().filter(|answer| self.is_answered(answer)) {
            if let Some(id) = answer.ok()["user"]["id"].as_str() {
                person.id = id.to_owned();
            }
            person.done += 1;
            self.answered.set(self.answered.get() + 1);
        } else {
            person.unknown = true;
            self.unanswered.set(self.unanswered.get() + 1);
            sleep(Duration::from_millis(10)).await;
        }
    }

    fn is_answered(&self, answer: &Answer) -> bool {
        if answer.payload().is_object() {
            return true;
        }
        let code = &answer.json["errors"][0]["extensions"]["code"];
        self.refused.borrow_mut().insert(code.as_str().unwrap_or("none").to_owned());
        false
    }

    /// Asserts that all that was answered has happened, that what was not has happened whole or not at all, and that
    /// nothing else has.
    pub async fn assert_kept(&self, app: &TestApp) {
        for (number, tenant) in self.tenants.iter().enumerate() {
            let rows = user::Entity::in_tenant(tenant.uuid).all(app.env.db.read()).await.unwrap();
            let mut rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.email.clone(), row)).collect();
            rows.remove(&tenant.admin.email).expect("the admin is there");
            let mut events = BTreeMap::from([("user.invited", 0), ("user.edited", 0), ("user.deleted", 0)]);
            for person in self.people.borrow().iter().filter(|person| person.tenant == number) {
                let happened = happened(person, rows.remove(&person.email).as_ref());
                for deed in &DEEDS[..happened] {
                    let event = match *deed {
                        "inviteUser" => "user.invited",
                        "editUser" => "user.edited",
                        _ => "user.deleted",
                    };
                    *events.get_mut(event).unwrap() += 1;
                }
            }
            assert!(rows.is_empty(), "nobody asked for {:?}", rows.keys());
            for (action, times) in events {
                let of = audit_event::Entity::in_tenant(tenant.uuid);
                let of = of.filter(audit_event::Column::Action.eq(action));
                assert_eq!(of.count(app.env.db.read()).await.unwrap(), times, "{action}");
            }
        }
        assert_eq!(invitations_without_mail(app).await, 0);
        assert_sound(app).await;
    }
}

/// Returns when the counter is there.
async fn until(counter: &Cell<usize>, there: usize) {
    for _ in 0..15_000 {
        if counter.get() >= there {
            return;
        }
        sleep(Duration::from_millis(1)).await;
    }
    panic!("it is {} and does not become {there}", counter.get());
}

/// What somebody is called after so many deeds.
fn name(deeds: usize) -> String {
    format!("After {deeds}")
}

/// How many of the deeds have happened to somebody, by the row.
fn happened(person: &Person, row: Option<&user::Model>) -> usize {
    let Person { email, done, unknown, .. } = person;
    let happened = match row {
        Some(row) => {
            let version = usize::try_from(row.version).unwrap();
            assert_eq!(row.name, (version > 1).then(|| name(version)), "{email} of version {version}");
            version
        }
        // Before the first of them there was nobody, and after the last there is nobody.
        None if *done >= DEEDS.len() - 1 => DEEDS.len(),
        None => 0,
    };
    let as_answered = happened == *done || (*unknown && happened == *done + 1);
    assert!(as_answered, "{email}: {happened} happened, {done} were answered, unknown: {unknown}");
    happened
}

/// How many are invited whose mail neither is queued nor was sent (I4).
async fn invitations_without_mail(app: &TestApp) -> i64 {
    let sql = "SELECT COUNT(*) FROM invitations i
        LEFT JOIN mails m ON m.tenant_id = i.tenant_id AND m.user_id = i.user_id
        WHERE i.delivery = 0 AND m.user_id IS NULL";
    let db = &app.env.db;
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}
