//! `rolecall doctor`: what it is for is to notice.

use rolecall::domain::doctor;

use crate::prelude::*;

/// The beginnings of the checks that find something.
async fn broken(app: &TestApp) -> Vec<&'static str> {
    let findings = doctor::check(&app.env.db).await.unwrap();
    findings.into_iter().filter(|f| !f.broken.is_empty()).map(|f| f.check).collect()
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
    let before = broken(&app).await;
    assert!(!before.iter().any(|found| found.starts_with(check)), "{before:?}");

    let txn = app.env.db.begin().await.unwrap();
    txn.execute_unprepared(sql).await.unwrap();
    txn.commit().await.unwrap();
    let found = broken(&app).await;
    assert!(found.iter().any(|found| found.starts_with(check)), "{found:?}");
}
