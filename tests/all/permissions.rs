//! P1 to P4: what somebody may do right now.

use crate::prelude::*;

/// `access` and the direct grants of a user.
async fn access(app: &TestApp, who: &Actor, id: &str) -> Json {
    let query = "query ($id: ID!) { user(id: $id) { crmAccess permissions { granted }
        access { active crm permissions { granted } } } }";
    app.data(who, query, json!({ "id": id })).await["user"].take()
}

#[rstest]
#[tokio::test]
async fn p1_no_action_implies_another(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 99).await;
    for (number, &permission) in Permission::ALL.iter().enumerate() {
        let email = format!("p{number:02}@acme.test");
        app.add(&acme, NewPerson::user(&email).holding(&[permission])).await;
    }
    let query = "{ users(first: 100, filter: { role: [USER] }) { nodes { permissions { granted }
        access { permissions { granted users { view create edit delete manage }
        analytics { view create edit delete manage export } } } } } }";
    let seen = app.data(&acme.admin, query, json!({})).await;
    let users = seen["users"]["nodes"].as_array().unwrap();

    assert_eq!(users.len(), 31);
    for (user, name) in users.iter().zip(all_permissions()) {
        assert_eq!(user["permissions"]["granted"], json!([name]));
        assert_eq!(user["access"]["permissions"]["granted"], json!([name]));
        for category in ["users", "analytics"] {
            for (action, checked) in user["access"]["permissions"][category].as_object().unwrap() {
                assert_eq!(*checked, json!(name == format!("{category}_{action}").to_uppercase()), "{name}");
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn p1_users_manage_without_users_view_does_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let holding = [Permission::UsersManage, Permission::UsersCreate, Permission::SettingsManage];
    let me = app.add(&acme, NewPerson::user("me@acme.test").holding(&holding)).await;

    assert_eq!(app.error_code(&me, "{ users { totalCount } }", json!({})).await, "FORBIDDEN");
    let made = app.create_template(&me, json!({ "name": "Mine", "permissions": {} })).await;
    assert_eq!(made.refused(), "FORBIDDEN");
    assert_eq!(app.invite(&me, json!({ "email": "x@acme.test" })).await.refused(), "FORBIDDEN");
}

#[rstest]
#[tokio::test]
async fn p2_an_admin_holds_everything_and_crm(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;

    let seen = access(&app, &acme.admin, &acme.admin.id).await;

    assert_eq!(
        seen["access"],
        json!({ "active": true, "crm": true, "permissions": { "granted": all_permissions() } })
    );
    assert_eq!(seen["permissions"]["granted"], json!([]));
}

#[rstest]
#[tokio::test]
async fn p2_a_user_holds_the_union_of_grants_and_template(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let both = [Permission::AnalyticsView, Permission::AnalyticsExport];
    let template = app.add_template(&acme, NewTemplate::new("Analyst", &both)).await;
    let holding = [Permission::ConversationsView, Permission::AnalyticsView];
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").holding(&holding).using(&template)).await;

    let seen = access(&app, &acme.admin, &ann.id).await;
    let union = json!(["CONVERSATIONS_VIEW", "ANALYTICS_VIEW", "ANALYTICS_EXPORT"]);
    assert_eq!(seen["access"], json!({ "active": true, "crm": false, "permissions": { "granted": union } }));
    assert_eq!(seen["permissions"]["granted"], json!(["CONVERSATIONS_VIEW", "ANALYTICS_VIEW"]));

    // Clearing it copies nothing into direct grants.
    let cleared = app.edit(&acme.admin, &ann.id, json!({ "roleTemplateId": null })).await;
    let own = json!(["CONVERSATIONS_VIEW", "ANALYTICS_VIEW"]);
    assert_eq!(cleared.ok()["user"]["permissions"]["granted"], own);
    assert_eq!(cleared.ok()["user"]["access"]["permissions"]["granted"], own);
    assert_eq!(cleared.ok()["user"]["roleTemplate"], Json::Null);
}

#[rstest]
#[tokio::test]
async fn p2_crm_access_is_a_flag_of_its_own(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("All", Permission::ALL)).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").using(&template)).await;
    assert_eq!(access(&app, &acme.admin, &ann.id).await["access"]["crm"], false);

    app.edit(&acme.admin, &ann.id, json!({ "crmAccess": true })).await.ok();
    let with = app.edit(&acme.admin, &ann.id, json!({ "roleTemplateId": null })).await;
    assert_eq!(with.ok()["user"]["access"]["crm"], true);

    // Turning it off affects no other permission.
    app.edit(&acme.admin, &ann.id, json!({ "roleTemplateId": template.id })).await.ok();
    let without = app.edit(&acme.admin, &ann.id, json!({ "crmAccess": false })).await;
    assert_eq!(without.ok()["user"]["access"]["crm"], false);
    assert_eq!(without.ok()["user"]["access"]["permissions"]["granted"], json!(all_permissions()));
}

#[rstest]
#[tokio::test]
async fn p2_template_and_grants_of_an_admin_sleep_until_a_demotion(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[Permission::SettingsView])).await;
    let ann = NewPerson::user("ann@acme.test").holding(&[Permission::AnalyticsView]).using(&template);
    let ann = app.add(&acme, ann).await;

    let promoted = app.edit(&acme.admin, &ann.id, json!({ "role": "ADMIN" })).await;
    assert_eq!(promoted.ok()["user"]["access"]["permissions"]["granted"], json!(all_permissions()));
    assert_eq!(promoted.ok()["user"]["permissions"]["granted"], json!(["ANALYTICS_VIEW"]));
    assert_eq!(promoted.ok()["user"]["roleTemplate"]["name"], "T");

    let demoted = app.edit(&acme.admin, &ann.id, json!({ "role": "USER" })).await;
    let held = json!(["SETTINGS_VIEW", "ANALYTICS_VIEW"]);
    assert_eq!(demoted.ok()["user"]["access"]["permissions"]["granted"], held);
}

