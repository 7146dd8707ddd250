//! E1: what the audit log keeps.

use std::collections::HashSet;

use entity::{audit_event, person_label};
use rolecall::domain::tenants;
use uuid::Uuid;

use crate::prelude::*;

/// Watches the events of a tenant.
struct Log<'a> {
    app: &'a TestApp,
    tenant: Uuid,
    seen: HashSet<Uuid>,
}

impl<'a> Log<'a> {
    async fn of(app: &'a TestApp, tenant: &Tenant) -> Self {
        let mut log = Self { app, tenant: tenant.uuid, seen: HashSet::new() };
        log.news().await;
        log
    }

    /// The events since the last look.
    async fn news(&mut self) -> Vec<audit_event::Model> {
        let all = audit_event::Entity::in_tenant(self.tenant).all(self.app.env.db.read()).await.unwrap();
        all.into_iter().filter(|event| self.seen.insert(event.id)).collect()
    }

    /// The one event since the last look.
    #[track_caller]
    fn one(news: Vec<audit_event::Model>) -> audit_event::Model {
        let [event] = <[_; 1]>::try_from(news).expect("one event for one operation");
        event
    }

    async fn label(&self, id: Option<Uuid>) -> (Option<String>, Option<String>) {
        let by_id = person_label::Column::Id.eq(id.expect("a label"));
        let label =
            person_label::Entity::in_tenant(self.tenant).filter(by_id).one(self.app.env.db.read()).await;
        let label = label.unwrap().expect("a label");
        (label.email, label.name)
    }
}

