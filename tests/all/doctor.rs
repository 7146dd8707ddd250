//! `rolecall doctor`: what it is for is to notice.

use rolecall::domain::doctor;

use crate::prelude::*;

/// How much the check that begins so finds.
async fn broken(app: &TestApp, check: &str) -> usize {
    let findings = doctor::check(&app.env.db).await.unwrap();
    findings.iter().find(|finding| finding.check.starts_with(check)).expect("such a check").broken.len()
}

#[rstest]
#[tokio::test]
async fn the_doctor_notices_each_rule_that_is_broken_behind_its_back(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values(
        ("UPDATE seats SET invited = invited + 1", "seat counters"),
        ("UPDATE seats SET active_admins = active_admins + 1", "active admins"),
        ("UPDATE seats SET active_admins = 0", "a tenant whose people"),
        ("UPDATE role_templates SET user_count = 7", "templates count"),
        ("DELETE FROM invitations", "invited users"),
        ("DELETE FROM credentials", "whoever has signed up"),
        ("UPDATE users SET name = 'Somebody Else' WHERE role = 1 AND status = 1", "everybody's label")
    )]
    (sql, check): (&str, &str),
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let support = app.add_template(&acme, NewTemplate::new("Support", &[])).await;
    app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD).using(&support)).await;
    app.invite(&acme.admin, json!({ "email": "ivy@acme.test" })).await.ok();
    // Some people of the harness have no password: what counts is that more is found.
    let before = broken(&app, check).await;

    let txn = app.env.db.begin().await.unwrap();
    txn.execute_unprepared(sql).await.unwrap();
    txn.commit().await.unwrap();
    assert!(broken(&app, check).await > before, "{check}");
}
