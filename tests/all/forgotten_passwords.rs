//! L5: passwords that are forgotten, and passwords that are changed.

use crate::prelude::*;

const NEW: &str = "marble-fjord-lantern-73";
const RESET: &str = "token viewer { user { email } } errors { code message path retryAt permissions }";
const CHANGED: &str = "changed errors { code message path retryAt permissions }";

/// Asks for a link, and waits until what goes on behind the answer is done.
async fn forget(app: &TestApp, tenant: &str, email: &str) {
    let input = json!({ "tenant": tenant, "email": email });
    let answer = app.mutate((), "requestPasswordReset", input, "accepted").await;
    assert_eq!(*answer.ok(), json!({ "accepted": true }));
    while !app.env.background.is_empty() {
        tokio::task::yield_now().await;
    }
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    app.mutate((), "resetPassword", json!({ "token": token, "password": password }), RESET).await
}

async fn change(app: &TestApp, who: &Actor, current: &str, new: &str) -> Answer {
    let input = json!({ "currentPassword": current, "newPassword": new });
    app.mutate(who, "changePassword", input, CHANGED).await
}

async fn is_signed_in(app: &TestApp, who: &Actor) -> bool {
    !app.data(who, "{ viewer { user { id } } }", json!({})).await["viewer"].is_null()
}

#[rstest]
#[tokio::test]
async fn l5_a_link_sets_a_password_once_and_ends_all_sessions(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    forget(&app, "acme", "ANN@acme.test").await;
    let mail = app.mail().await;
    assert_eq!(mail.to, "ann@acme.test");
    assert!(mail.text.contains("/reset-password#token="), "{}", mail.text);

    assert_refused(&reset(&app, &mail.token(), "short").await, "WEAK_PASSWORD at password");
    assert_refused(&reset(&app, &mail.token(), "passwordpassword").await, "WEAK_PASSWORD at password");
    assert!(is_signed_in(&app, &ann).await);
    let done = reset(&app, &mail.token(), NEW).await;
    let token = done.ok()["token"].as_str().unwrap();
    assert_eq!(
        app.data(token, "{ viewer { user { email } } }", json!({})).await["viewer"]["user"]["email"],
        "ann@acme.test"
    );
    assert!(!is_signed_in(&app, &ann).await);
    assert_refused(&reset(&app, &mail.token(), PASSWORD).await, "INVALID_TOKEN at token");
    assert_refused(&app.sign_in("acme", "ann@acme.test", PASSWORD).await, "INVALID_CREDENTIALS");
    app.sign_in("acme", "ann@acme.test", NEW).await.ok();
    app.advance(TimeDelta::seconds(61));
    assert!(app.mail().await.subject.contains("was changed"));
}

#[rstest]
#[tokio::test]
async fn l5_asking_never_tells_who_exists(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.add(&acme, NewPerson::suspended("sam@acme.test")).await;
    app.invite(&acme.admin, json!({ "email": "ivy@acme.test" })).await.ok();
    app.mails().await;

    for (tenant, email) in [
        ("acme", "nobody@acme.test"),
        ("nowhere", "x@y.test"),
        ("acme", "sam@acme.test"),
        ("acme", "ivy@acme.test"),
        ("", "\0"),
    ] {
        forget(&app, tenant, email).await;
    }
    assert_eq!(app.mails().await.len(), 0);
}

#[rstest]
#[tokio::test]
async fn l5_a_link_dies_with_time_a_newer_one_suspension_and_another_address(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    forget(&app, "acme", "ann@acme.test").await;
    let first = app.mail().await.token();
    app.advance(TimeDelta::seconds(61));
    forget(&app, "acme", "ann@acme.test").await;
    let second = app.mail().await.token();
    assert_refused(&reset(&app, &first, NEW).await, "INVALID_TOKEN at token");
    app.advance(TimeDelta::minutes(61));
    assert_refused(&reset(&app, &second, NEW).await, "TOKEN_EXPIRED at token");

    forget(&app, "acme", "ann@acme.test").await;
    let third = app.mail().await.token();
    app.edit(&acme.admin, &ann.id, json!({ "status": "SUSPENDED" })).await.ok();
    app.edit(&acme.admin, &ann.id, json!({ "status": "ACTIVE" })).await.ok();
    assert_refused(&reset(&app, &third, NEW).await, "INVALID_TOKEN at token");

    app.advance(TimeDelta::seconds(61));
    forget(&app, "acme", "ann@acme.test").await;
    let fourth = app.mail().await.token();
    app.edit(&acme.admin, &ann.id, json!({ "email": "ann.new@acme.test" })).await.ok();
    assert_refused(&reset(&app, &fourth, NEW).await, "INVALID_TOKEN at token");
    app.advance(TimeDelta::seconds(61));
    let notice = app.mail().await;
    assert_eq!(notice.to, "ann@acme.test");
    assert!(notice.subject.contains("email address") && !notice.text.contains("ann.new"), "{}", notice.text);
}

#[rstest]
#[tokio::test]
async fn l5_changing_a_password_needs_the_present_one_and_ends_the_other_sessions(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    let other =
        app.sign_in("acme", "ann@acme.test", PASSWORD).await.ok()["token"].as_str().unwrap().to_owned();

    assert_refused(
        &change(&app, &ann, "not-my-password-1", NEW).await,
        "INVALID_CREDENTIALS at currentPassword",
    );
    assert_refused(&change(&app, &ann, PASSWORD, "short").await, "WEAK_PASSWORD at newPassword");
    assert_eq!(change(&app, &ann, PASSWORD, NEW).await.ok()["changed"], true);
    assert!(is_signed_in(&app, &ann).await);
    assert!(app.data(&other, "{ viewer { user { id } } }", json!({})).await["viewer"].is_null());
    assert_eq!(app.mail().await.to, "ann@acme.test");
    app.sign_in("acme", "ann@acme.test", NEW).await.ok();
}

#[rstest]
#[tokio::test]
async fn l5_nobody_can_kill_a_link_that_is_on_its_way_by_asking_again(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    forget(&app, "acme", "ann@acme.test").await;
    let token = app.mail().await.token();
    for _ in 0..3 {
        forget(&app, "acme", "ann@acme.test").await;
    }
    app.advance(TimeDelta::seconds(59));
    forget(&app, "acme", "ann@acme.test").await;
    app.advance(TimeDelta::seconds(10));
    assert_eq!(app.mails().await.len(), 0);
    reset(&app, &token, NEW).await.ok();
}

#[rstest]
#[tokio::test]
async fn l5_whoever_reset_a_password_need_not_wait_for_what_was_guessed_before(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    for _ in 0..7 {
        app.sign_in("acme", "ann@acme.test", "is-it-this-one-then").await;
    }
    assert_refused(&app.sign_in("acme", "ann@acme.test", PASSWORD).await, "TOO_MANY_ATTEMPTS");
    forget(&app, "acme", "ann@acme.test").await;
    reset(&app, &app.mail().await.token(), NEW).await.ok();
    app.sign_in("acme", "ann@acme.test", NEW).await.ok();
}
