//! U4: an edit is a patch.

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn u4_absent_stays_and_null_clears_what_can_be_cleared(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    let ann = NewPerson::user("ann@acme.test").named("Ann").using(&template).crm();
    let ann = app.add(&acme, ann.holding(&[Permission::SettingsView])).await;
    let before = app.user(&acme.admin, &ann.id).await;

    // Variables that are left out are absent, not null.
    let query = "mutation ($id: ID!, $email: String, $name: String, $role: Role, $status: EditableStatus, $t: ID,
        $crm: Boolean, $p: PermissionsInput, $v: Int) { editUser(input: { userId: $id, email: $email, name: $name,
        role: $role, status: $status, roleTemplateId: $t, crmAccess: $crm, permissions: $p, expectedVersion: $v }) {
        errors { code path } user { version } } }";
    let seen = app.data(&acme.admin, query, json!({ "id": ann.id })).await;
    assert_eq!(seen["editUser"], json!({ "errors": [], "user": { "version": 1 } }));
    assert_eq!(app.user(&acme.admin, &ann.id).await, before);

    for field in ["email", "role", "status"] {
        let answer = app.edit(&acme.admin, &ann.id, json!({ field: null, "name": "New" })).await;
        assert_refused(&answer, &format!("REQUIRED at {field}"));
    }
    // For check boxes null is as good as absent, singly and together.
    for boxes in [
        json!({ "crmAccess": null, "permissions": null, "expectedVersion": null }),
        json!({ "permissions": { "settings": null, "users": null, "analytics": null } }),
        json!({ "permissions": { "settings": { "view": null, "edit": null }, "analytics": { "export": null } } }),
        json!({ "permissions": {} }),
        json!({}),
    ] {
        app.edit(&acme.admin, &ann.id, boxes).await.ok();
    }
    assert_eq!(app.user(&acme.admin, &ann.id).await, before);

    // A literal null and a variable that is null clear alike.
    let query =
        "mutation ($id: ID!, $t: ID) { editUser(input: { userId: $id, name: null, roleTemplateId: $t }) {
        user { name roleTemplate { id } } errors { code } } }";
    let both = app.data(&acme.admin, query, json!({ "id": ann.id, "t": null })).await;
    let expected = json!({ "user": { "name": null, "roleTemplate": null }, "errors": [] });
    assert_eq!(both["editUser"], expected);
    app.edit(&acme.admin, &ann.id, json!({ "name": "Ann", "roleTemplateId": template.id })).await.ok();
    let cleared = app.edit(&acme.admin, &ann.id, json!({ "name": null, "roleTemplateId": null })).await;
    assert_eq!(cleared.ok()["user"]["name"], Json::Null);
    assert_eq!(cleared.ok()["user"]["roleTemplate"], Json::Null);
    assert_eq!(cleared.ok()["user"]["crmAccess"], true);
    assert_eq!(cleared.ok()["user"]["permissions"]["granted"], json!(["SETTINGS_VIEW"]));
}

#[rstest]
#[tokio::test]
async fn u4_an_edit_that_changes_nothing_makes_no_new_version(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").named("Ann").using(&template)).await;
    let before = app.user(&acme.admin, &ann.id).await;
    app.advance(TimeDelta::minutes(1));

    let same = json!({ "email": " ann@acme.test ", "name": " Ann ", "role": "USER", "status": "ACTIVE",
        "roleTemplateId": template.id, "crmAccess": false, "permissions": { "users": { "view": false } } });
    assert_eq!(app.edit(&acme.admin, &ann.id, same).await.ok()["user"], before);
    let renamed = app.edit(&acme.admin, &ann.id, json!({ "name": "Anna" })).await;
    assert_eq!(renamed.ok()["user"]["version"], 2);
    assert_eq!(instant(&renamed.ok()["user"]["updatedAt"]), app.clock.now());
    assert_eq!(renamed.ok()["user"]["createdAt"], before["createdAt"]);
}

#[rstest]
#[tokio::test]
async fn u4_an_edit_is_all_or_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let before = app.user(&acme.admin, &ann.id).await;

    let patch = json!({ "name": "Ann", "crmAccess": true, "email": "admin@acme.test" });
    let refused = app.edit(&acme.admin, &ann.id, patch).await;

    assert_refused(&refused, "EMAIL_TAKEN at email");
    assert_eq!(refused.payload()["user"], before, "the payload shows the row as it stands (B1)");
    assert_eq!(app.user(&acme.admin, &ann.id).await, before);
}

#[rstest]
#[tokio::test]
async fn u4_an_edit_of_a_row_that_has_changed_since_is_refused(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let version = |version: i32, name: &str| json!({ "name": name, "expectedVersion": version });
    let conflict = "VERSION_CONFLICT at expectedVersion";

    assert_eq!(app.edit(&acme.admin, &ann.id, version(1, "First")).await.ok()["user"]["version"], 2);
    let refused = app.edit(&acme.admin, &ann.id, version(1, "Second")).await;
    assert_refused(&refused, conflict);
    assert_eq!(refused.payload()["user"]["name"], "First");
    assert_eq!(refused.payload()["user"]["version"], 2);
    let same = app.edit(&acme.admin, &ann.id, version(1, "First")).await;
    assert_refused(&same, conflict);
    let delete = json!({ "userId": ann.id, "expectedVersion": 1 });
    assert_refused(&app.delete_with(&acme.admin, delete).await, conflict);
    assert_eq!(app.edit(&acme.admin, &ann.id, version(2, "Third")).await.ok()["user"]["version"], 3);
    let delete = json!({ "userId": ann.id, "expectedVersion": 3 });
    app.delete_with(&acme.admin, delete).await.ok();
}

#[rstest]
#[tokio::test]
async fn u4_the_version_counts_changes_of_what_an_edit_can_set_alone(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    let new = json!({ "email": "ann@acme.test", "roleTemplateId": template.id });
    let invited = app.invite(&acme.admin, new).await;
    let id = invited.ok()["user"]["id"].as_str().unwrap();
    let version = async || app.user(&acme.admin, id).await["version"].as_i64().unwrap();
    assert_eq!(version().await, 1);

    app.mails().await;
    assert_eq!(version().await, 1, "not deliveries");
    app.advance(TimeDelta::minutes(2));
    app.resend(&acme.admin, id).await.ok();
    assert_eq!(version().await, 1, "not resends");
    app.accept(&app.mail().await.token(), "Ann", PASSWORD).await.ok();
    assert_eq!(version().await, 2, "signing up sets name and status");
    app.sign_in("acme", "ann@acme.test", PASSWORD).await.ok();
    assert_eq!(version().await, 2, "not sign-ins");
    let boxes = json!({ "permissions": { "settings": { "view": true } } });
    app.edit_template(&acme.admin, &template.id, boxes).await.ok();
    assert_eq!(version().await, 2, "not what the template says");
    app.delete_template(&acme.admin, &template.id, json!({ "detachUsers": true })).await.ok();
    assert_eq!(version().await, 3, "a template that went");
}