/// The names of the changed fields.
fn fields(event: &audit_event::Model) -> Vec<String> {
    let mut names: Vec<_> = event.changes.as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[rstest]
#[tokio::test]
async fn e1_every_change_of_a_user_leaves_one_event(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    let mut log = Log::of(&app, &acme).await;
    let new = json!({ "email": "ann@acme.test", "roleTemplateId": template.id });
    let answer = app.invite(&acme.admin, new).await;
    let id = answer.ok()["user"]["id"].as_str().unwrap();

    let invited = Log::one(log.news().await);
    assert_eq!(invited.at, app.clock.now());
    assert_eq!(invited.actor_id, Some(acme.admin.uuid));
    assert_eq!(log.label(invited.actor_label_id).await, (some("admin@acme.test"), None));
    assert_eq!(log.label(invited.target_label_id).await, (some("ann@acme.test"), None));
    let ann = invited.target_id;
    assert!(ann.is_some() && invited.request_id.is_some());

    app.mails().await;
    assert!(log.news().await.is_empty(), "a delivery is nobody's doing");
    app.advance(TimeDelta::minutes(2));
    app.resend(&acme.admin, id).await.ok();
    let resent = Log::one(log.news().await);
    assert_eq!((resent.actor_id, resent.target_id), (Some(acme.admin.uuid), ann));
    app.accept(&app.mail().await.token(), "Ann", PASSWORD).await.ok();
    let accepted = Log::one(log.news().await);
    assert_eq!((accepted.actor_id, accepted.target_id), (ann, ann));
    assert_eq!(accepted.changes["status"], json!({ "from": "INVITED", "to": "ACTIVE" }));
    assert_eq!(log.label(accepted.target_label_id).await, (some("ann@acme.test"), some("Ann")));

    let patch = json!({ "email": "anna@acme.test", "name": "Anna", "role": "ADMIN", "status": "SUSPENDED",
        "roleTemplateId": null, "permissions": { "settings": { "view": true } } });
    app.edit(&acme.admin, id, patch).await.ok();
    let edited = Log::one(log.news().await);
    let changed = ["crmAccess", "email", "name", "permissions", "role", "roleTemplate", "status"];
    assert_eq!(fields(&edited), changed);
    assert_eq!(edited.changes["role"], json!({ "from": "USER", "to": "ADMIN" }));
    assert_eq!(edited.changes["status"], json!({ "from": "ACTIVE", "to": "SUSPENDED" }));
    assert_eq!(edited.changes["crmAccess"], json!({ "from": false, "to": true }));
    for field in ["permissions", "roleTemplate"] {
        assert_ne!(edited.changes[field]["from"], edited.changes[field]["to"], "{field}");
    }
    app.edit(&acme.admin, id, json!({ "name": "Anna" })).await.ok();
    assert!(log.news().await.is_empty(), "nothing was changed");
    app.delete(&acme.admin, id).await.ok();
    let deleted = Log::one(log.news().await);
    assert_eq!((deleted.actor_id, deleted.target_id), (Some(acme.admin.uuid), ann));

    let actions = [&invited, &resent, &accepted, &edited, &deleted].map(|event| event.action.as_str());
    assert_eq!(HashSet::from(actions).len(), 5, "{actions:?}");
    // The events keep who it was.
    assert_eq!(log.label(deleted.target_label_id).await, (some("anna@acme.test"), some("Anna")));
    assert_eq!(log.label(invited.target_label_id).await, (some("ann@acme.test"), None));
    let all = audit_event::Entity::in_tenant(acme.uuid).all(app.env.db.read()).await.unwrap();
    for event in [invited, resent, accepted, edited, deleted] {
        assert!(all.contains(&event), "events are never updated or deleted");
    }
}

#[rstest]
#[tokio::test]
async fn e1_every_change_of_a_template_leaves_one_event(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let other = app.add_template(&acme, NewTemplate::new("Other", &[])).await;
    let mut log = Log::of(&app, &acme).await;
    let new = json!({ "name": "T", "description": "D", "permissions": { "users": { "view": true } } });
    let made = app.create_template(&acme.admin, new).await;
    let id = made.ok()["roleTemplate"]["id"].as_str().unwrap();
    let created = Log::one(log.news().await);
    assert_eq!(created.actor_id, Some(acme.admin.uuid));
    assert_eq!(fields(&created), ["description", "name", "permissions"]);
    assert_eq!(created.changes["name"]["to"], "T");

    let patch = json!({ "name": "U", "permissions": { "users": { "edit": true } } });
    app.edit_template(&acme.admin, id, patch).await.ok();
    let edited = Log::one(log.news().await);
    assert_eq!(edited.target_id, created.target_id);
    assert_eq!(fields(&edited), ["name", "permissions"]);
    assert_eq!(edited.changes["name"], json!({ "from": "T", "to": "U" }));
    app.edit_template(&acme.admin, id, json!({ "name": "U" })).await.ok();
    assert!(log.news().await.is_empty());

    app.invite(&acme.admin, json!({ "email": "ann@acme.test", "roleTemplateId": id })).await.ok();
    app.invite(&acme.admin, json!({ "email": "bob@acme.test", "roleTemplateId": id })).await.ok();
    log.news().await;
    app.delete_template(&acme.admin, id, json!({ "replacementId": other.id })).await.ok();
    let deleted = Log::one(log.news().await);
    assert_eq!((deleted.actor_id, deleted.target_id), (Some(acme.admin.uuid), created.target_id));
    let actions = [&created, &edited, &deleted].map(|event| event.action.as_str());
    assert_eq!(HashSet::from(actions).len(), 3, "{actions:?}");
}

#[rstest]
#[tokio::test]
async fn e1_sign_ins_and_refused_sign_ins_of_a_known_tenant_leave_one_event(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    let sue = app.add(&acme, NewPerson::suspended("sue@acme.test").password(PASSWORD)).await;
    let mut log = Log::of(&app, &acme).await;

    let signed_in = app.sign_in("acme", "ann@acme.test", PASSWORD).await;
    let event = Log::one(log.news().await);
    assert_eq!((event.actor_id, event.at), (Some(ann.uuid), app.clock.now()));
    app.sign_out(signed_in.ok()["token"].as_str().unwrap()).await.ok();
    let out = Log::one(log.news().await);
    assert_eq!(out.actor_id, Some(ann.uuid));
    assert_ne!(out.action, event.action);

    let mut refused = Vec::new();
    for (email, password, target) in [
        ("ann@acme.test", "wrong password", Some(ann.uuid)),
        ("sue@acme.test", PASSWORD, Some(sue.uuid)),
        ("nobody@acme.test", PASSWORD, None),
        ("not an address", PASSWORD, None),
    ] {
        assert_refused(&app.sign_in("acme", email, password).await, "INVALID_CREDENTIALS");
        let event = Log::one(log.news().await);
        assert_eq!((event.actor_id, event.target_id), (None, target), "{email}");
        refused.push(event.action);
    }
    assert!(refused.iter().all(|action| *action == refused[0] && *action != event.action));
    assert_refused(&app.sign_in("nowhere", "ann@acme.test", PASSWORD).await, "INVALID_CREDENTIALS");
    assert!(log.news().await.is_empty());
}

#[rstest]
#[tokio::test]
async fn e1_what_is_refused_or_only_read_leaves_no_event(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 2).await;
    let me = app.add(&acme, NewPerson::user("me@acme.test")).await;
    let mut log = Log::of(&app, &acme).await;

    app.invite(&acme.admin, json!({ "email": "late@acme.test" })).await;
    app.invite(&me, json!({ "email": "late@acme.test" })).await;
    app.edit(&acme.admin, &me.id, json!({ "email": "admin@acme.test" })).await;
    app.edit(&acme.admin, &me.id, json!({ "email": "" })).await;
    app.delete(&acme.admin, &acme.admin.id).await;
    app.create_template(&acme.admin, json!({ "name": "", "permissions": {} })).await;
    app.accept("nonsense", "Ann", PASSWORD).await;
    app.user(&acme.admin, &me.id).await;
    app.seat_usage(&acme.admin).await;

    assert!(log.news().await.is_empty());
}

