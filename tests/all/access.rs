use crate::prelude::*;

use Permission::*;

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
async fn a2_everybody_reads_their_own_row_the_same_in_three_ways(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
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
        let alone = app.add(&acme, NewPerson::user(&format!("{granted:?}@acme.test")).holding(&[granted])).await;
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
async fn a4_nobody_hands_out_by_a_template_what_they_do_not_hold(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
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
    app.edit_template(&me, &less.id, json!({ "permissions": { "experiments": { "view": false } } })).await.ok();
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
            (stronger(status, &format!("grant-{status}@acme.test")).holding(&[SettingsEdit]), json!(["SETTINGS_EDIT"])),
            (stronger(status, &format!("template-{status}@acme.test")).using(&template), json!(["ANALYTICS_VIEW"])),
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
        let equal = stronger(status, &format!("equal-{status}@acme.test")).holding(&[SettingsView, UsersView]);
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

    for token in [None, Some(""), Some("nonsense"), Some("rcs_"), Some(cut), Some(&crossed), Some(&ended.token)] {
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
async fn a6_what_the_field_needs_comes_before_what_its_input_says(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
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

#[rstest]
#[tokio::test]
async fn a7_nobody_deletes_suspends_or_demotes_themselves(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = &acme.admin;
    let second = app.add(&acme, NewPerson::admin("second@acme.test")).await;
    for _ in 0..2 {
        // First with another admin, then as the last one: one's own row comes before the last admin (B1).
        for patch in [json!({ "status": "SUSPENDED" }), json!({ "role": "USER" })] {
            assert_refused(&app.edit(me, &me.id, patch).await, "CANNOT_TARGET_SELF at userId");
        }
        assert_refused(&app.delete(me, &me.id).await, "CANNOT_TARGET_SELF at userId");
        let _ = app.delete(me, &second.id).await;
    }
    // Everything else of their own row is an admin's to change.
    let own = json!({ "name": "The Boss", "email": "boss@acme.test", "role": "ADMIN", "status": "ACTIVE" });
    assert_eq!(app.edit(me, &me.id, own).await.ok()["user"]["name"], "The Boss");
}

#[rstest]
#[tokio::test]
async fn a7_the_last_active_admin_stays(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.delegate(&acme, Permission::ALL).await;
    // Neither is an active admin.
    app.add(&acme, NewPerson::invited("inv@acme.test").role(Role::Admin)).await;
    let suspended = app.add(&acme, NewPerson::suspended("sus@acme.test").role(Role::Admin)).await;

    for patch in [json!({ "status": "SUSPENDED" }), json!({ "role": "USER" })] {
        let answer = app.edit(&me, &acme.admin.id, patch).await;
        assert_refused(&answer, "LAST_ADMIN at userId");
        assert_eq!(answer.payload()["user"]["status"], "ACTIVE");
        assert_eq!(answer.payload()["user"]["role"], "ADMIN");
    }
    assert_refused(&app.delete(&me, &acme.admin.id).await, "LAST_ADMIN at userId");
    // It may be edited otherwise; a delegate is stopped by what it is.
    let named = app.edit(&me, &acme.admin.id, json!({ "name": "X" })).await;
    assert_refused(&named, "ESCALATION at userId");
    // With a second active admin it is not the last one.
    app.edit(&acme.admin, &suspended.id, json!({ "status": "ACTIVE" })).await.ok();
    assert_refused(&app.delete(&me, &acme.admin.id).await, "ESCALATION at userId");
    app.edit(&acme.admin, &suspended.id, json!({ "role": "USER" })).await.ok();
    assert_refused(&app.delete(&me, &acme.admin.id).await, "LAST_ADMIN at userId");
}
