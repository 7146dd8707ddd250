//! B1: which faults come, together or alone, and in which order.

use std::collections::BTreeSet;

use Permission::*;

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn b1_faults_of_the_input_come_together_in_the_contracts_order(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let long = "x".repeat(101);

    let new =
        json!({ "crmAccess": false, "role": "ADMIN", "email": "nonsense", "roleTemplateId": "nonsense" });
    let expected = ["INVALID_EMAIL at email", "ADMIN_REQUIRES_CRM_ACCESS at crmAccess"];
    assert_eq!(app.invite(&acme.admin, new).await.refusals(), expected, "and alone");

    let patch = json!({ "status": null, "name": long, "role": null, "email": "a\u{0}@acme.test",
        "expectedVersion": 99, "roleTemplateId": "nonsense" });
    let expected = ["INVALID_TEXT at email", "TOO_LONG at name", "REQUIRED at role", "REQUIRED at status"];
    let before = app.user(&acme.admin, &ann.id).await;
    let answer = app.edit(&acme.admin, &ann.id, patch.clone()).await;
    assert_eq!(answer.refusals(), expected);
    assert_eq!(answer.payload()["user"], before, "the row as it stands");
    // Before anything that is stored is looked at.
    assert_eq!(app.edit(&acme.admin, "nonsense", patch).await.refusals(), expected);
    let patch = json!({ "crmAccess": false, "role": "ADMIN", "email": "", "name": "" });
    let expected = ["REQUIRED at email", "REQUIRED at name", "ADMIN_REQUIRES_CRM_ACCESS at crmAccess"];
    assert_eq!(app.edit(&acme.admin, &ann.id, patch).await.refusals(), expected);

    let new = json!({ "permissions": {}, "description": "d".repeat(501), "name": "  " });
    let expected = ["REQUIRED at name", "TOO_LONG at description"];
    assert_eq!(app.create_template(&acme.admin, new).await.refusals(), expected);
    let patch = json!({ "description": "a\u{0}", "name": null, "expectedVersion": 9 });
    let expected = ["REQUIRED at name", "INVALID_TEXT at description"];
    assert_eq!(app.edit_template(&acme.admin, "nonsense", patch).await.refusals(), expected);
    let input = json!({ "token": "nonsense", "password": "x".repeat(257), "name": "a\nb" });
    let expected = ["INVALID_TEXT at name", "TOO_LONG at password"];
    assert_eq!(app.accept_with(input).await.refusals(), expected);
    assert_eq!(app.user(&acme.admin, &ann.id).await["version"], 1);
}

