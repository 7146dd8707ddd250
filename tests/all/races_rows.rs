//! I1, U1, U3, U4, U6, R2: one row, changed twice at the same instant. Each scenario runs many rounds.

use entity::{session, user};

use crate::{
    prelude::*,
    races::{assert_sound, at_once, outcome, winners},
};

fn id_of(answer: &Answer) -> String {
    answer.ok()["user"]["id"].as_str().unwrap().to_owned()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i1_a_link_that_is_used_twice_at_once_works_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 99).await;
    for round in 0..10 {
        let email = format!("n{round}@acme.test");
        let (id, token) = invited(&app, &acme, &email).await;
        let other = format!("{PASSWORD}-other");

        let (one, two) =
            tokio::join!(app.accept(&token, "One", PASSWORD), replica.accept(&token, "Two", &other));

        let outcomes = [outcome(&one), outcome(&two)];
        assert_eq!(winners(&outcomes, &["INVALID_TOKEN at token"]), 1, "{outcomes:?}");
        let (name, password, wrong) =
            if outcomes[0] == "OK" { ("One", PASSWORD, other.as_str()) } else { ("Two", &*other, PASSWORD) };
        assert_eq!(app.user(&acme.admin, &id).await["name"], name);
        app.sign_in("acme", &email, password).await.ok();
        assert_refused(&app.sign_in("acme", &email, wrong).await, "INVALID_CREDENTIALS");
    }
    assert_eq!(app.seat_usage(&acme.admin).await["active"], 11);
    assert_sound(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i2_a_link_that_is_replaced_while_it_is_used_is_one_or_the_other(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 99).await;
    for round in 0..10 {
        let email = format!("n{round}@acme.test");
        let (id, token) = invited(&app, &acme, &email).await;
        app.advance(TimeDelta::seconds(61));
        let resend = async || {
            // About when the password has been hashed.
            tokio::time::sleep(std::time::Duration::from_millis(round * 8)).await;
            app.resend(&acme.admin, &id).await
        };

        let (accepted, resent) = tokio::join!(app.accept(&token, "Ann", PASSWORD), resend());

        let outcomes = [outcome(&accepted), outcome(&resent)];
        let lost = ["INVALID_TOKEN at token", "NOT_INVITED at userId"];
        assert_eq!(winners(&outcomes, &lost), 1, "{outcomes:?}");
        let mails = app.mails().await.len();
        assert_eq!(mails, usize::from(outcomes[1] == "OK"));
    }
    assert_sound(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u1_an_address_that_is_invited_twice_at_once_is_one_user(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 99).await;
    for round in 1..=20 {
        let (one, two) = tokio::join!(
            app.invite(&acme.admin, json!({ "email": format!("n{round}@acme.test") })),
            replica.invite(&acme.admin, json!({ "email": format!("N{round}@Acme.test") })),
        );
        let outcomes = [outcome(&one), outcome(&two)];
        assert_eq!(winners(&outcomes, &["EMAIL_TAKEN at email"]), 1, "{outcomes:?}");
        assert_eq!(app.seat_usage(&acme.admin).await["used"], 1 + round);
        assert_eq!(app.mails().await.len(), 1);
    }
    assert_sound(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u7_whoever_is_deleted_while_being_edited_is_gone(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 99).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    for round in 0..20 {
        let id = id_of(&app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await);
        let patch = json!({ "email": format!("n{round}@acme.test"), "roleTemplateId": template.id });
        let (edited, deleted) =
            tokio::join!(app.edit(&acme.admin, &id, patch), replica.delete(&acme.admin, &id));

        assert_eq!(outcome(&deleted), "OK");
        assert!(["OK", "NOT_FOUND at userId"].contains(&&*outcome(&edited)), "{:#}", edited.json);
        assert_eq!(app.user(&acme.admin, &id).await, Json::Null);
        assert_eq!(app.seat_usage(&acme.admin).await["used"], 1);
        assert_eq!(app.role_template(&acme.admin, &template.id).await["userCount"], 0);
    }
    assert_sound(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u6_no_session_survives_a_suspension(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 99).await;
    for round in 0..15 {
        let new = NewPerson::user(&format!("n{round}@acme.test")).password(PASSWORD);
        let ann = app.add(&acme, new).await;
        let suspend = async || {
            tokio::time::sleep(std::time::Duration::from_millis(round * 7)).await;
            app.edit(&acme.admin, &ann.id, json!({ "status": "SUSPENDED" })).await
        };
        let (answers, suspended) =
            tokio::join!(at_once((0..3).map(|_| replica.sign_in("acme", &ann.email, PASSWORD))), suspend());
        suspended.ok();
        winners(&answers.iter().map(outcome).collect::<Vec<_>>(), &["INVALID_CREDENTIALS"]);
        for token in answers.iter().filter_map(|answer| answer.payload()["token"].as_str()) {
            assert_eq!(app.granted(token).await, None);
        }
        let theirs = session::Entity::in_tenant(acme.uuid).filter(session::Column::UserId.eq(ann.uuid));
        assert_eq!(theirs.count(app.env.db.read()).await.unwrap(), 0);
        assert_eq!(app.user(&acme.admin, &ann.id).await["status"], "SUSPENDED");
    }
    assert_sound(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u3_a_sign_in_during_an_edit_is_the_last_login(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 99).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    for round in 0..20 {
        app.advance(TimeDelta::seconds(1));
        let mut sign_in = Box::pin(replica.sign_in("acme", &ann.email, PASSWORD));
        let mut edits = 0;
        let signed_in = loop {
            edits += 1;
            let name = json!({ "name": format!("Ann {round}.{edits}") });
            tokio::select! {
                biased;
                answer = &mut sign_in => break answer,
                edited = app.edit(&acme.admin, &ann.id, name) => drop(edited.ok()),
            }
        };
        signed_in.ok();
        app.edit(&acme.admin, &ann.id, json!({ "name": "Ann" })).await.ok();
        let row = user::Entity::in_tenant(acme.uuid).filter(user::Column::Id.eq(ann.uuid));
        let row = row.one(app.env.db.read()).await.unwrap().unwrap();
        assert_eq!(row.last_login_at, app.clock.now(), "round {round}, {edits} edits");
    }
    assert_sound(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u4_of_edits_of_one_version_exactly_one_wins(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 99).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    for version in 1..=10 {
        let patch = |n: usize| json!({ "name": format!("T {version}.{n}"), "expectedVersion": version });
        let app_of = |n: usize| if n.is_multiple_of(2) { &app } else { &replica };
        let (people, templates) = tokio::join!(
            at_once((0..6).map(|n| app_of(n).edit(&acme.admin, &ann.id, patch(n)))),
            at_once((0..6).map(|n| app_of(n).edit_template(&acme.admin, &template.id, patch(n)))),
        );
        for answers in [people, templates] {
            let outcomes: Vec<_> = answers.iter().map(outcome).collect();
            assert_eq!(winners(&outcomes, &["VERSION_CONFLICT at expectedVersion"]), 1, "{outcomes:?}");
        }
        let seen = app.user(&acme.admin, &ann.id).await;
        assert_eq!(seen["version"], version + 1);
    }
    assert_sound(&app).await;
}
