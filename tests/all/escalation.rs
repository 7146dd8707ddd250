//! A4: nobody hands out what they do not hold.

use Permission::*;

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn a4_a_delegate_never_touches_an_admin(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.delegate(&acme, Permission::ALL).await;
    app.edit(&acme.admin, &me.id, json!({ "crmAccess": true })).await.ok();
    let invited = app.add(&acme, NewPerson::invited("inv@acme.test").role(Role::Admin)).await;
    app.add(&acme, NewPerson::admin("second@acme.test")).await;
    app.advance(TimeDelta::minutes(5));

    for target in [&acme.admin.id, &invited.id] {
        for patch in [json!({ "name": "X" }), json!({ "role": "USER" }), json!({ "email": "x@acme.test" })] {
            assert_refused(&app.edit(&me, target, patch).await, "ESCALATION at userId");
        }
        assert_refused(&app.delete(&me, target).await, "ESCALATION at userId");
    }
    let suspended = app.edit(&me, &acme.admin.id, json!({ "status": "SUSPENDED" })).await;
    assert_refused(&suspended, "ESCALATION at userId");
    assert_refused(&app.resend(&me, &invited.id).await, "ESCALATION at userId");
    assert_eq!(app.user(&acme.admin, &acme.admin.id).await["version"], 1);
}

#[rstest]
#[tokio::test]
async fn a4_a_delegate_never_makes_an_admin_or_changes_a_role(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.delegate(&acme, Permission::ALL).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;

    let invited = app.invite(&me, json!({ "email": "new@acme.test", "role": "ADMIN" })).await;
    assert_refused(&invited, "ESCALATION at role");
    assert_eq!(invited.payload()["user"], Json::Null);
    assert_refused(&app.edit(&me, &ann.id, json!({ "role": "ADMIN" })).await, "ESCALATION at role");
    // Saying again what it is changes nothing.
    app.edit(&me, &ann.id, json!({ "role": "USER", "name": "Ann" })).await.ok();
    assert_eq!(app.seat_usage(&acme.admin).await["used"], 3);
}

#[rstest]
#[tokio::test]
async fn a4_a_delegate_never_changes_their_own_row_or_template(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let holding = [UsersView, UsersEdit, UsersDelete, UsersManage, SettingsView];
    let template = app.add_template(&acme, NewTemplate::new("Mine", &[SettingsView])).await;
    let other = app.add_template(&acme, NewTemplate::new("Other", &[SettingsView])).await;
    let me = app.add(&acme, NewPerson::user("me@acme.test").holding(&holding).using(&template)).await;
    let bob = app.add(&acme, NewPerson::user("bob@acme.test").using(&template)).await;

    for patch in [json!({ "name": "Me" }), json!({ "crmAccess": true }), json!({ "roleTemplateId": null })] {
        assert_refused(&app.edit(&me, &me.id, patch).await, "CANNOT_TARGET_SELF at userId");
    }
    assert_refused(&app.delete(&me, &me.id).await, "CANNOT_TARGET_SELF at userId");
    let own = "CANNOT_TARGET_SELF at roleTemplateId";
    assert_refused(&app.edit_template(&me, &template.id, json!({ "name": "New" })).await, own);
    assert_refused(&app.delete_template(&me, &template.id, json!({ "detachUsers": true })).await, own);
    assert_refused(&app.delete_template(&me, &template.id, json!({ "replacementId": other.id })).await, own);
    // The other template, and another user of the same template, are not their own.
    app.edit_template(&me, &other.id, json!({ "name": "New" })).await.ok();
    app.edit(&me, &bob.id, json!({ "name": "Bob" })).await.ok();
}

