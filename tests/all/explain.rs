//! P5: why somebody may or may not.

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn p5_access_can_be_explained(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let in_template = [Permission::SettingsView, Permission::SettingsEdit];
    let template = app.add_template(&acme, NewTemplate::new("T", &in_template)).await;
    let grants = [Permission::AnalyticsView, Permission::SettingsEdit];
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").holding(&grants).using(&template)).await;
    let sue = app.add(&acme, NewPerson::suspended("sue@acme.test").holding(&grants).using(&template)).await;
    let ivy = app.add(&acme, NewPerson::invited("ivy@acme.test").role(Role::Admin)).await;
    let query = "query ($id: ID!, $p: [Permission!]) { user(id: $id) { access { explain(permissions: $p) {
        permission granted sources blockedBy } } } }";
    let explain = async |id: &str, asked: Json| {
        let variables = json!({ "id": id, "p": asked });
        app.data(&acme.admin, query, variables).await["user"]["access"]["explain"].take()
    };
    let asked = json!(["SETTINGS_EDIT", "ANALYTICS_VIEW", "SETTINGS_VIEW", "USERS_VIEW", "SETTINGS_EDIT"]);

    let both = json!({ "permission": "SETTINGS_EDIT", "granted": true,
        "sources": ["ROLE_TEMPLATE", "DIRECT_GRANT"], "blockedBy": null });
    let expected = json!([
        both,
        { "permission": "ANALYTICS_VIEW", "granted": true, "sources": ["DIRECT_GRANT"], "blockedBy": null },
        { "permission": "SETTINGS_VIEW", "granted": true, "sources": ["ROLE_TEMPLATE"], "blockedBy": null },
        { "permission": "USERS_VIEW", "granted": false, "sources": [], "blockedBy": null },
        both,
    ]);
    assert_eq!(explain(&ann.id, asked).await, expected);
    let suspended = json!([{ "permission": "SETTINGS_EDIT", "granted": false,
        "sources": ["ROLE_TEMPLATE", "DIRECT_GRANT"], "blockedBy": "SUSPENDED" }]);
    assert_eq!(explain(&sue.id, json!(["SETTINGS_EDIT"])).await, suspended);
    let invited = json!([{ "permission": "USERS_VIEW", "granted": false, "sources": ["ADMIN_ROLE"],
        "blockedBy": "INVITED" }]);
    assert_eq!(explain(&ivy.id, json!(["USERS_VIEW"])).await, invited);

    // All of them when none is named.
    for none in [Json::Null, json!([])] {
        let everything = explain(&acme.admin.id, none).await;
        let names: Vec<_> = everything.as_array().unwrap().iter().map(|e| e["permission"].clone()).collect();
        assert_eq!(json!(names), json!(all_permissions()));
        assert!(everything.as_array().unwrap().iter().all(|e| e["granted"] == true));
    }
}
