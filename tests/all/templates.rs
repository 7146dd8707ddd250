//! R1, R2: role templates.

use Permission::*;

use crate::prelude::*;

async fn names(app: &TestApp, who: &Actor) -> Vec<String> {
    let seen = app.data(who, "{ roleTemplates { name } }", json!({})).await;
    seen["roleTemplates"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect()
}

fn new(name: &str) -> Json {
    json!({ "name": name, "permissions": {} })
}

#[rstest]
#[tokio::test]
async fn r1_a_template_is_made_read_and_edited(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let boxes = json!({ "analytics": { "export": true, "view": true, "edit": false }, "users": null,
        "settings": { "manage": true } });
    let input = json!({ "name": " Analyst ", "description": " Reads\nreports ", "permissions": boxes });

    let made = app.create_template(&acme.admin, input).await.ok()["roleTemplate"].clone();

    assert_eq!((&made["name"], &made["description"]), (&json!("Analyst"), &json!("Reads\nreports")));
    assert_eq!(
        made["permissions"]["granted"],
        json!(["SETTINGS_MANAGE", "ANALYTICS_VIEW", "ANALYTICS_EXPORT"])
    );
    assert_eq!((&made["version"], &made["userCount"]), (&json!(1), &json!(0)));
    assert_eq!(instant(&made["createdAt"]), app.clock.now());
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("template_"), "{id}");
    assert_eq!(app.role_template(&acme.admin, id).await, made);

    app.advance(TimeDelta::minutes(1));
    let edit =
        async |patch: Json| app.edit_template(&acme.admin, id, patch).await.ok()["roleTemplate"].clone();
    let none = json!({ "name": "Analyst", "permissions": { "settings": { "manage": true, "view": null } } });
    assert_eq!(edit(none).await, made, "what changes nothing makes no new version (U4)");
    let edited = edit(json!({ "permissions": { "settings": { "manage": false } } })).await;
    assert_eq!(edited["permissions"]["granted"], json!(["ANALYTICS_VIEW", "ANALYTICS_EXPORT"]));
    assert_eq!((&edited["version"], &edited["description"]), (&json!(2), &made["description"]));
    assert_eq!(instant(&edited["updatedAt"]), app.clock.now());
    assert_eq!(edit(json!({ "description": null })).await["description"], Json::Null);
    assert_eq!(edit(json!({ "description": "  " })).await["version"], 3, "blank is none");
    assert_eq!(edit(json!({ "permissions": null, "expectedVersion": null })).await["version"], 3);
    let refused = app.edit_template(&acme.admin, id, json!({ "name": null, "description": "x" })).await;
    assert_refused(&refused, "REQUIRED at name");
    let refused = app.edit_template(&acme.admin, id, json!({ "name": "B", "expectedVersion": 2 })).await;
    assert_refused(&refused, "VERSION_CONFLICT at expectedVersion");
    assert_eq!(refused.payload()["roleTemplate"]["name"], "Analyst");
    assert_eq!(refused.payload()["roleTemplate"]["version"], 3);
    let refused = app.delete_template(&acme.admin, id, json!({ "expectedVersion": 2 })).await;
    assert_refused(&refused, "VERSION_CONFLICT at expectedVersion");
    app.delete_template(&acme.admin, id, json!({ "expectedVersion": 3 })).await.ok();
}

#[rstest]
#[tokio::test]
async fn r1_a_name_is_unique_in_its_tenant_however_it_is_spelled(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    let first = app.create_template(&acme.admin, new("Straße ①")).await.ok()["roleTemplate"].clone();
    let other = app.create_template(&acme.admin, new("Other")).await.ok()["roleTemplate"].clone();
    let (first, other) = (first["id"].as_str().unwrap(), other["id"].as_str().unwrap());

    for spelled in ["Straße ①", "STRASSE 1", " straße 1 ", "ｓtraße ①"] {
        assert_refused(&app.create_template(&acme.admin, new(spelled)).await, "NAME_TAKEN at name");
        let edited = app.edit_template(&acme.admin, other, json!({ "name": spelled })).await;
        assert_refused(&edited, "NAME_TAKEN at name");
        assert_eq!(edited.payload()["roleTemplate"]["name"], "Other");
    }
    app.create_template(&globex.admin, new("Straße ①")).await.ok();
    let respelled = app.edit_template(&acme.admin, first, json!({ "name": "strasse 1" })).await;
    assert_eq!(respelled.ok()["roleTemplate"]["name"], "strasse 1");
    assert_eq!(respelled.ok()["roleTemplate"]["version"], 2);
    assert_eq!(names(&app, &acme.admin).await, ["Other", "strasse 1"]);
}