#[rstest]
#[tokio::test]
async fn a4_nobody_hands_out_directly_what_they_do_not_hold(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.delegate(&acme, &[UsersCreate, UsersEdit, UsersManage, SettingsView, AnalyticsExport]).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let several = json!({ "experiments": { "view": true }, "settings": { "view": true, "edit": true },
        "integrations": { "manage": true } });
    let refused = ["SETTINGS_EDIT", "INTEGRATIONS_MANAGE", "EXPERIMENTS_VIEW"];

    let edited = app.edit(&me, &ann.id, json!({ "permissions": several })).await;
    let invited = app.invite(&me, json!({ "email": "new@acme.test", "permissions": several })).await;
    let made = app.create_template(&me, json!({ "name": "T", "permissions": several })).await;
    for answer in [edited, invited, made] {
        assert_refused(&answer, "ESCALATION at permissions.settings");
        assert_eq!(strings(&answer.refusal()["permissions"]), refused);
    }

    // What they hold may be handed out, but users.* never, held or not.
    let held = json!({ "settings": { "view": true }, "analytics": { "export": true } });
    app.edit(&me, &ann.id, json!({ "permissions": held })).await.ok();
    for action in ["view", "create", "edit", "delete", "manage"] {
        let patch = json!({ "permissions": { "users": { action: true } } });
        let answer = app.edit(&me, &ann.id, patch).await;
        assert_refused(&answer, "ESCALATION at permissions.users");
        let name = format!("USERS_{}", action.to_uppercase());
        assert_eq!(strings(&answer.refusal()["permissions"]), [name]);
    }
    let ann = app.user(&acme.admin, &ann.id).await;
    assert_eq!(ann["permissions"]["granted"], json!(["SETTINGS_VIEW", "ANALYTICS_EXPORT"]));
}

#[rstest]
#[tokio::test]
async fn a4_nobody_hands_out_by_a_template_what_they_do_not_hold(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.delegate(&acme, &[UsersCreate, UsersEdit, SettingsView]).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let more = app.add_template(&acme, NewTemplate::new("More", &[SettingsView, SettingsEdit])).await;
    let users = app.add_template(&acme, NewTemplate::new("Users", &[UsersView])).await;
    let held = app.add_template(&acme, NewTemplate::new("Held", &[SettingsView])).await;

    for (template, refused) in [(&more, "SETTINGS_EDIT"), (&users, "USERS_VIEW")] {
        let edited = app.edit(&me, &ann.id, json!({ "roleTemplateId": template.id })).await;
        let new = json!({ "email": "new@acme.test", "roleTemplateId": template.id });
        let invited = app.invite(&me, new).await;
        for answer in [edited, invited] {
            assert_refused(&answer, "ESCALATION at roleTemplateId");
            assert_eq!(strings(&answer.refusal()["permissions"]), [refused]);
        }
    }
    app.edit(&me, &ann.id, json!({ "roleTemplateId": held.id })).await.ok();
    app.invite(&me, json!({ "email": "new@acme.test", "roleTemplateId": held.id })).await.ok();
}

#[rstest]
#[tokio::test]
async fn a4_nobody_hands_out_by_editing_or_replacing_a_template(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.delegate(&acme, &[UsersManage, SettingsView]).await;
    let less = app.add_template(&acme, NewTemplate::new("Less", &[ExperimentsView])).await;
    let more = app.add_template(&acme, NewTemplate::new("More", &[SettingsView, AnalyticsView])).await;
    let held = app.add_template(&acme, NewTemplate::new("Held", &[SettingsView])).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").using(&less)).await;

    let boxes = json!({ "permissions": { "analytics": { "view": true }, "settings": { "view": true } } });
    let edited = app.edit_template(&me, &less.id, boxes).await;
    assert_refused(&edited, "ESCALATION at permissions.analytics");
    assert_eq!(strings(&edited.refusal()["permissions"]), ["ANALYTICS_VIEW"]);
    let replaced = app.delete_template(&me, &less.id, json!({ "replacementId": more.id })).await;
    assert_refused(&replaced, "ESCALATION at replacementId");
    assert_eq!(strings(&replaced.refusal()["permissions"]), ["ANALYTICS_VIEW"]);

    // What they hold they may add; taking away needs no holding, nor does saying it again.
    let boxes = json!({ "permissions": { "settings": { "view": true }, "experiments": { "view": true } } });
    app.edit_template(&me, &less.id, boxes).await.ok();
    app.edit_template(&me, &less.id, json!({ "permissions": { "experiments": { "view": false } } }))
        .await
        .ok();
    app.delete_template(&me, &less.id, json!({ "replacementId": held.id })).await.ok();
    assert_eq!(app.user(&acme.admin, &ann.id).await["roleTemplate"]["name"], "Held");
    app.delete_template(&me, &more.id, json!({})).await.ok();
}