#[rstest]
#[tokio::test]
async fn b1_faults_against_what_is_stored_come_one_at_a_time_in_order(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let all = [UsersEdit, UsersDelete, UsersManage, UsersCreate];
    let own = app.add_template(&acme, NewTemplate::new("Own", &[])).await;
    let more = app.add_template(&acme, NewTemplate::new("More", &[SettingsView])).await;
    let me = NewPerson::user("me@acme.test").holding(&all).holding(&[UsersView]).using(&own);
    let me = app.add(&acme, me).await;
    let ivy = app.add(&acme, NewPerson::invited("ivy@acme.test").holding(&[SettingsManage])).await;

    // NOT_FOUND, of whatever is named, before VERSION_CONFLICT.
    let answer = app.edit(&me, "nonsense", json!({ "expectedVersion": 9, "name": "X" })).await;
    assert_refused(&answer, "NOT_FOUND at userId");
    let patch = json!({ "roleTemplateId": "nonsense", "expectedVersion": 9 });
    let answer = app.edit(&me, &ivy.id, patch).await;
    assert_refused(&answer, "NOT_FOUND at roleTemplateId");
    assert_eq!(answer.payload()["user"]["id"], ivy.id, "the row as it stands");
    let answer =
        app.delete_template(&me, &own.id, json!({ "replacementId": "x", "expectedVersion": 9 })).await;
    assert_refused(&answer, "NOT_FOUND at replacementId");
    // VERSION_CONFLICT before CANNOT_TARGET_SELF.
    let conflict = "VERSION_CONFLICT at expectedVersion";
    assert_refused(&app.edit(&me, &me.id, json!({ "name": "X", "expectedVersion": 9 })).await, conflict);
    assert_refused(&app.delete_with(&me, json!({ "userId": me.id, "expectedVersion": 9 })).await, conflict);
    assert_refused(&app.edit_template(&me, &own.id, json!({ "expectedVersion": 9 })).await, conflict);
    // CANNOT_TARGET_SELF before LAST_ADMIN, and before ESCALATION.
    let answer = app.delete(&acme.admin, &acme.admin.id).await;
    assert_refused(&answer, "CANNOT_TARGET_SELF at userId");
    let answer = app.edit(&me, &me.id, json!({ "role": "ADMIN" })).await;
    assert_refused(&answer, "CANNOT_TARGET_SELF at userId");
    let boxes = json!({ "permissions": { "settings": { "view": true } } });
    let answer = app.edit_template(&me, &own.id, boxes).await;
    assert_refused(&answer, "CANNOT_TARGET_SELF at roleTemplateId");
    // LAST_ADMIN before ESCALATION.
    let answer = app.delete(&me, &acme.admin.id).await;
    assert_refused(&answer, "LAST_ADMIN at userId");
    assert_eq!(answer.payload()["deletedUserId"], Json::Null);
    // ESCALATION before the operation's own.
    let answer = app.edit(&me, &ivy.id, json!({ "email": "admin@acme.test" })).await;
    assert_refused(&answer, "ESCALATION at email");
    let patch = json!({ "status": "ACTIVE", "crmAccess": true });
    assert_refused(&app.edit(&me, &ivy.id, patch).await, "ESCALATION at crmAccess");
    assert_refused(&app.resend(&me, &acme.admin.id).await, "ESCALATION at userId");
    let new = json!({ "email": "ivy@acme.test", "roleTemplateId": more.id });
    assert_refused(&app.invite(&me, new).await, "ESCALATION at roleTemplateId");
    let new = json!({ "name": "OWN", "permissions": { "settings": { "view": true } } });
    assert_refused(&app.create_template(&me, new).await, "ESCALATION at permissions.settings");
}

#[rstest]
#[tokio::test]
async fn b1_several_escalations_are_one_error_at_the_first_field(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.delegate(&acme, &[UsersEdit, UsersCreate]).await;
    let more = app.add_template(&acme, NewTemplate::new("More", &[SettingsView])).await;
    let new = json!({ "email": "x@acme.test", "role": "ADMIN", "roleTemplateId": more.id, "crmAccess": true,
        "permissions": { "settings": { "view": true } } });
    for (without, expected) in [
        ("nothing", "ESCALATION at role"),
        ("role", "ESCALATION at roleTemplateId"),
        ("roleTemplateId", "ESCALATION at crmAccess"),
        ("crmAccess", "ESCALATION at permissions.settings"),
    ] {
        let mut input = new.clone();
        for field in ["role", "roleTemplateId", "crmAccess"] {
            let gone = without != "nothing"
                && ["role", "roleTemplateId", "crmAccess"]
                    .iter()
                    .take_while(|name| **name != without)
                    .chain([&without])
                    .any(|name| *name == field);
            if gone {
                input.as_object_mut().unwrap().remove(field);
            }
        }
        assert_refused(&app.invite(&me, input).await, expected);
    }
}