#[rstest]
#[tokio::test]
async fn r1_names_and_descriptions_have_limits(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    let cases = [
        ("é".repeat(100), None),
        (format!("  {}  ", "x".repeat(100)), None),
        ("x".repeat(101), Some("TOO_LONG at name")),
        (String::new(), Some("REQUIRED at name")),
        (" \u{a0}\t ".to_owned(), Some("REQUIRED at name")),
        ("a\nb".to_owned(), Some("INVALID_TEXT at name")),
        ("a\u{0}b".to_owned(), Some("INVALID_TEXT at name")),
        ("a\u{7f}b".to_owned(), Some("INVALID_TEXT at name")),
    ];
    for (name, fault) in cases {
        let answers = [
            app.create_template(&acme.admin, new(&name)).await,
            app.edit_template(&acme.admin, &template.id, json!({ "name": format!("{name}") })).await,
            app.edit(&acme.admin, &ann.id, json!({ "name": name })).await,
        ];
        // The second asks for the name that the first took.
        let expected = [fault, Some(fault.unwrap_or("NAME_TAKEN at name")), fault];
        for (answer, expected) in answers.iter().zip(expected) {
            let expected: Vec<_> = expected.into_iter().collect();
            assert_eq!(answer.refusals(), expected, "{} of {name:?}", answer.field);
        }
    }
    for (description, fault) in [
        ("d".repeat(500), None),
        ("line\r\nline\n\tline".to_owned(), None),
        ("d".repeat(501), Some("TOO_LONG at description")),
        ("a\u{0}b".to_owned(), Some("INVALID_TEXT at description")),
        ("a\u{1b}b".to_owned(), Some("INVALID_TEXT at description")),
    ] {
        let answer =
            app.edit_template(&acme.admin, &template.id, json!({ "description": description })).await;
        if description.contains('\t') {
            // Whether a tab is a line break's kin is nobody's rule: it is only not to fail.
            assert!(answer.payload().is_object());
            continue;
        }
        assert_eq!(answer.refusals(), fault.into_iter().collect::<Vec<_>>(), "{description:.20}");
    }
}

#[rstest]
#[tokio::test]
async fn r1_a_tenant_has_at_most_200_templates(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    for number in 0..199 {
        app.add_template(&acme, NewTemplate::new(&format!("T{number:03}"), &[])).await;
    }
    let last = app.create_template(&acme.admin, new("Last")).await.ok()["roleTemplate"].clone();
    assert_refused(&app.create_template(&acme.admin, new("Late")).await, "TEMPLATE_LIMIT_REACHED");
    assert_eq!(names(&app, &acme.admin).await.len(), 200);
    app.create_template(&globex.admin, new("Late")).await.ok();
    app.delete_template(&acme.admin, last["id"].as_str().unwrap(), json!({})).await.ok();
    app.create_template(&acme.admin, new("Late")).await.ok();
}

#[rstest]
#[tokio::test]
async fn r1_templates_are_listed_by_name_as_names_are_compared(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    for name in ["beta", "Alpha", "alphabet", "GAMMA", "alpha 2", "Delta"] {
        app.add_template(&acme, NewTemplate::new(name, &[])).await;
    }
    assert_eq!(names(&app, &acme.admin).await, ["Alpha", "alpha 2", "alphabet", "beta", "Delta", "GAMMA"]);
}

#[rstest]
#[tokio::test]
async fn r1_a_template_counts_its_users_whatever_their_status(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let t = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    let u = app.add_template(&acme, NewTemplate::new("U", &[])).await;
    let count = async |template: &Template| {
        app.role_template(&acme.admin, &template.id).await["userCount"].as_i64().unwrap()
    };
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").using(&t)).await;
    app.add(&acme, NewPerson::suspended("sue@acme.test").using(&t)).await;
    app.invite(&acme.admin, json!({ "email": "ivy@acme.test", "roleTemplateId": t.id })).await.ok();
    assert_eq!((count(&t).await, count(&u).await), (3, 0));
    app.edit(&acme.admin, &ann.id, json!({ "roleTemplateId": u.id })).await.ok();
    assert_eq!((count(&t).await, count(&u).await), (2, 1));
    app.edit(&acme.admin, &ann.id, json!({ "roleTemplateId": null })).await.ok();
    assert_eq!((count(&t).await, count(&u).await), (2, 0));
}

