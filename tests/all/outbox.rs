//! I4: queued mail.

use entity::mail;

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn i4_a_refused_invite_queues_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let taken = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;
    assert_refused(&taken, "EMAIL_TAKEN at email");
    assert_eq!(mail::Entity::in_tenant(acme.uuid).count(app.env.db.read()).await.unwrap(), 0);
    // And an invite that is not refused has its mail in the same transaction.
    app.invite(&acme.admin, json!({ "email": "bob@acme.test" })).await.ok();
    assert_eq!(mail::Entity::in_tenant(acme.uuid).count(app.env.db.read()).await.unwrap(), 1);
}

#[rstest]
#[tokio::test]
async fn i4_one_address_gets_at_most_one_mail_per_cooldown_deletion_included(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    let (first, _) = invited(&app, &acme, "ann@acme.test").await;
    app.delete(&acme.admin, &first).await.ok();
    app.advance(TimeDelta::seconds(20));

    let again = app.invite(&acme.admin, json!({ "email": "ANN@acme.test" })).await;
    let second = again.ok()["user"]["id"].as_str().unwrap();
    assert!(app.mails().await.is_empty(), "it waits");
    assert_eq!(invitation_of(&app, &acme.admin, second).await["delivery"], "QUEUED");
    // Another tenant is not held up by it.
    app.invite(&globex.admin, json!({ "email": "ann@acme.test" })).await.ok();
    assert_eq!(app.mails().await.len(), 1);
    app.advance(TimeDelta::seconds(39));
    assert!(app.mails().await.is_empty(), "60 seconds are not over");
    app.advance(TimeDelta::seconds(1));
    let mail = app.mail().await;
    assert_eq!(mail.to, "ANN@acme.test");
    assert_eq!(invitation_of(&app, &acme.admin, second).await["delivery"], "SENT");
    app.accept(&mail.token(), "Ann", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn i4_changing_an_address_to_and_fro_mails_nobody_twice(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let (id, _) = invited(&app, &acme, "a@acme.test").await;
    let to =
        async |email: &str| app.edit(&acme.admin, &id, json!({ "email": email })).await.ok()["user"].clone();

    to("b@acme.test").await;
    assert_eq!(app.mail().await.to, "b@acme.test");
    to("a@acme.test").await;
    assert!(app.mails().await.is_empty(), "a was written to a moment ago");
    to("b@acme.test").await;
    let user = to("a@acme.test").await;
    assert_eq!(user["invitation"]["timesIssued"], 5);
    app.advance(TimeDelta::seconds(60));
    let mail = app.mail().await;
    assert_eq!(mail.to, "a@acme.test", "the others were dropped");
    app.advance(TimeDelta::days(1));
    assert!(app.mails().await.is_empty());
    app.accept(&mail.token(), "Ann", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn i4_a_queued_mail_whose_link_was_replaced_is_dropped(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let answer = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;
    let id = answer.ok()["user"]["id"].as_str().unwrap();
    // Nothing was delivered yet when it is sent again.
    app.advance(TimeDelta::minutes(2));
    app.resend(&acme.admin, id).await.ok();

    let mail = app.mail().await;

    assert_eq!(mail.to, "ann@acme.test");
    app.advance(TimeDelta::days(1));
    assert!(app.mails().await.is_empty());
    app.accept(&mail.token(), "Ann", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn i4_a_mail_goes_to_the_address_that_is_stored_when_it_is_sent(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let answer = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;
    let id = answer.ok()["user"]["id"].as_str().unwrap();
    app.edit(&acme.admin, id, json!({ "email": "Ann@Acme.test" })).await.ok();
    assert_eq!(app.mail().await.to, "Ann@Acme.test");
}

#[rstest]
#[tokio::test]
async fn i4_queued_mail_survives_a_restart(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await.ok();
    let app = app.restart().await;
    let mail = app.mail().await;
    assert_eq!(mail.to, "ann@acme.test");
    app.accept(&mail.token(), "Ann", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn i4_a_mail_that_cannot_be_delivered_is_tried_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let folder = app.mail_folder();
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "in the way").unwrap();
    let answer = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;
    let id = answer.ok()["user"]["id"].as_str().unwrap();
    assert!(app.mails().await.is_empty());
    assert_eq!(invitation_of(&app, &acme.admin, id).await["delivery"], "QUEUED");

    std::fs::remove_file(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    app.advance(TimeDelta::hours(1));
    assert_eq!(app.mail().await.to, "ann@acme.test");
    assert_eq!(invitation_of(&app, &acme.admin, id).await["delivery"], "SENT");
}

#[rstest]
#[tokio::test]
async fn i4_the_pauses_between_tries_grow(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    std::fs::remove_dir_all(app.mail_folder()).unwrap();
    std::fs::write(app.mail_folder(), "in the way").unwrap();
    app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await.ok();
    let mut pauses = Vec::new();
    for _ in 0..5 {
        assert!(app.mails().await.is_empty());
        let queued = mail::Entity::in_tenant(acme.uuid).one(app.env.db.read()).await.unwrap();
        let pause = queued.expect("it is kept").due_at - app.clock.now();
        pauses.push(pause);
        app.advance(pause);
    }
    assert!(pauses[0] > TimeDelta::zero() && pauses[0] < TimeDelta::minutes(5), "{pauses:?}");
    assert!(pauses.is_sorted() && pauses[4] > pauses[0] * 2, "{pauses:?}");
    std::fs::remove_file(app.mail_folder()).unwrap();
    std::fs::create_dir(app.mail_folder()).unwrap();
    assert_eq!(app.mail().await.to, "ann@acme.test");
}