#[rstest]
#[tokio::test]
async fn e1_what_the_command_line_does_leaves_an_event_of_nobody(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let mut log = Log::of(&app, &acme).await;
    tenants::set_seats(&app.visitor(), "acme", 5).await.unwrap();
    let event = Log::one(log.news().await);
    assert_eq!((event.actor_id, event.actor_label_id), (None, None));
    assert_eq!(event.changes, json!({ "seatLimit": { "from": 9, "to": 5 } }));
    tenants::invite_admin(&app.visitor(), "acme", "boss@acme.test").await.unwrap();
    assert_eq!(Log::one(log.news().await).actor_id, None);
}

#[rstest]
#[tokio::test]
async fn e1_neither_secrets_nor_addresses_and_names_of_people_stand_in_events(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let answer = app.invite(&acme.admin, json!({ "email": "ann-lee@acme.test" })).await;
    let id = answer.ok()["user"]["id"].as_str().unwrap();
    let link = app.mail().await.token();
    let accepted = app.accept(&link, "Annabel", PASSWORD).await;
    let token = accepted.ok()["token"].as_str().unwrap();
    app.sign_in("acme", "ann-lee@acme.test", "not-her-password").await;
    app.sign_in("acme", "stranger@acme.test", PASSWORD).await;
    app.edit(&acme.admin, id, json!({ "name": "Annalena", "email": "lena@acme.test" })).await.ok();
    app.delete(&acme.admin, id).await.ok();

    let read = app.env.db.read();
    let events = format!("{:?}", audit_event::Entity::in_tenant(acme.uuid).all(read).await.unwrap());
    let labels = format!("{:?}", person_label::Entity::in_tenant(acme.uuid).all(read).await.unwrap());
    for secret in [PASSWORD, "not-her-password", token, &token[30..], &link, &link[43..], "argon2"] {
        assert!(!events.contains(secret) && !labels.contains(secret), "{secret}");
    }
    for person in ["ann-lee@", "lena@", "Annabel", "Annalena", "admin@", "stranger"] {
        assert!(!events.contains(person), "{person}");
    }
    for person in ["ann-lee@acme.test", "lena@acme.test", "Annabel", "Annalena", "admin@acme.test"] {
        assert!(labels.contains(person), "{person}");
    }
}