#[rstest]
#[tokio::test]
async fn r2_a_template_in_use_is_deleted_only_when_told_where_its_users_go(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let old = app.add_template(&acme, NewTemplate::new("Old", &[SettingsView])).await;
    let new = app.add_template(&acme, NewTemplate::new("New", &[AnalyticsView])).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").using(&old)).await;
    let sue = app.add(&acme, NewPerson::suspended("sue@acme.test").using(&old)).await;
    let before = app.role_template(&acme.admin, &old.id).await;
    let delete =
        async |template: &Template, rest: Json| app.delete_template(&acme.admin, &template.id, rest).await;

    let refusals = [
        (json!({}), "TEMPLATE_IN_USE at replacementId"),
        (json!({ "replacementId": null, "detachUsers": false }), "TEMPLATE_IN_USE at replacementId"),
        (json!({ "replacementId": old.id }), "INVALID_REPLACEMENT at replacementId"),
        (json!({ "replacementId": new.id, "detachUsers": true }), "INVALID_REPLACEMENT at replacementId"),
        (json!({ "replacementId": "nonsense" }), "NOT_FOUND at replacementId"),
    ];
    for (rest, expected) in refusals {
        let refused = delete(&old, rest).await;
        assert_refused(&refused, expected);
        assert_eq!(refused.payload()["deletedRoleTemplateId"], Json::Null);
        assert_eq!(app.role_template(&acme.admin, &old.id).await, before);
    }

    let deleted = delete(&old, json!({ "replacementId": new.id })).await;
    assert_eq!(deleted.ok()["deletedRoleTemplateId"], old.id);
    assert_eq!(deleted.ok()["replacement"]["userCount"], 2);
    assert_eq!(deleted.ok()["replacement"], app.role_template(&acme.admin, &new.id).await);
    assert_eq!(app.role_template(&acme.admin, &old.id).await, Json::Null);
    for user in [&ann, &sue] {
        let user = app.user(&acme.admin, &user.id).await;
        assert_eq!((&user["roleTemplate"]["name"], &user["version"]), (&json!("New"), &json!(2)));
    }
    assert_eq!(app.granted(&ann).await.unwrap(), ["ANALYTICS_VIEW"]);

    let detached = delete(&new, json!({ "detachUsers": true })).await;
    assert_eq!(detached.ok()["deletedRoleTemplateId"], new.id);
    assert_eq!(detached.ok()["replacement"], Json::Null);
    let user = app.user(&acme.admin, &ann.id).await;
    assert_eq!(user["roleTemplate"], Json::Null);
    assert_eq!(user["permissions"]["granted"], json!([]), "nothing is copied (P2)");
    assert_eq!(user["version"], 3);
    assert_refused(&delete(&new, json!({})).await, "NOT_FOUND at roleTemplateId");
}

#[rstest]
#[tokio::test]
async fn r2_a_template_without_users_is_simply_deleted(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    for (name, rest) in
        [("a", json!({})), ("b", json!({ "detachUsers": true })), ("c", json!({ "replacementId": null }))]
    {
        let template = app.add_template(&acme, NewTemplate::new(name, &[])).await;
        let deleted = app.delete_template(&acme.admin, &template.id, rest).await;
        assert_eq!(deleted.ok()["deletedRoleTemplateId"], template.id);
    }
    let left = app.add_template(&acme, NewTemplate::new("left", &[])).await;
    let gone = app.add_template(&acme, NewTemplate::new("gone", &[])).await;
    let itself = app.delete_template(&acme.admin, &gone.id, json!({ "replacementId": gone.id })).await;
    assert_refused(&itself, "INVALID_REPLACEMENT at replacementId");
    let deleted = app.delete_template(&acme.admin, &gone.id, json!({ "replacementId": left.id })).await;
    assert_eq!(deleted.ok()["replacement"]["userCount"], 0);
    assert_eq!(names(&app, &acme.admin).await, ["left"]);
}

#[rstest]
#[tokio::test]
async fn a4_a_replacement_by_itself_hands_out_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let delegate = app.delegate(&acme, &[Permission::UsersManage]).await;
    let beyond = app.add_template(&acme, NewTemplate::new("beyond", &[Permission::SettingsManage])).await;
    app.add(&acme, NewPerson::user("ann@acme.test").using(&beyond)).await;
    let other = app.add_template(&acme, NewTemplate::new("other", &[Permission::SettingsEdit])).await;

    let itself = app.delete_template(&delegate, &beyond.id, json!({ "replacementId": beyond.id })).await;
    assert_refused(&itself, "INVALID_REPLACEMENT at replacementId");
    let by_another = app.delete_template(&delegate, &beyond.id, json!({ "replacementId": other.id })).await;
    assert_refused(&by_another, "ESCALATION at replacementId");
}