#[rstest]
#[tokio::test]
async fn p3_invited_and_suspended_users_may_do_nothing_and_keep_their_grants(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[Permission::SettingsView])).await;
    let grants = [Permission::AnalyticsView];
    let nothing = json!({ "active": false, "crm": false, "permissions": { "granted": [] } });
    let people = [NewPerson::invited("inv@acme.test"), NewPerson::suspended("sus@acme.test")];
    let admins = [
        NewPerson::invited("inv-admin@acme.test").role(Role::Admin),
        NewPerson::suspended("sus-admin@acme.test").role(Role::Admin),
    ];
    for new in people.into_iter().chain(admins) {
        let them = app.add(&acme, new.holding(&grants).using(&template).crm()).await;
        let seen = access(&app, &acme.admin, &them.id).await;
        assert_eq!(seen["access"], nothing, "{}", them.email);
        assert_eq!(seen["permissions"]["granted"], json!(["ANALYTICS_VIEW"]));
        assert_eq!(seen["crmAccess"], true);
    }

    let ann = app.add(&acme, NewPerson::user("ann@acme.test").holding(&grants).using(&template).crm()).await;
    let suspended = app.edit(&acme.admin, &ann.id, json!({ "status": "SUSPENDED" })).await;
    assert_eq!(suspended.ok()["user"]["access"], nothing);
    let active = app.edit(&acme.admin, &ann.id, json!({ "status": "ACTIVE" })).await;
    let held = json!(["SETTINGS_VIEW", "ANALYTICS_VIEW"]);
    let again = json!({ "active": true, "crm": true, "permissions": { "granted": held } });
    assert_eq!(active.ok()["user"]["access"], again);
}

#[rstest]
#[tokio::test]
async fn p4_a_change_applies_from_the_next_request_on_every_replica(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[Permission::SettingsView])).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let held = async || replica.granted(&ann).await;
    assert_eq!(held().await.unwrap(), [""; 0]);

    app.edit(&acme.admin, &ann.id, json!({ "permissions": { "users": { "view": true } } })).await.ok();
    assert_eq!(held().await.unwrap(), ["USERS_VIEW"]);
    app.edit(&acme.admin, &ann.id, json!({ "roleTemplateId": template.id })).await.ok();
    assert_eq!(held().await.unwrap(), ["SETTINGS_VIEW", "USERS_VIEW"]);
    let boxes = json!({ "permissions": { "settings": { "view": false, "edit": true } } });
    app.edit_template(&acme.admin, &template.id, boxes).await.ok();
    assert_eq!(held().await.unwrap(), ["SETTINGS_EDIT", "USERS_VIEW"]);
    app.edit(&acme.admin, &ann.id, json!({ "permissions": { "users": { "view": false } } })).await.ok();
    assert_eq!(held().await.unwrap(), ["SETTINGS_EDIT"]);
    assert_eq!(replica.error_code(&ann, "{ users { totalCount } }", json!({})).await, "FORBIDDEN");
    app.delete_template(&acme.admin, &template.id, json!({ "detachUsers": true })).await.ok();
    assert_eq!(held().await.unwrap(), [""; 0]);
    app.edit(&acme.admin, &ann.id, json!({ "role": "ADMIN" })).await.ok();
    assert_eq!(held().await.unwrap(), all_permissions());
    app.edit(&acme.admin, &ann.id, json!({ "role": "USER", "crmAccess": false })).await.ok();
    assert_eq!(held().await.unwrap(), [""; 0]);
    let crm = replica.data(&ann, "{ viewer { access { crm } } }", json!({})).await;
    assert_eq!(crm["viewer"]["access"]["crm"], false);
    app.edit(&acme.admin, &ann.id, json!({ "status": "SUSPENDED" })).await.ok();
    assert_eq!(held().await, None);

    let bob = app.add(&acme, NewPerson::user("bob@acme.test")).await;
    assert_eq!(replica.granted(&bob).await.unwrap(), [""; 0]);
    app.delete(&acme.admin, &bob.id).await.ok();
    assert_eq!(replica.granted(&bob).await, None);
}
