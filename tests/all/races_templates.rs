//! R2: a template that is deleted and used at the same instant. Each scenario runs many rounds.

use crate::{
    prelude::*,
    races::{assert_sound, outcome, winners},
};

async fn template_of(app: &TestApp, who: &Actor, id: &str) -> Json {
    app.user(who, id).await["roleTemplate"]["id"].take()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2_whoever_gets_a_template_while_it_is_replaced_has_the_replacement_or_none(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 99).await;
    let to = app.add_template(&acme, NewTemplate::new("To", &[])).await;
    for round in 0..15 {
        let from = app.add_template(&acme, NewTemplate::new("From", &[])).await;
        let has = app.add(&acme, NewPerson::user(&format!("h{round}@acme.test")).using(&from)).await;
        let gets = app.add(&acme, NewPerson::user(&format!("g{round}@acme.test"))).await;
        let new = json!({ "email": format!("i{round}@acme.test"), "roleTemplateId": from.id });

        let (assigned, invited, deleted) = tokio::join!(
            app.edit(&acme.admin, &gets.id, json!({ "roleTemplateId": from.id })),
            replica.invite(&acme.admin, new),
            replica.delete_template(&acme.admin, &from.id, json!({ "replacementId": to.id })),
        );

        assert_eq!(outcome(&deleted), "OK");
        winners(&[outcome(&assigned), outcome(&invited)], &["NOT_FOUND at roleTemplateId"]);
        assert_eq!(template_of(&app, &acme.admin, &has.id).await, to.id);
        let expected = if outcome(&assigned) == "OK" { json!(to.id) } else { Json::Null };
        assert_eq!(template_of(&app, &acme.admin, &gets.id).await, expected);
        if outcome(&invited) == "OK" {
            let id = invited.payload()["user"]["id"].as_str().unwrap();
            assert_eq!(template_of(&app, &acme.admin, id).await, to.id);
        }
    }
    assert_sound(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2_a_template_is_deleted_or_comes_into_use(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 99).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    for _ in 0..20 {
        let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
        let (assigned, deleted) = tokio::join!(
            app.edit(&acme.admin, &ann.id, json!({ "roleTemplateId": template.id })),
            replica.delete_template(&acme.admin, &template.id, json!({})),
        );
        let outcomes = [outcome(&assigned), outcome(&deleted)];
        let lost = ["NOT_FOUND at roleTemplateId", "TEMPLATE_IN_USE at replacementId"];
        assert_eq!(winners(&outcomes, &lost), 1, "{outcomes:?}");
        if outcomes[0] == "OK" {
            let detach = json!({ "detachUsers": true });
            app.delete_template(&acme.admin, &template.id, detach).await.ok();
        }
        assert_eq!(template_of(&app, &acme.admin, &ann.id).await, Json::Null);
    }
    assert_sound(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2_of_templates_that_replace_each_other_one_remains(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 99).await;
    let mut one = app.add_template(&acme, NewTemplate::new("Stays", &[])).await;
    for round in 0..15 {
        let two = app.add_template(&acme, NewTemplate::new(&format!("T{round}"), &[])).await;
        app.add(&acme, NewPerson::user(&format!("a{round}@acme.test")).using(&one)).await;
        app.add(&acme, NewPerson::user(&format!("b{round}@acme.test")).using(&two)).await;

        let (by_two, by_one) = tokio::join!(
            app.delete_template(&acme.admin, &one.id, json!({ "replacementId": two.id })),
            replica.delete_template(&acme.admin, &two.id, json!({ "replacementId": one.id })),
        );

        let outcomes = [outcome(&by_two), outcome(&by_one)];
        let lost = ["NOT_FOUND at roleTemplateId", "NOT_FOUND at replacementId"];
        assert_eq!(winners(&outcomes, &lost), 1, "{outcomes:?}");
        if outcomes[0] == "OK" {
            one = two;
        }
        let left = app.role_template(&acme.admin, &one.id).await;
        assert_eq!(left["userCount"], 2 * (round + 1));
    }
    assert_sound(&app).await;
}
