//! U9: searching and filtering users.

use crate::prelude::*;

/// The addresses, before the `@`, of those who match a filter, and that the count agrees.
async fn matching(app: &TestApp, who: &Actor, filter: Json) -> Vec<String> {
    let page = app.data(who, PAGE, json!({ "filter": filter })).await["users"].take();
    let found = emails(&page);
    assert_eq!(page["totalCount"], found.len(), "{filter}");
    found.iter().map(|email| email.split('@').next().unwrap().to_owned()).collect()
}

#[rstest]
#[tokio::test]
async fn u9_a_search_of_three_characters_finds_them_anywhere_and_a_shorter_one_at_the_beginning(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 99).await;
    let people = [
        ("joanna@x.test", Some("Smith")),
        ("ann@x.test", None),
        ("p%q@x.test", Some("100% \"Real\" O'Neil")),
        ("pxq@x.test", Some("back\\slash")),
        ("under_score@x.test", Some("Ünal Öztürk")),
        ("underxscore@x.test", Some("star * AND paren(")),
        ("zz@x.test", Some("Ann Other")),
    ];
    for (email, name) in people {
        let new = NewPerson::user(email);
        app.add(&acme, if let Some(name) = name { new.named(name) } else { new }).await;
    }
    let cases: [(&str, &[&str]); 27] = [
        ("ann", &["ann", "joanna", "zz"]),
        ("ANN", &["ann", "joanna", "zz"]),
        (" ann ", &["ann", "joanna", "zz"]),
        ("ａnn", &["ann", "joanna", "zz"]),
        ("an", &["ann", "zz"]),
        ("a", &["admin", "ann", "zz"]),
        ("nn", &[]),
        ("p%", &["p%q"]),
        ("p%q", &["p%q"]),
        ("r_s", &["under_score"]),
        ("rxs", &["underxscore"]),
        ("00%", &["p%q"]),
        ("\"real\"", &["p%q"]),
        ("o'neil", &["p%q"]),
        ("k\\s", &["pxq"]),
        ("ünal", &["under_score"]),
        ("ÖZTÜRK", &["under_score"]),
        ("ün", &["under_score"]),
        ("r * and", &["underxscore"]),
        ("paren(", &["underxscore"]),
        ("ann other", &["zz"]),
        ("other", &["zz"]),
        ("ot", &[]),
        ("@x.test", &["ann", "joanna", "p%q", "pxq", "under_score", "underxscore", "zz"]),
        ("ann@acme", &[]),
        ("nobody at all", &[]),
        ("est", &["admin", "ann", "joanna", "p%q", "pxq", "under_score", "underxscore", "zz"]),
    ];
    for (search, expected) in cases {
        assert_eq!(matching(&app, &acme.admin, json!({ "search": search })).await, expected, "{search:?}");
    }
    for none in [json!(""), json!("  "), Json::Null] {
        assert_eq!(matching(&app, &acme.admin, json!({ "search": none })).await.len(), 8);
    }
    // What has changed or gone is found as it is now.
    let found = app.data(&acme.admin, PAGE, json!({ "filter": { "search": "zz@" } })).await;
    let id = found["users"]["nodes"][0]["id"].as_str().unwrap();
    app.edit(&acme.admin, id, json!({ "name": "Renamed Person" })).await.ok();
    assert_eq!(matching(&app, &acme.admin, json!({ "search": "other" })).await, [""; 0]);
    assert_eq!(matching(&app, &acme.admin, json!({ "search": "named per" })).await, ["zz"]);
    app.delete(&acme.admin, id).await.ok();
    assert_eq!(matching(&app, &acme.admin, json!({ "search": "named per" })).await, [""; 0]);
}

#[rstest]
#[tokio::test]
async fn u9_filters_all_hold_and_an_empty_list_is_as_good_as_none(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 99).await;
    let t = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    let u = app.add_template(&acme, NewTemplate::new("U", &[])).await;
    let unused = app.add_template(&acme, NewTemplate::new("V", &[])).await;
    app.add(&acme, NewPerson::user("at@acme.test").using(&t).crm()).await;
    app.add(&acme, NewPerson::invited("it@acme.test").using(&t)).await;
    app.add(&acme, NewPerson::suspended("su@acme.test").using(&u).crm()).await;
    app.add(&acme, NewPerson::suspended("sa@acme.test").role(Role::Admin)).await;
    let everybody = ["admin", "at", "it", "sa", "su"];

    let cases: [(Json, &[&str]); 17] = [
        (json!({}), &everybody),
        (
            json!({ "status": [], "role": [], "roleTemplateId": [], "search": "", "crmAccess": null }),
            &everybody,
        ),
        (json!({ "status": null, "role": null, "roleTemplateId": null, "inactiveSince": null }), &everybody),
        (json!({ "status": ["INVITED"] }), &["it"]),
        (json!({ "status": ["SUSPENDED", "INVITED"] }), &["it", "sa", "su"]),
        (json!({ "role": ["ADMIN"] }), &["admin", "sa"]),
        (json!({ "role": ["ADMIN", "USER"] }), &everybody),
        (json!({ "roleTemplateId": [t.id] }), &["at", "it"]),
        (json!({ "roleTemplateId": [t.id, u.id] }), &["at", "it", "su"]),
        (json!({ "roleTemplateId": [unused.id] }), &[]),
        (json!({ "roleTemplateId": ["nonsense"] }), &[]),
        (json!({ "roleTemplateId": ["nonsense", u.id] }), &["su"]),
        (json!({ "crmAccess": true }), &["admin", "at", "sa", "su"]),
        (json!({ "crmAccess": false }), &["it"]),
        (json!({ "crmAccess": true, "status": ["SUSPENDED"], "role": ["USER"] }), &["su"]),
        (json!({ "search": "acme", "roleTemplateId": [t.id], "status": ["ACTIVE"] }), &["at"]),
        (json!({ "search": "s", "role": ["ADMIN"] }), &["sa"]),
    ];
    for (filter, expected) in cases {
        assert_eq!(matching(&app, &acme.admin, filter.clone()).await, expected, "{filter}");
    }
}

#[rstest]
#[tokio::test]
async fn u9_inactive_since_is_no_sign_in_since_and_not_created_since(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 99).await;
    let begin = app.clock.now();
    app.add(&acme, NewPerson::user("old-never@acme.test")).await;
    app.add(&acme, NewPerson::user("old-before@acme.test").last_login(begin + TimeDelta::minutes(59))).await;
    app.add(&acme, NewPerson::user("old-at@acme.test").last_login(begin + TimeDelta::hours(1))).await;
    app.add(&acme, NewPerson::user("old-after@acme.test").last_login(begin + TimeDelta::hours(2))).await;
    app.advance(TimeDelta::hours(1));
    app.add(&acme, NewPerson::invited("new-never@acme.test")).await;

    let since = (begin + TimeDelta::hours(1)).to_rfc3339();
    let found = matching(&app, &acme.admin, json!({ "inactiveSince": since })).await;
    assert_eq!(found, ["admin", "old-before", "old-never"]);
    let later = (begin + TimeDelta::hours(9)).to_rfc3339();
    assert_eq!(matching(&app, &acme.admin, json!({ "inactiveSince": later })).await.len(), 6);
    let begin = begin.to_rfc3339();
    assert_eq!(matching(&app, &acme.admin, json!({ "inactiveSince": begin })).await, [""; 0]);
}
