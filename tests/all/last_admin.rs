//! A7: an admin remains.

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn a7_nobody_deletes_suspends_or_demotes_themselves(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = &acme.admin;
    let second = app.add(&acme, NewPerson::admin("second@acme.test")).await;
    for _ in 0..2 {
        // First with another admin, then as the last one: one's own row comes before the last admin (B1).
        for patch in [json!({ "status": "SUSPENDED" }), json!({ "role": "USER" })] {
            assert_refused(&app.edit(me, &me.id, patch).await, "CANNOT_TARGET_SELF at userId");
        }
        assert_refused(&app.delete(me, &me.id).await, "CANNOT_TARGET_SELF at userId");
        let _ = app.delete(me, &second.id).await;
    }
    // Everything else of their own row is an admin's to change.
    let own = json!({ "name": "The Boss", "email": "boss@acme.test", "role": "ADMIN", "status": "ACTIVE" });
    assert_eq!(app.edit(me, &me.id, own).await.ok()["user"]["name"], "The Boss");
}

#[rstest]
#[tokio::test]
async fn a7_the_last_active_admin_stays(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = app.delegate(&acme, Permission::ALL).await;
    // Neither is an active admin.
    app.add(&acme, NewPerson::invited("inv@acme.test").role(Role::Admin)).await;
    let suspended = app.add(&acme, NewPerson::suspended("sus@acme.test").role(Role::Admin)).await;

    for patch in [json!({ "status": "SUSPENDED" }), json!({ "role": "USER" })] {
        let answer = app.edit(&me, &acme.admin.id, patch).await;
        assert_refused(&answer, "LAST_ADMIN at userId");
        assert_eq!(answer.payload()["user"]["status"], "ACTIVE");
        assert_eq!(answer.payload()["user"]["role"], "ADMIN");
    }
    assert_refused(&app.delete(&me, &acme.admin.id).await, "LAST_ADMIN at userId");
    // It may be edited otherwise; a delegate is stopped by what it is.
    let named = app.edit(&me, &acme.admin.id, json!({ "name": "X" })).await;
    assert_refused(&named, "ESCALATION at userId");
    // With a second active admin it is not the last one.
    app.edit(&acme.admin, &suspended.id, json!({ "status": "ACTIVE" })).await.ok();
    assert_refused(&app.delete(&me, &acme.admin.id).await, "ESCALATION at userId");
    app.edit(&acme.admin, &suspended.id, json!({ "role": "USER" })).await.ok();
    assert_refused(&app.delete(&me, &acme.admin.id).await, "LAST_ADMIN at userId");
}
