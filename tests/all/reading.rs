//! Connections that PostgreSQL is read by: whoever leaves a statement, and whatever fails, leaves nothing for the next.

use std::time::Duration;

use rolecall::db;
use sea_orm::{DbErr, Statement};
use tokio::time::{sleep, timeout};

use crate::{prelude::*, races::at_once};

async fn number(db: &db::Db, sql: impl Into<String>) -> Result<i32, DbErr> {
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql.into())).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("a number".into()))?.try_get_by_index(0)
}

/// Every statement gets its own answer, by as many connections as there may be.
async fn assert_answers(db: &db::Db) {
    let asked = (0..40).map(async |wanted| (wanted, number(db, format!("SELECT {wanted}")).await));
    for (wanted, got) in at_once(asked).await {
        assert_eq!(got, Ok(wanted));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_is_given_up_leaves_no_answer_for_the_next() {
    let app = TestApp::start(Db::Postgres).await;
    let (db, mut given_up) = (&app.env.db, 0);
    for round in 0..20_u64 {
        // At every point of the way, several at once.
        let asked = (0..40_u64).map(async |number_of| {
            let after = Duration::from_micros((round * 40 + number_of) * 37 % 3_000);
            timeout(after, number(db, "SELECT 7 FROM pg_sleep(0.002)")).await.is_err()
        });
        given_up += at_once(asked).await.into_iter().filter(|given_up| *given_up).count();
        assert_answers(db).await;
    }
    assert!(given_up > 100, "only {given_up} were given up");
    for _ in 0..100 {
        let [(_, pool), _] = db.pools();
        if pool.idle == pool.open && pool.open > 0 && pool.open <= pool.max {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("a connection does not come back: {:?}", db.pools());
}

#[tokio::test]
async fn a_statement_that_fails_or_loses_its_connection_is_one_error() {
    let app = TestApp::start(Db::Postgres).await;
    let db = &app.env.db;
    for _ in 0..20 {
        assert!(number(db, "SELECT 1 / 0").await.is_err());
        assert!(number(db, "INSERT INTO tenants SELECT * FROM tenants").await.is_err(), "it only reads");
    }
    assert_answers(db).await;
    for _ in 0..5 {
        assert!(number(db, "SELECT 1 FROM pg_terminate_backend(pg_backend_pid())").await.is_err());
    }
    assert_answers(db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_without_end_holds_no_other_up() {
    let app = TestApp::start(Db::Postgres).await;
    let db = &app.env.db;
    let slow = (0..5).map(async |_| {
        timeout(Duration::from_millis(20), number(db, "SELECT 1 FROM pg_sleep(3600)")).await.is_err()
    });
    assert!(at_once(slow).await.into_iter().all(|given_up| given_up));
    assert_answers(db).await;
}
