//! B3: how long a request may take, and how many are worked on at once.

use std::time::Duration;

use sea_orm::{Database, DatabaseConnection, Statement};
use tokio::time::sleep;

use crate::{prelude::*, races::assert_sound};

const INVITE: &str = "mutation ($a: InviteUserInput!, $b: InviteUserInput!) {
    a: inviteUser(input: $a) { user { id } errors { code } } b: inviteUser(input: $b) { user { id } errors { code } } }";

/// A connection that has nothing to do with the server's.
async fn outside(app: &TestApp) -> DatabaseConnection {
    Database::connect(app.database_url()).await.unwrap()
}

/// Asserts that a response says that the service was not able to answer, and nothing of why (B2).
async fn assert_unavailable(response: reqwest::Response) {
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let json: Json = response.json().await.unwrap();
    assert!(json.get("data").is_none(), "{json}");
    let error = &json["errors"][0];
    assert_eq!(error["extensions"], json!({ "code": "UNAVAILABLE", "requestId": id }));
    for inside in ["sql", "pool", "timeout", "users", "postgres"] {
        assert!(!error["message"].as_str().unwrap().to_lowercase().contains(inside), "{error}");
    }
}

async fn addresses(app: &TestApp, acme: &Tenant) -> Vec<String> {
    let data = app.data(&acme.admin, "{ users { nodes { email } } }", json!({})).await;
    data["users"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["email"].as_str().unwrap().to_owned())
        .collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b3_what_was_begun_before_the_deadline_is_finished_and_nothing_is_begun_after_it(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start_with(db, &["--request-timeout", "2s"]).await;
    let acme = app.tenant("acme", 9).await;
    // Whoever changes the tenant waits for this.
    let change = app.visitor().begin(acme.uuid).await.unwrap();
    let input = json!({ "a": { "email": "a@acme.test" }, "b": { "email": "b@acme.test" } });
    assert_unavailable(app.request(&acme.admin, INVITE, input).send().await.unwrap()).await;
    drop(change);
    app.env.background.close();
    app.env.background.wait().await;
    assert_eq!(addresses(&app, &acme).await, ["a@acme.test", "admin@acme.test"]);
    assert_sound(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b3_a_query_that_waits_for_the_database_ends_at_the_deadline_and_the_next_is_answered() {
    let app = TestApp::start_with(Db::Postgres, &["--request-timeout", "1s"]).await;
    let acme = app.tenant("acme", 9).await;
    let outside = outside(&app).await;
    let lock = outside.begin_lock("seats").await;
    for _ in 0..3 {
        let query = app.request(&acme.admin, "{ seatUsage { used } }", json!({}));
        assert_unavailable(query.send().await.unwrap()).await;
    }
    lock.commit().await.unwrap();
    assert_eq!(app.seat_usage(&acme.admin).await["used"], 1);
}

#[tokio::test]
async fn b3_postgres_gives_up_on_a_statement_by_itself_and_on_a_lock_where_it_is_told_to() {
    let app = TestApp::start(Db::Postgres).await;
    let acme = app.tenant("acme", 9).await;
    let show = Statement::from_string(app.env.db.backend(), "SHOW statement_timeout");
    let row = app.env.db.read().query_one_raw(show).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "15s");

    let outside = outside(&app).await;
    let name = app.database_url().rsplit('/').next().unwrap().to_owned();
    outside
        .execute_unprepared(&format!("ALTER DATABASE \"{name}\" SET lock_timeout = '100ms'"))
        .await
        .unwrap();
    let replica = app.replica().await;
    let change = app.visitor().begin(acme.uuid).await.unwrap();
    let answer = replica.invite(&acme.admin, json!({ "email": "a@acme.test" })).await;
    assert_eq!(answer.refused(), "UNAVAILABLE");
    drop(change);
    replica.invite(&acme.admin, json!({ "email": "a@acme.test" })).await.ok();
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b3_whoever_finds_no_place_is_told_to_come_back_at_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    // Whoever waited for a place would wait longer than the test may take.
    let flags = ["--max-concurrency", "1", "--request-timeout", "10m"];
    let app = TestApp::start_with(db, &flags).await;
    let acme = app.tenant("acme", 9).await;
    let change = app.visitor().begin(acme.uuid).await.unwrap();
    let input = json!({ "a": { "email": "a@acme.test" }, "b": { "email": "b@acme.test" } });
    let first = tokio::spawn(app.request(&acme.admin, INVITE, input).send());
    for _ in 0..500 {
        if !app.env.background.is_empty() {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    // The first has begun, and waits in the only place.
    let refused = app.request(&acme.admin, "{ seatUsage { used } }", json!({}));
    assert_unavailable(refused.send().await.unwrap()).await;
    for path in ["/health/live", "/health/ready", "/schema.graphql"] {
        let response = app.http.get(format!("{}{path}", app.url)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path} needs no place");
    }
    drop(change);
    let json: Json = first.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(json["data"]["b"]["errors"], json!([]), "whoever was inside is answered: {json}");
    // And the place is free again.
    assert_eq!(app.seat_usage(&acme.admin).await["used"], 3);
}

/// A lock on a whole table, for as long as the transaction is open.
trait Lock {
    async fn begin_lock(&self, table: &str) -> sea_orm::DatabaseTransaction;
}

impl Lock for DatabaseConnection {
    async fn begin_lock(&self, table: &str) -> sea_orm::DatabaseTransaction {
        let txn = sea_orm::TransactionTrait::begin(self).await.unwrap();
        txn.execute_unprepared(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await.unwrap();
        txn
    }
}
