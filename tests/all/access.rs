//! A2, A3, A6: who sees and does what, and how a refusal looks.

use Permission::*;

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn a2_without_users_view_nothing_of_others_is_seen(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[SettingsView])).await;
    let me = app.add(&acme, NewPerson::user("me@acme.test").using(&template)).await;
    let query = "query ($other: ID!, $t: ID!) { users { totalCount } seatUsage { used } roleTemplates { id }
        user(id: $other) { id } node(id: $other) { id } roleTemplate(id: $t) { id } tnode: node(id: $t) { id } }";

    let seen = app.gql(&me, query, json!({ "other": acme.admin.id, "t": template.id })).await;

    let fields = ["users", "seatUsage", "roleTemplates", "user", "node", "roleTemplate", "tnode"];
    for field in fields {
        assert_eq!(seen["data"][field], Json::Null, "{field}");
        let error = seen["errors"].as_array().unwrap().iter().find(|e| e["path"] == json!([field]));
        let error = error.unwrap_or_else(|| panic!("no error at {field}: {seen:#}"));
        assert_eq!(error["extensions"]["code"], "FORBIDDEN", "{field}");
    }
    assert_eq!(seen["errors"].as_array().unwrap().len(), fields.len());
}

#[rstest]
#[tokio::test]
async fn a2_everybody_reads_their_own_row_the_same_in_three_ways(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("Mine", &[SettingsView])).await;
    let me = NewPerson::user("me@acme.test").named("Me").using(&template).holding(&[AnalyticsView]);
    let me = app.add(&acme, me).await;
    let query = format!(
        "query ($id: ID!) {{ viewer {{ user {{ ...F }} tenant {{ slug name }} }} user(id: $id) {{ ...F }}
         node(id: $id) {{ ...F }} nodes(ids: [$id]) {{ ...F }} }}
         fragment F on User {{ {} roleTemplate {{ description userCount permissions {{ granted }} }} }}",
        tests::USER
    );

    let seen = app.data(&me, &query, json!({ "id": me.id })).await;

    let own = &seen["viewer"]["user"];
    assert_eq!((&own["email"], &own["name"]), (&json!("me@acme.test"), &json!("Me")));
    assert_eq!(own["roleTemplate"]["name"], "Mine");
    assert_eq!(own["roleTemplate"]["userCount"], Json::Null);
    assert_eq!(own["access"]["permissions"]["granted"], json!(["SETTINGS_VIEW", "ANALYTICS_VIEW"]));
    assert!(own["viewerCan"].as_object().unwrap().values().all(|can| can == false));
    assert_eq!(own, &seen["user"]);
    assert_eq!(own, &seen["node"]);
    assert_eq!(own, &seen["nodes"][0]);
    assert_eq!(seen["viewer"]["tenant"], json!({ "slug": "acme", "name": "acme Inc." }));
}

