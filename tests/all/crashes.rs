//! Killed under load: no change that was answered is lost, none is half done, and it goes on.

mod load;

use std::time::Duration;

use sea_orm::Statement;
use tests::postgres::OwnServer;
use tokio::{task::spawn_blocking, time::sleep};

use self::load::Load;
use crate::prelude::*;

/// How many requests the server must answer one after the other, when it is said to be well again.
const AGAIN: usize = 20;

async fn tenants(app: &TestApp) -> [Tenant; 2] {
    [app.tenant("acme", 9_999).await, app.tenant("globex", 9_999).await]
}

/// Asserts that everybody is answered, and so that no connection was left broken.
async fn assert_answers(load: &Load<'_>, app: &TestApp) {
    for number in 0..AGAIN {
        assert!(load.change_somebody(app).await, "number {number} is not answered");
    }
}

#[rstest]
#[tokio::test]
async fn a_server_that_is_killed_loses_nothing_that_it_answered_and_the_next_goes_on(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let mut app = TestApp::start(db).await;
    let mail = format!("file:{}", app.mail_folder().display());
    let flags = ["--mail", &mail];
    let mut process = app.process(&flags, &[]);
    let tenants = tenants(&app).await;
    let load = Load::of(&tenants);
    // Nobody but the one that is killed has the file open, and so the next one finds what it left.
    app.env.db.close().await;
    for round in 0..6 {
        app.url = process.url.clone();
        let killing = async {
            load.answers(30 + round * 17).await;
            process.kill();
        };
        load.during(&app, killing).await;

        process = app.process(&flags, &[]);
        app.url = process.url.clone();
        assert!(load.change_somebody(&app).await, "it serves at once");
        let looking = app.replica().await;
        load.assert_kept(&looking).await;
        looking.stop().await;
    }
    let (answered, unanswered) = load.counts();
    assert!(unanswered > 6, "it was killed when nothing was under way, after {answered} answers");
}

/// The process of PostgreSQL behind one of the server's connections.
async fn a_process(app: &TestApp) -> i32 {
    let sql = "SELECT pid FROM pg_stat_activity
        WHERE application_name = 'rolecall' AND pid <> pg_backend_pid() LIMIT 1";
    let db = &app.env.db;
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_that_is_killed_loses_nothing_that_was_answered_and_the_server_goes_on_by_itself() {
    let mut postgres = spawn_blocking(OwnServer::start).await.unwrap();
    let app = TestApp::start_at(&postgres.url()).await;
    let tenants = tenants(&app).await;
    let load = Load::of(&tenants);
    let ends: [fn(&mut OwnServer); 2] = [OwnServer::kill, OwnServer::stop_immediately];
    for end in ends.into_iter().cycle().take(4) {
        let falling = async {
            load.answers(60).await;
            // Beside the clients, who go on asking.
            let fallen = spawn_blocking(move || {
                end(&mut postgres);
                postgres.start_again();
                postgres
            });
            let postgres = fallen.await.unwrap();
            load.answers(60).await;
            postgres
        };
        postgres = load.during(&app, falling).await;
        assert_answers(&load, &app).await;
        load.assert_kept(&app).await;
    }
    for _ in 0..2 {
        let falling = async {
            load.answers(60).await;
            postgres.kill_a_process_of(a_process(&app).await);
            load.failures(1).await;
            load.answers(60).await;
        };
        load.during(&app, falling).await;
        assert_answers(&load, &app).await;
        load.assert_kept(&app).await;
    }
    assert_eq!(load.refused(), ["UNAVAILABLE"]);
    spawn_blocking(|| drop(postgres)).await.unwrap();
}

/// How long the file is that SQLite writes first what it commits to.
fn journal(app: &TestApp) -> u64 {
    let url = app.database_url();
    let file = url.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc");
    std::fs::metadata(format!("{file}-wal")).unwrap().len()
}

/// Asserts that mail still goes out.
async fn assert_mailed(app: &TestApp, tenant: &Tenant) {
    let answer = app.invite(&tenant.admin, json!({ "email": "mailed@acme.test" })).await;
    let id = answer.ok()["user"]["id"].as_str().unwrap().to_owned();
    for _ in 0..200 {
        if app.user(&tenant.admin, &id).await["invitation"]["delivery"] == "SENT" {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody delivers mail any more");
}

#[tokio::test]
async fn b2_a_server_whose_disk_is_full_refuses_changes_loses_none_and_goes_on_when_there_is_room() {
    let mut app = TestApp::start(Db::Sqlite).await;
    let mail = format!("file:{}", app.mail_folder().display());
    // Its log is a file, too, and so on the same disk.
    let process = app.process(&["--mail", &mail], &[]);
    app.url = process.url.clone();
    let tenants = tenants(&app).await;
    let load = Load::of(&tenants);
    // What is written next finds room in part, later, or not at all.
    for room in [journal(&app) + 1_000, 100_000, 0] {
        let filling = async {
            load.answers(60).await;
            process.limit_files(Some(room));
            load.failures(40).await;
        };
        load.during(&app, filling).await;
        load.assert_kept(&app).await;

        process.limit_files(None);
        assert_answers(&load, &app).await;
        load.during(&app, load.answers(60)).await;
        load.assert_kept(&app).await;
    }
    assert_mailed(&app, &tenants[0]).await;
    let refused = load.refused();
    assert!(refused.iter().all(|code| ["INTERNAL", "UNAVAILABLE"].contains(&code.as_str())), "{refused:?}");
}
