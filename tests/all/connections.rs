//! Connections: whoever goes away in the middle leaves nothing behind, and a commit that
//! failed takes no later one with it.

use std::time::Duration;

use entity::{audit_event, invitation, mail, user};
use rolecall::db;
use sea_orm::{Database, DatabaseConnection, Statement};
use tokio::time::{sleep, timeout};

use crate::{
    prelude::*,
    races::{assert_sound, at_once, outcome},
};

/// A connection that has nothing to do with the server's.
async fn outside(app: &TestApp) -> DatabaseConnection {
    Database::connect(app.database_url()).await.unwrap()
}

/// The only number that `sql` answers.
async fn number(db: &impl ConnectionTrait, sql: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

/// Invites somebody, and asserts that it can be seen from outside as soon as it is answered.
async fn assert_writes_arrive(app: &TestApp, tenant: &Tenant, outside: &DatabaseConnection, email: &str) {
    app.invite(&tenant.admin, json!({ "email": email })).await.ok();
    let sql = format!("SELECT COUNT(*) FROM users WHERE email = '{email}'");
    assert_eq!(number(outside, &sql).await, 1, "{email} was answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn begins_that_are_dropped_halfway_leave_no_transaction_on_postgres() {
    let app = TestApp::start(Db::Postgres).await;
    let acme = app.tenant("acme", 99).await;
    let outside = outside(&app).await;
    let (db, mut dropped) = (&app.env.db, 0);
    for round in 0..20_u64 {
        // At every point of the way, several at once.
        let begins = (0..40_u64).map(async |number| {
            let after = Duration::from_micros((round * 40 + number) * 37 % 1_000);
            timeout(after, db.begin()).await.is_err()
        });
        dropped += at_once(begins).await.into_iter().filter(|dropped| *dropped).count();
        assert_writes_arrive(&app, &acme, &outside, &format!("n{round}@acme.test")).await;
    }
    assert!(dropped > 100, "only {dropped} were dropped");
    let idle = "SELECT COUNT(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    for _ in 0..100 {
        if number(&outside, idle).await == 0 {
            return assert_sound(&app).await;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("a connection stays in a transaction");
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_wherever_it_was() {
    for db in [Db::Sqlite, Db::Postgres] {
        let app = TestApp::start(db).await;
        let acme = app.tenant("acme", 99).await;
        let outside = outside(&app).await;
        for round in 0..60_u64 {
            let change = async {
                let txn = app.env.db.begin().await.unwrap();
                txn.execute_unprepared("UPDATE tenants SET name = 'lost'").await.unwrap();
                sleep(Duration::from_micros(500)).await;
                txn.execute_unprepared("UPDATE seats SET seat_limit = 1").await.unwrap();
                sleep(Duration::from_secs(1)).await;
            };
            assert!(timeout(Duration::from_micros(round * 61 % 3_000), change).await.is_err());
            if round % 10 == 0 {
                assert_writes_arrive(&app, &acme, &outside, &format!("n{round}@acme.test")).await;
            }
        }
        assert_eq!(number(&outside, "SELECT COUNT(*) FROM tenants WHERE name = 'lost'").await, 0);
        assert_eq!(app.seat_usage(&acme.admin).await["limit"], 99);
    }
}

#[tokio::test]
async fn a_commit_that_fails_on_sqlite_leaves_no_lock_and_loses_no_later_commit() {
    let app = TestApp::start(Db::Sqlite).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 99).await;
    let outside = outside(&app).await;
    for round in 0..10 {
        let txn = app.env.db.begin().await.unwrap();
        // The foreign key is checked at the commit, which fails and leaves the transaction open.
        txn.execute_unprepared("PRAGMA defer_foreign_keys = ON").await.unwrap();
        let orphan = "INSERT INTO credentials VALUES (x'00', x'00', 'nobody')";
        txn.execute_unprepared(orphan).await.unwrap();
        assert!(txn.commit().await.is_err());

        // Another server is not locked out, and this one loses nothing.
        let other = replica.invite(&acme.admin, json!({ "email": format!("o{round}@acme.test") }));
        timeout(Duration::from_secs(2), other).await.expect("no lock is left").ok();
        assert_writes_arrive(&app, &acme, &outside, &format!("n{round}@acme.test")).await;
        assert_eq!(number(&outside, "SELECT COUNT(*) FROM credentials").await, 0);
    }
    assert_eq!(app.seat_usage(&acme.admin).await["used"], 21);
    assert_sound(&app).await;
}

/// Sets how many pages the file may have, on the one connection that writes.
async fn limit_pages(db: &db::Db, pages: i64) {
    let txn = db.begin().await.unwrap();
    txn.execute_unprepared(&format!("PRAGMA max_page_count = {pages}")).await.unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test]
async fn b2_a_full_disk_refuses_changes_whole_and_they_go_on_when_there_is_room() {
    let app = TestApp::start(Db::Sqlite).await;
    let acme = app.tenant("acme", 999).await;
    let outside = outside(&app).await;
    let mut invited = 0;
    for round in 0..10 {
        limit_pages(&app.env.db, number(app.env.db.read(), "PRAGMA page_count").await).await;
        let mut tries = 0;
        loop {
            tries += 1;
            let new = json!({ "email": format!("f{round}.{tries}@acme.test") });
            let answer = app.invite(&acme.admin, new).await;
            if answer.payload().is_null() {
                assert!(["INTERNAL", "UNAVAILABLE"].contains(&answer.refused()), "{:#}", answer.json);
                break;
            }
            answer.ok();
            invited += 1;
            assert!(tries < 100, "the file never was full");
        }
        let users = "SELECT COUNT(*) FROM users WHERE email LIKE 'f%'";
        assert_eq!(number(&outside, users).await, invited, "round {round}");
        limit_pages(&app.env.db, 1_000_000).await;
        assert_writes_arrive(&app, &acme, &outside, &format!("n{round}@acme.test")).await;
    }
    assert_sound(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_hangs_up_during_a_mutation_leaves_all_of_it_or_nothing(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 999).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let mut answered = 0;
    for round in 0..150_u64 {
        let new = json!({ "email": format!("n{round}@acme.test") });
        let patch = json!({ "name": format!("Ann {round}"), "crmAccess": round % 2 == 0 });
        let mutations =
            async { (app.invite(&acme.admin, new).await, app.edit(&acme.admin, &ann.id, patch).await) };
        let patience = Duration::from_micros(round * 211 % 20_000);
        answered += u32::from(timeout(patience, mutations).await.is_ok());
    }
    assert!(answered < 150, "nobody hung up");
    // What was begun goes on; a change of the same tenant waits for all that came before.
    sleep(Duration::from_millis(300)).await;
    app.invite(&acme.admin, json!({ "email": "last@acme.test" })).await.ok();

    let (read, tenant) = (app.env.db.read(), acme.uuid);
    let users = user::Entity::in_tenant(tenant).count(read).await.unwrap() - 2;
    let event =
        |action: &str| audit_event::Entity::in_tenant(tenant).filter(audit_event::Column::Action.eq(action));
    assert_eq!(invitation::Entity::in_tenant(tenant).count(read).await.unwrap(), users);
    assert_eq!(mail::Entity::in_tenant(tenant).count(read).await.unwrap(), users);
    assert_eq!(event("user.invited").count(read).await.unwrap(), users);
    let edits = event("user.edited").count(read).await.unwrap();
    assert_eq!(app.user(&acme.admin, &ann.id).await["version"], 1 + edits);
    assert_sound(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_writers_at_once_wait_for_each_other(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    let acme = app.tenant("acme", 999).await;
    for round in 0..2 {
        let writers = (0..100).map(async |number| {
            let app = if number % 2 == 0 { &app } else { &replica };
            let answer = app.invite(&acme.admin, json!({ "email": format!("n{round}.{number}@acme.test") }));
            outcome(&answer.await)
        });
        let outcomes = at_once(writers).await;
        assert!(outcomes.iter().all(|outcome| outcome == "OK"), "{outcomes:?}");
    }
    assert_eq!(app.seat_usage(&acme.admin).await["used"], 201);
    assert_sound(&app).await;
}
