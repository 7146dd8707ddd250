//! `/metrics`: what Prometheus reads.

use crate::prelude::*;

/// The value of a series; none where it is not there.
async fn value(app: &TestApp, series: &str) -> Option<f64> {
    let text = scrape(app).await;
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

async fn scrape(app: &TestApp) -> String {
    let response = app.http.get(format!("{}/metrics", app.url)).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4");
    response.text().await.unwrap()
}

fn sign_ins(outcome: &str) -> String {
    format!("rolecall_sign_ins_total{{outcome=\"{outcome}\"}}")
}

#[rstest]
#[tokio::test]
async fn sign_ins_and_refused_seats_are_counted_by_each_server_for_itself(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 2).await;
    app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    app.sign_in("acme", "ann@acme.test", PASSWORD).await.ok();
    app.sign_in("acme", "ann@acme.test", "wrong-guess-of-mine").await;
    app.sign_in("acme", "ann@acme.test", "wrong-guess-of-mine").await;
    app.sign_in("nowhere", "ann@acme.test", PASSWORD).await;
    let full = app.invite(&acme.admin, json!({ "email": "bob@acme.test" })).await;
    assert_refused(&full, "SEAT_LIMIT_REACHED");

    assert_eq!(value(&app, &sign_ins("ok")).await, Some(1.0));
    assert_eq!(value(&app, &sign_ins("INVALID_CREDENTIALS")).await, Some(3.0));
    assert_eq!(value(&app, &sign_ins("TOO_MANY_ATTEMPTS")).await, Some(0.0));
    assert_eq!(value(&app, "rolecall_seats_refused_total").await, Some(1.0));
    // Another server of the same process counts its own.
    assert_eq!(value(&replica, &sign_ins("ok")).await, Some(0.0));
    assert_eq!(value(&replica, "rolecall_seats_refused_total").await, Some(0.0));
}

#[rstest]
#[tokio::test]
async fn requests_are_counted_by_what_the_schema_names_and_never_by_what_a_client_does(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let count = async |labels: &str| {
        value(&app, &format!("rolecall_request_duration_seconds_count{{{labels}}}")).await
    };
    for name in ["Mine", "Yours"] {
        let query = format!("query {name} {{ alias{name}: users {{ totalCount }} }}");
        app.data(&acme.admin, &query, json!({})).await;
    }
    app.data(
        &acme.admin,
        "{ ...F } fragment F on Query { users { totalCount } seatUsage { used } }",
        json!({}),
    )
    .await;
    app.gql((), "{ users { totalCount } }", json!({})).await;
    app.gql((), "{ inventedByAClient }", json!({})).await;
    app.gql((), "{ unreadable", json!({})).await;
    app.sign_in("acme", "nobody@acme.test", PASSWORD).await;

    assert_eq!(count(r#"kind="query",field="users",outcome="ok""#).await, Some(2.0));
    assert_eq!(count(r#"kind="query",field="several",outcome="ok""#).await, Some(1.0));
    assert_eq!(count(r#"kind="query",field="users",outcome="refused""#).await, Some(1.0));
    assert_eq!(count(r#"kind="query",field="none",outcome="refused""#).await, Some(1.0));
    assert_eq!(count(r#"kind="none",field="none",outcome="refused""#).await, Some(1.0));
    assert_eq!(count(r#"kind="mutation",field="signIn",outcome="refused""#).await, Some(1.0));
    let text = scrape(&app).await;
    for word in ["Mine", "Yours", "inventedByAClient", "acme"] {
        assert!(!text.contains(word), "{word} is a label: {text}");
    }
    assert!(
        text.contains(
            r#"rolecall_request_duration_seconds_bucket{kind="query",field="users",outcome="ok",le="30"} 2"#
        ),
        "{text}"
    );
}

#[rstest]
#[tokio::test]
async fn the_outbox_shows_how_many_wait_and_for_how_long(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    assert_eq!(value(&app, "rolecall_outbox_mails").await, Some(0.0));
    app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await.ok();
    app.advance(TimeDelta::seconds(90));
    app.invite(&acme.admin, json!({ "email": "bob@acme.test" })).await.ok();
    assert_eq!(value(&app, "rolecall_outbox_mails").await, Some(2.0));
    assert_eq!(value(&app, "rolecall_outbox_oldest_seconds").await, Some(90.0));

    std::fs::remove_dir_all(app.mail_folder()).unwrap();
    std::fs::write(app.mail_folder(), "in the way").unwrap();
    assert!(app.mails().await.is_empty());
    assert_eq!(value(&app, "rolecall_mails_total{outcome=\"postponed\"}").await, Some(2.0));
    std::fs::remove_file(app.mail_folder()).unwrap();
    std::fs::create_dir(app.mail_folder()).unwrap();
    app.advance(TimeDelta::hours(1));
    assert_eq!(app.mails().await.len(), 2);
    assert_eq!(value(&app, "rolecall_mails_total{outcome=\"sent\"}").await, Some(2.0));
    assert_eq!(value(&app, "rolecall_outbox_mails").await, Some(0.0));
    assert_eq!(value(&app, "rolecall_outbox_oldest_seconds").await, Some(0.0));
}

#[rstest]
#[tokio::test]
async fn the_database_and_the_queue_for_hashing_are_told_of(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    assert_eq!(value(&app, "rolecall_database_up").await, Some(1.0));
    assert_eq!(value(&app, "rolecall_password_hashing_queue").await, Some(0.0));
    let held = app.env.db.begin().await.unwrap();
    let write = "rolecall_database_connections{pool=\"write\",state=\"in_use\"}";
    assert_eq!(value(&app, write).await, Some(1.0));
    held.commit().await.unwrap();
    assert!(
        value(&app, "rolecall_database_connections_max{pool=\"read\"}").await.is_some_and(|max| max >= 1.0)
    );
}