#[rstest]
#[tokio::test]
async fn a2_nodes_answers_each_id_by_itself(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.add(&acme, NewPerson::user("me@acme.test")).await;
    let ids = [&me.id, &acme.admin.id, &acme.id, "nonsense"];

    let seen = app.gql(&me, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;

    assert_eq!(seen["data"]["nodes"], json!([{ "id": me.id }, null, { "id": acme.id }, null]));
    let errors = seen["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{seen:#}");
    assert_eq!(errors[0]["path"], json!(["nodes", 1]));
    assert_eq!(errors[0]["extensions"]["code"], "FORBIDDEN");
}

#[rstest]
#[tokio::test]
async fn a3_a_delegate_does_what_is_granted_and_nothing_else(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 99).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    for granted in [UsersView, UsersCreate, UsersEdit, UsersDelete, UsersManage] {
        let me = app.delegate(&acme, &[granted]).await;
        let alone =
            app.add(&acme, NewPerson::user(&format!("{granted:?}@acme.test")).holding(&[granted])).await;
        let target = app.add(&acme, NewPerson::user(&format!("t-{granted:?}@acme.test"))).await;
        let invited = app.add(&acme, NewPerson::invited(&format!("i-{granted:?}@acme.test"))).await;
        app.advance(TimeDelta::minutes(5));
        for (who, together) in [(&me, true), (&alone, granted == UsersView)] {
            let email = format!("new-{granted:?}-{together}@acme.test");
            let name = format!("{granted:?} {together}");
            let answers = [
                (app.invite(who, json!({ "email": email })).await, UsersCreate),
                (app.resend(who, &invited.id).await, UsersCreate),
                (app.edit(who, &target.id, json!({ "name": "Renamed" })).await, UsersEdit),
                (app.create_template(who, json!({ "name": name, "permissions": {} })).await, UsersManage),
                (app.edit_template(who, &template.id, json!({ "name": name + "!" })).await, UsersManage),
                (app.delete(who, &target.id).await, UsersDelete),
            ];
            for (answer, needs) in answers {
                if needs == granted && together {
                    answer.ok();
                } else {
                    assert_eq!(answer.refused(), "FORBIDDEN", "{granted:?} together {together}");
                }
            }
            let lists = "{ users { totalCount } seatUsage { used } roleTemplates { id userCount } }";
            let seen = app.gql(who, lists, json!({})).await;
            assert_eq!(seen.get("errors").is_none(), together, "{granted:?}: {seen:#}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn a6_nobody_is_signed_in_without_a_token_that_runs(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ended = app.add(&acme, NewPerson::admin("ended@acme.test")).await;
    app.sign_out(&ended).await.ok();
    let other = app.tenant("globex", 9).await;
    let mut crossed = acme.admin.token.clone();
    crossed.replace_range(4..20, &other.admin.token[4..20]);
    let cut = &acme.admin.token[..acme.admin.token.len() - 1];

    for token in
        [None, Some(""), Some("nonsense"), Some("rcs_"), Some(cut), Some(&crossed), Some(&ended.token)]
    {
        let query = "{ viewer { user { id } } users { totalCount } seatUsage { used } roleTemplates { id }
            user(id: \"x\") { id } roleTemplate(id: \"x\") { id } node(id: \"x\") { id } permissionCatalog { key } }";
        let mut request = app.request((), query, json!({}));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let seen: Json = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(seen["data"]["viewer"], Json::Null);
        assert_eq!(seen["data"]["permissionCatalog"].as_array().unwrap().len(), 6);
        let errors = seen["errors"].as_array().unwrap();
        assert!(errors.iter().all(|e| e["extensions"]["code"] == "UNAUTHENTICATED"), "{token:?}: {seen:#}");
        let paths: Vec<_> = errors.iter().map(|e| e["path"][0].as_str().unwrap()).collect();
        assert_eq!(paths, ["users", "seatUsage", "roleTemplates", "user", "roleTemplate", "node"]);
    }
    assert_eq!(app.invite((), json!({ "email": "x@acme.test" })).await.refused(), "UNAUTHENTICATED");
    assert_eq!(app.edit((), &acme.admin.id, json!({ "name": "X" })).await.refused(), "UNAUTHENTICATED");
    assert_eq!(app.delete((), &acme.admin.id).await.refused(), "UNAUTHENTICATED");
    assert_eq!(app.resend((), &acme.admin.id).await.refused(), "UNAUTHENTICATED");
    let new = json!({ "name": "X", "permissions": {} });
    assert_eq!(app.create_template((), new).await.refused(), "UNAUTHENTICATED");
    assert_eq!(app.edit_template((), "x", json!({})).await.refused(), "UNAUTHENTICATED");
    assert_eq!(app.delete_template((), "x", json!({})).await.refused(), "UNAUTHENTICATED");
    assert_eq!(app.sign_out(()).await.refused(), "UNAUTHENTICATED");
}

#[rstest]
#[tokio::test]
async fn a6_a_refused_field_leaves_its_neighbours_standing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.add(&acme, NewPerson::user("me@acme.test")).await;

    let query = "{ viewer { user { email } } mine: seatUsage { used } permissionCatalog { key } }";
    let seen = app.gql(&me, query, json!({})).await;
    assert_eq!(seen["data"]["viewer"]["user"]["email"], "me@acme.test");
    assert_eq!(seen["data"]["permissionCatalog"].as_array().unwrap().len(), 6);
    assert_eq!(seen["data"]["mine"], Json::Null);
    assert_eq!(seen["errors"].as_array().unwrap().len(), 1);
    assert_eq!(seen["errors"][0]["path"], json!(["mine"]));
    assert_eq!(seen["errors"][0]["extensions"]["code"], "FORBIDDEN");

    let query = "mutation { a: inviteUser(input: { email: \"x@acme.test\" }) { errors { code } }
        b: signOut { signedOut } c: signOut { signedOut } }";
    let seen = app.gql(&me, query, json!({})).await;
    assert_eq!(seen["data"]["a"], Json::Null);
    assert_eq!(seen["data"]["b"], json!({ "signedOut": true }));
    assert_eq!(seen["errors"][0]["path"], json!(["a"]));
    assert_eq!(seen["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[rstest]
#[tokio::test]
async fn a6_what_the_field_needs_comes_before_what_its_input_says(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.add(&acme, NewPerson::user("me@acme.test")).await;

    assert_eq!(app.invite(&me, json!({ "email": "" })).await.refused(), "FORBIDDEN");
    assert_eq!(app.edit(&me, "nonsense", json!({ "email": null })).await.refused(), "FORBIDDEN");
    assert_eq!(app.delete(&me, "nonsense").await.refused(), "FORBIDDEN");
    assert_eq!(app.edit(&me, &me.id, json!({ "name": "Me" })).await.refused(), "FORBIDDEN");
    let new = json!({ "name": "", "permissions": {} });
    assert_eq!(app.create_template(&me, new).await.refused(), "FORBIDDEN");
    let query = "{ users(first: 0) { totalCount } }";
    assert_eq!(app.error_code(&me, query, json!({})).await, "FORBIDDEN");
}
