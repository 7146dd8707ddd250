//! T3: ids.

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn t3_an_id_that_is_malformed_or_of_another_kind_does_not_exist(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("Own", &[])).await;
    let session = app.data(&acme.admin, "{ viewer { session { id } } }", json!({})).await;
    let session = session["viewer"]["session"]["id"].as_str().unwrap().to_owned();
    let uuid = acme.admin.uuid.to_string();
    let upper = acme.admin.id.to_uppercase();
    let spaced = format!(" {}", acme.admin.id);
    let long = "user_".repeat(2_000);
    let swapped = template.id.replace("template_", "user_");
    let wrong = ["", "user", "user_", "1", "\u{0}", "user_\u{0}", "user_zzzzzzzzzzzzzzzzzzzzzzzzzz", "🙂"];
    let wrong = wrong.into_iter().chain([&*uuid, &*upper, &*spaced, &*long, &*swapped, &*template.id]);

    for id in wrong.chain([&*acme.id, &*session]) {
        let query = "query ($id: ID!) { user(id: $id) { id } }";
        assert_eq!(app.data(&acme.admin, query, json!({ "id": id })).await["user"], Json::Null, "{id}");
        assert_refused(&app.edit(&acme.admin, id, json!({ "name": "X" })).await, "NOT_FOUND at userId");
        assert_refused(&app.delete(&acme.admin, id).await, "NOT_FOUND at userId");
        assert_refused(&app.resend(&acme.admin, id).await, "NOT_FOUND at userId");
    }
    for id in ["", "template_", "\u{0}", &acme.admin.id, &acme.id] {
        let query = "query ($id: ID!) { roleTemplate(id: $id) { id } }";
        assert_eq!(
            app.data(&acme.admin, query, json!({ "id": id })).await["roleTemplate"],
            Json::Null,
            "{id}"
        );
        let edited = app.edit_template(&acme.admin, id, json!({ "name": "X" })).await;
        assert_refused(&edited, "NOT_FOUND at roleTemplateId");
        let deleted = app.delete_template(&acme.admin, id, json!({})).await;
        assert_refused(&deleted, "NOT_FOUND at roleTemplateId");
        let invited = app.invite(&acme.admin, json!({ "email": "a@b.test", "roleTemplateId": id })).await;
        assert_refused(&invited, "NOT_FOUND at roleTemplateId");
    }
}

#[rstest]
#[tokio::test]
async fn t3_node_finds_each_kind_by_its_id_alone(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    let template = app.add_template(&acme, NewTemplate::new("Own", &[])).await;
    let ids = [&acme.id, &template.id, "nonsense", &acme.admin.id, &globex.id, &template.id, "user_"];

    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let seen = app.data(&acme.admin, query, json!({ "ids": ids })).await;

    let expected = json!([
        { "__typename": "Tenant", "id": acme.id },
        { "__typename": "RoleTemplate", "id": template.id },
        null,
        { "__typename": "User", "id": acme.admin.id },
        null,
        { "__typename": "RoleTemplate", "id": template.id },
        null,
    ]);
    assert_eq!(seen["nodes"], expected);
    for (id, expected) in ids.iter().zip(expected.as_array().unwrap()) {
        let query = "query ($id: ID!) { node(id: $id) { __typename id } }";
        assert_eq!(app.data(&acme.admin, query, json!({ "id": id })).await["node"], *expected, "{id}");
    }
}
