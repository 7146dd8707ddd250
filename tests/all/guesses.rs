//! L3 and L4: own sessions, and whoever guesses passwords.

use rolecall::domain::{Client, Error, Visitor, sessions};

use crate::prelude::*;

const WRONG: &str = "not-the-password-1";

async fn fail(app: &TestApp, tenant: &str, email: &str) -> Vec<String> {
    app.sign_in(tenant, email, WRONG).await.refusals()
}

/// A wrong password from another network; what it is refused with.
async fn fail_from(app: &TestApp, ip: &str, email: &str, password: &str) -> String {
    let client = Client { ip: Some(ip.parse().unwrap()), user_agent: None };
    let visitor = Visitor { client, ..Visitor::local(app.env.clone()) };
    match sessions::sign_in(&visitor, "acme", email, password).await {
        Ok(_) => "signed in".into(),
        Err(Error::Refused(faults)) => format!("{:?}", faults[0].code),
        Err(other) => panic!("{other}"),
    }
}

#[rstest]
#[tokio::test]
async fn l4_failures_are_slowed_alike_for_accounts_that_exist_and_those_that_do_not(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;

    for (tenant, email) in [("acme", "ann@acme.test"), ("acme", "nobody@acme.test"), ("nowhere", "x@y.test")]
    {
        for attempt in 0..5 {
            assert_eq!(fail(&app, tenant, email).await, ["INVALID_CREDENTIALS"], "{attempt}");
        }
        let mut pauses = Vec::new();
        for _ in 0..3 {
            fail(&app, tenant, email).await;
            let refused = app.sign_in(tenant, email, WRONG).await;
            assert_refused(&refused, "TOO_MANY_ATTEMPTS");
            let until = instant(&refused.refusal()["retryAt"]);
            pauses.push(until - app.clock.now());
            app.advance(until - app.clock.now());
        }
        assert!(pauses.is_sorted() && pauses[0] > TimeDelta::zero() && pauses[2] > pauses[0], "{pauses:?}");
    }
    // A session that runs is not touched, and the right password is heard once the pause is over.
    assert!(!app.data(&ann, "{ viewer { user { id } } }", json!({})).await["viewer"].is_null());
    app.advance(TimeDelta::minutes(16));
    app.sign_in("acme", "ann@acme.test", PASSWORD).await.ok();
    assert_eq!(fail(&app, "acme", "ann@acme.test").await, ["INVALID_CREDENTIALS"]);
}

#[rstest]
#[tokio::test]
async fn l4_each_attempt_of_one_request_counts(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    app.tenant("acme", 9).await;
    let tries: String = (0..9)
        .map(|n| format!(r#"t{n}: signIn(input: {{ tenant: "acme", email: "x@y.test", password: "{WRONG}" }}) {{ errors {{ code }} }} "#))
        .collect();
    let data = app.data((), &format!("mutation {{ {tries} }}"), json!({})).await;
    let codes: Vec<&str> =
        (0..9).map(|n| data[format!("t{n}")]["errors"][0]["code"].as_str().unwrap()).collect();
    assert_eq!(codes.iter().filter(|code| **code == "INVALID_CREDENTIALS").count(), 5, "{codes:?}");
    assert_eq!(codes[8], "TOO_MANY_ATTEMPTS");
}

#[rstest]
#[tokio::test]
async fn l4_nobody_can_lock_somebody_out_of_a_network_that_they_use(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    assert_eq!(fail_from(&app, "192.0.2.7", "ann@acme.test", PASSWORD).await, "signed in");
    for n in 0..100 {
        let ip = format!("198.51.{n}.1");
        assert_eq!(fail_from(&app, &ip, "ann@acme.test", WRONG).await, "InvalidCredentials", "{n}");
    }
    assert_eq!(fail_from(&app, "203.0.113.1", "ann@acme.test", PASSWORD).await, "TooManyAttempts");
    assert_eq!(fail_from(&app, "192.0.2.99", "ann@acme.test", PASSWORD).await, "signed in");
    app.advance(TimeDelta::minutes(61));
    assert_eq!(fail_from(&app, "203.0.113.1", "ann@acme.test", PASSWORD).await, "signed in");
}

#[rstest]
#[tokio::test]
async fn l3_own_sessions_are_listed_and_ended(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    const LIST: &str = "{ viewer { session { id } sessions { id current lastSeenAt ipAddress } } }";
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    let bob = app.add(&acme, NewPerson::user("bob@acme.test")).await;
    app.advance(TimeDelta::seconds(5));
    let token =
        app.sign_in("acme", "ann@acme.test", PASSWORD).await.ok()["token"].as_str().unwrap().to_owned();
    let list = app.data(&token, LIST, json!({})).await["viewer"].take();
    assert_eq!(list["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(list["sessions"][0]["id"], list["session"]["id"]);
    assert_eq!(
        (&list["sessions"][0]["current"], &list["sessions"][1]["current"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(list["sessions"][0]["ipAddress"], "127.0.0.1");

    let first = list["sessions"][1]["id"].clone();
    let selection = "revokedSessionId errors { code message path retryAt permissions }";
    let of_bob = app.mutate(&bob, "revokeSession", json!({ "sessionId": first }), selection).await;
    assert_eq!(of_bob.refusals(), ["NOT_FOUND at sessionId"]);
    let ended = app.mutate(&token, "revokeSession", json!({ "sessionId": first }), selection).await;
    assert_eq!(ended.ok()["revokedSessionId"], first);
    assert!(app.data(&ann, LIST, json!({})).await["viewer"].is_null());

    app.sign_in("acme", "ann@acme.test", PASSWORD).await.ok();
    let others = app.data(&token, "mutation { revokeOtherSessions { revoked } }", json!({})).await;
    assert_eq!(others["revokeOtherSessions"]["revoked"], 1);
    assert_eq!(app.data(&token, LIST, json!({})).await["viewer"]["sessions"].as_array().unwrap().len(), 1);
}

#[rstest]
#[tokio::test]
async fn l3_sessions_that_ran_out_are_not_counted_as_ended(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let late = app.add(&acme, NewPerson::user("bob@acme.test").password(PASSWORD)).await;
    app.advance(TimeDelta::hours(11));
    // Bob's first session is used and goes on; a second one begins and runs out first.
    app.sign_in("acme", "bob@acme.test", PASSWORD).await.ok();
    for _ in 0..3 {
        app.data(&late, "{ viewer { user { id } } }", json!({})).await;
        app.advance(TimeDelta::hours(8));
    }
    let answer = app.data(&late, "mutation { revokeOtherSessions { revoked } }", json!({})).await;
    assert_eq!(answer["revokeOtherSessions"]["revoked"], 0);
}
