//! Connections: whoever goes away in the middle leaves nothing behind, and a commit that
//! failed takes no later one with it.

use std::time::Duration;

use entity::{audit_event, invitation, mail, user};
use rolecall::db;
use sea_orm::{Database, DatabaseConnection, Statement};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    prelude::*,
    races::{assert_sound, at_once, outcome},
};

const INVITE: &str = "mutation ($input: InviteUserInput!) { inviteUser(input: $input) { user { id } } }";
const EDIT: &str = "mutation ($input: EditUserInput!) { editUser(input: $input) { user { id } } }";
const DELETE: &str = "mutation ($input: DeleteUserInput!) { deleteUser(input: $input) { deletedUserId } }";

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

    assert_whole(&app, &acme, &ann, 0).await;
}

/// Asserts that every change of `acme`, which began with an admin, `ann` and so many others, is there whole.
async fn assert_whole(app: &TestApp, acme: &Tenant, ann: &Actor, others: u64) {
    let (read, tenant) = (app.env.db.read(), acme.uuid);
    let events = async |action: &str| {
        let of = audit_event::Entity::in_tenant(tenant).filter(audit_event::Column::Action.eq(action));
        of.count(read).await.unwrap()
    };
    let users = user::Entity::in_tenant(tenant).count(read).await.unwrap();
    let invited = users + events("user.deleted").await - 2 - others;
    assert_eq!(invitation::Entity::in_tenant(tenant).count(read).await.unwrap(), invited);
    assert_eq!(mail::Entity::in_tenant(tenant).count(read).await.unwrap(), invited);
    assert_eq!(events("user.invited").await, invited);
    assert_eq!(app.user(&acme.admin, &ann.id).await["version"], 1 + events("user.edited").await);
    assert_sound(app).await;
}

/// Sends a mutation and breaks the connection, a little later each time and not always in the same way.
async fn hang_up(app: &TestApp, who: &Actor, number: u64, mutation: &str, variables: Json) {
    let body = json!({ "query": mutation, "variables": variables }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: rolecall\r\ncontent-type: application/json\r\n\
         authorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
        who.token,
        body.len()
    );
    let sent = if number.is_multiple_of(8) { request.len() - 1 } else { request.len() };
    let mut connection = TcpStream::connect(app.url.trim_start_matches("http://")).await.unwrap();
    connection.write_all(&request.as_bytes()[..sent]).await.unwrap();
    sleep(Duration::from_micros(number * 211 % 30_000)).await;
    if number.is_multiple_of(2) {
        // Cut off in the middle, instead of closed.
        connection.set_zero_linger().unwrap();
    }
}

/// Asserts that so many changes can be under way at once, none of which is refused.
async fn assert_places(app: &TestApp, acme: &Tenant, places: usize) {
    let until = async |tasks: usize| {
        for _ in 0..500 {
            if app.env.background.len() == tasks {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("there are {} changes under way instead of {tasks}", app.env.background.len());
    };
    until(0).await;
    let change = app.visitor().begin(acme.uuid).await.unwrap();
    let invites = at_once((0..places).map(|number| {
        let new = json!({ "email": format!("place{number}@acme.test") });
        app.invite(&acme.admin, new)
    }));
    let let_them = async {
        until(places).await;
        drop(change);
    };
    let (answers, ()) = tokio::join!(invites, let_them);
    assert!(answers.iter().all(|answer| outcome(answer) == "OK"), "{answers:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_break_their_connections_at_once_cost_no_seat_no_place_and_no_connection(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    const LEAVING: u64 = 60;
    let app = TestApp::start_with(db, &["--max-concurrency", "8"]).await;
    let acme = app.tenant("acme", 170).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let mut leaving = Vec::new();
    for number in 0..LEAVING {
        leaving.push(app.add(&acme, NewPerson::user(&format!("l{number}@acme.test"))).await);
    }
    for round in 0..20 {
        at_once((0..9).map(async |turn| {
            let number = round * 9 + turn;
            let (mutation, input) = match number % 3 {
                0 => (INVITE, json!({ "email": format!("n{number}@acme.test") })),
                1 => (EDIT, json!({ "userId": ann.id, "name": format!("Ann {number}") })),
                _ => (DELETE, json!({ "userId": leaving[usize::try_from(number / 3).unwrap()].id })),
            };
            hang_up(&app, &acme.admin, number, mutation, json!({ "input": input })).await;
        }))
        .await;
    }
    assert_places(&app, &acme, 8).await;
    assert_whole(&app, &acme, &ann, LEAVING).await;

    let usage = app.seat_usage(&acme.admin).await;
    let used = user::Entity::in_tenant(acme.uuid).count(app.env.db.read()).await.unwrap();
    assert_eq!(usage["used"], used);
    assert!(usage["suspended"] == 0 && used < 170, "{usage}");
    for number in used..170 {
        app.invite(&acme.admin, json!({ "email": format!("s{number}@acme.test") })).await.ok();
    }
    let late = app.invite(&acme.admin, json!({ "email": "late@acme.test" })).await;
    assert_refused(&late, "SEAT_LIMIT_REACHED");
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