/// Every refusal that the harness provokes below, as `CODE at path`.
async fn provoke(app: &TestApp) -> Vec<String> {
    let acme = app.tenant("acme", 6).await;
    let me = &acme.admin;
    let used = app.add_template(&acme, NewTemplate::new("Used", &[])).await;
    let delegate = app.delegate(&acme, &[UsersEdit, UsersDelete]).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").using(&used)).await;
    let ivy = app.invite(me, json!({ "email": "ivy@acme.test" })).await.ok()["user"]["id"].clone();
    let ivy = ivy.as_str().unwrap();
    let link = app.mail().await.token();
    let on = json!({ "settings": { "view": true } });
    let mut answers = vec![
        app.edit(me, &ann.id, json!({ "email": null })).await,
        app.edit(me, &ann.id, json!({ "name": "x".repeat(101) })).await,
        app.edit(me, &ann.id, json!({ "name": "\u{0}" })).await,
        app.invite(me, json!({ "email": "x" })).await,
        app.accept(&link, "Ivy", "password").await,
        app.delete(me, "nonsense").await,
        app.edit(me, &ann.id, json!({ "expectedVersion": 7 })).await,
        app.delete(me, &me.id).await,
        app.delete(&delegate, &me.id).await,
        app.edit(&delegate, &ann.id, json!({ "permissions": on })).await,
        app.invite(me, json!({ "email": "ann@acme.test" })).await,
        app.resend(me, &ann.id).await,
        app.edit(me, ivy, json!({ "status": "ACTIVE" })).await,
        app.resend(me, ivy).await,
        app.edit(me, &me.id, json!({ "crmAccess": false })).await,
        app.create_template(me, json!({ "name": "used", "permissions": {} })).await,
        app.delete_template(me, &used.id, json!({})).await,
        app.delete_template(me, &used.id, json!({ "replacementId": used.id })).await,
        app.accept("nonsense", "Ivy", PASSWORD).await,
        app.sign_in("acme", "ann@acme.test", PASSWORD).await,
    ];
    app.invite(me, json!({ "email": "fifth@acme.test" })).await.ok();
    app.invite(me, json!({ "email": "sixth@acme.test" })).await.ok();
    answers.push(app.invite(me, json!({ "email": "late@acme.test" })).await);
    for number in 0..199 {
        app.add_template(&acme, NewTemplate::new(&number.to_string(), &[])).await;
    }
    answers.push(app.create_template(me, json!({ "name": "Late", "permissions": {} })).await);
    app.advance(TimeDelta::days(7));
    answers.push(app.accept(&link, "Ivy", PASSWORD).await);
    answers.iter().flat_map(|answer| answer.refusals()).collect()
}

#[rstest]
#[tokio::test]
async fn b1_every_code_of_the_contract_comes_with_its_path(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let expected = [
        "REQUIRED at email",
        "TOO_LONG at name",
        "INVALID_TEXT at name",
        "INVALID_EMAIL at email",
        "WEAK_PASSWORD at password",
        "NOT_FOUND at userId",
        "VERSION_CONFLICT at expectedVersion",
        "CANNOT_TARGET_SELF at userId",
        "LAST_ADMIN at userId",
        "ESCALATION at permissions.settings",
        "EMAIL_TAKEN at email",
        "NOT_INVITED at userId",
        "INVITE_PENDING at status",
        "RESEND_TOO_SOON at userId",
        "ADMIN_REQUIRES_CRM_ACCESS at crmAccess",
        "NAME_TAKEN at name",
        "TEMPLATE_IN_USE at replacementId",
        "INVALID_REPLACEMENT at replacementId",
        "INVALID_TOKEN at token",
        "INVALID_CREDENTIALS",
        "SEAT_LIMIT_REACHED",
        "TEMPLATE_LIMIT_REACHED",
        "TOKEN_EXPIRED at token",
    ];
    assert_eq!(provoke(&app).await, expected);

    let query = "{ __type(name: \"MutationErrorCode\") { enumValues { name } } }";
    let seen = app.data((), query, json!({})).await;
    let codes = seen["__type"]["enumValues"].as_array().unwrap();
    let codes: BTreeSet<_> = codes.iter().map(|value| value["name"].as_str().unwrap()).collect();
    let provoked: BTreeSet<_> = expected.iter().map(|e| e.split(' ').next().unwrap()).collect();
    let left: Vec<_> = codes.difference(&provoked).collect();
    assert_eq!(left, [&"TOO_MANY_ATTEMPTS"]);
}