#[rstest]
#[tokio::test]
async fn a4_nobody_hands_out_crm_access_that_they_do_not_have(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let holding = [UsersView, UsersCreate, UsersEdit];
    let without = app.add(&acme, NewPerson::user("without@acme.test").holding(&holding)).await;
    let with = app.add(&acme, NewPerson::user("with@acme.test").holding(&holding).crm()).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let on = json!({ "crmAccess": true });

    assert_refused(&app.edit(&without, &ann.id, on.clone()).await, "ESCALATION at crmAccess");
    let new = json!({ "email": "new@acme.test", "crmAccess": true });
    assert_refused(&app.invite(&without, new.clone()).await, "ESCALATION at crmAccess");

    app.invite(&with, new).await.ok();
    app.edit(&with, &ann.id, on.clone()).await.ok();
    // Saying it again, and taking it away.
    app.edit(&without, &ann.id, on).await.ok();
    let off = app.edit(&without, &ann.id, json!({ "crmAccess": false })).await;
    assert_eq!(off.ok()["user"]["crmAccess"], false);
}

#[rstest]
#[tokio::test]
async fn a4_whoever_could_become_somebody_must_hold_all_that_they_have(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 99).await;
    let me = app.delegate(&acme, &[UsersEdit, SettingsView]).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[AnalyticsView])).await;
    let stronger = |status: &str, email: &str| match status {
        "invited" => NewPerson::invited(email),
        "suspended" => NewPerson::suspended(email),
        _ => NewPerson::user(email),
    };
    for status in ["invited", "active", "suspended"] {
        let people = [
            (
                stronger(status, &format!("grant-{status}@acme.test")).holding(&[SettingsEdit]),
                json!(["SETTINGS_EDIT"]),
            ),
            (
                stronger(status, &format!("template-{status}@acme.test")).using(&template),
                json!(["ANALYTICS_VIEW"]),
            ),
            (stronger(status, &format!("crm-{status}@acme.test")).crm(), Json::Null),
        ];
        for (new, missing) in people {
            let them = app.add(&acme, new).await;
            let address = app.edit(&me, &them.id, json!({ "email": format!("x{}", them.email) })).await;
            assert_refused(&address, "ESCALATION at email");
            if !missing.is_null() {
                assert_eq!(address.refusal()["permissions"], missing, "{}", them.email);
            }
            if status == "suspended" {
                let back = app.edit(&me, &them.id, json!({ "status": "ACTIVE" })).await;
                assert_refused(&back, "ESCALATION at status");
            }
            assert_eq!(app.user(&acme.admin, &them.id).await["email"], them.email);
        }
        // Who holds no more than they do, users.* included, is fair.
        let equal =
            stronger(status, &format!("equal-{status}@acme.test")).holding(&[SettingsView, UsersView]);
        let equal = app.add(&acme, equal).await;
        app.edit(&me, &equal.id, json!({ "email": format!("y{}", equal.email) })).await.ok();
        if status == "suspended" {
            app.edit(&me, &equal.id, json!({ "status": "ACTIVE" })).await.ok();
        }
    }
}

#[rstest]
#[tokio::test]
async fn a4_taking_away_needs_no_holding_and_saying_again_hands_out_nothing(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.delegate(&acme, &[UsersEdit, UsersDelete, UsersManage]).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[SettingsManage])).await;
    let ann = NewPerson::user("ann@acme.test").holding(&[UsersEdit, AnalyticsView]).using(&template).crm();
    let ann = app.add(&acme, ann).await;

    let again = json!({ "email": "ann@acme.test", "role": "USER", "status": "ACTIVE", "crmAccess": true,
        "roleTemplateId": template.id,
        "permissions": { "users": { "edit": true }, "analytics": { "view": true } } });
    assert_eq!(app.edit(&me, &ann.id, again).await.ok()["user"]["version"], 1);
    let boxes = json!({ "permissions": { "users": { "edit": false }, "analytics": { "view": false } } });
    let less = app.edit(&me, &ann.id, boxes).await;
    assert_eq!(less.ok()["user"]["permissions"]["granted"], json!([]));
    let again = json!({ "permissions": { "settings": { "manage": true } } });
    app.edit_template(&me, &template.id, again).await.ok();
    let none = app.edit(&me, &ann.id, json!({ "roleTemplateId": null })).await;
    assert_eq!(none.ok()["user"]["roleTemplate"], Json::Null);
    let suspended = app.edit(&me, &ann.id, json!({ "status": "SUSPENDED" })).await;
    assert_eq!(suspended.ok()["user"]["status"], "SUSPENDED");
    app.delete(&me, &ann.id).await.ok();
}
