//! S1 to S4: seats.

use entity::{audit_event, invitation, mail, person_label};
use rolecall::domain::tenants;

use crate::prelude::*;

/// `invited active suspended` of a seat usage.
fn counts(usage: &Json) -> [i64; 3] {
    ["invited", "active", "suspended"].map(|status| usage[status].as_i64().unwrap())
}

#[rstest]
#[tokio::test]
async fn s1_every_row_is_a_seat_whatever_its_status(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;

    let invited = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;
    assert_eq!(invited.ok()["seatUsage"]["used"], 2);
    // An expired invitation keeps its seat.
    app.advance(TimeDelta::days(8));
    let admin = app.add(&acme, NewPerson::admin("a2@acme.test")).await;
    assert_eq!(counts(&app.seat_usage(&admin).await), [1, 2, 0]);
    app.add(&acme, NewPerson::suspended("sue@acme.test")).await;
    let usage = app.seat_usage(&admin).await;
    assert_eq!((usage["used"].as_i64().unwrap(), counts(&usage)), (4, [1, 2, 1]));
    // Deleting gives it back.
    let deleted = app.delete(&admin, invited.ok()["user"]["id"].as_str().unwrap()).await;
    assert_eq!(deleted.ok()["seatUsage"]["used"], 3);
    assert_eq!(app.seat_usage(&admin).await["used"], 3);
}

#[rstest]
#[tokio::test]
async fn s2_the_invite_that_finds_no_seat_leaves_nothing_behind(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 2).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    app.invite(&acme.admin, json!({ "email": "last@acme.test" })).await.ok();
    app.mails().await;
    let rows = async || {
        let read = app.env.db.read();
        [
            audit_event::Entity::in_tenant(acme.uuid).count(read).await.unwrap(),
            person_label::Entity::in_tenant(acme.uuid).count(read).await.unwrap(),
            invitation::Entity::in_tenant(acme.uuid).count(read).await.unwrap(),
            mail::Entity::in_tenant(acme.uuid).count(read).await.unwrap(),
        ]
    };
    let before = rows().await;

    let new = json!({ "email": "late@acme.test", "roleTemplateId": template.id });
    let refused = app.invite(&acme.admin, new).await;

    assert_refused(&refused, "SEAT_LIMIT_REACHED");
    let message = refused.refusal()["message"].as_str().unwrap().to_lowercase();
    assert!(message.contains("remove unused users"), "{message}");
    assert!(message.contains("settings → billing"), "{message}");
    assert_eq!(refused.payload()["user"], Json::Null);
    assert_eq!(rows().await, before);
    assert!(app.mails().await.is_empty());
    let query =
        "query { users(filter: { search: \"late\" }) { totalCount } seatUsage { used available state } }";
    let seen = app.data(&acme.admin, query, json!({})).await;
    assert_eq!(seen["users"]["totalCount"], 0);
    assert_eq!(seen["seatUsage"], json!({ "used": 2, "available": 0, "state": "FULL" }));
    assert_eq!(app.role_template(&acme.admin, &template.id).await["userCount"], 0);
}

#[rstest]
#[tokio::test]
async fn s3_a_limit_below_what_is_used_removes_nobody(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let bob = app.add(&acme, NewPerson::user("bob@acme.test")).await;

    let lowered = tenants::set_seats(&app.visitor(), "acme", 2).await.unwrap();
    assert_eq!((lowered.usage.used, lowered.usage.limit), (3, 2));
    let usage = app.seat_usage(&acme.admin).await;
    let expected = json!({ "id": usage["id"], "used": 3, "limit": 2, "available": 0, "state": "OVER_LIMIT",
        "invited": 0, "active": 3, "suspended": 0 });
    assert_eq!(usage, expected);
    let new = json!({ "email": "new@acme.test" });
    assert_refused(&app.invite(&acme.admin, new.clone()).await, "SEAT_LIMIT_REACHED");
    // Everybody is still there and can be edited; room comes only with two deletions.
    app.edit(&acme.admin, &ann.id, json!({ "name": "Ann" })).await.ok();
    assert_eq!(app.delete(&acme.admin, &ann.id).await.ok()["seatUsage"]["state"], "FULL");
    assert_refused(&app.invite(&acme.admin, new.clone()).await, "SEAT_LIMIT_REACHED");
    assert_eq!(app.delete(&acme.admin, &bob.id).await.ok()["seatUsage"]["state"], "NEAR_LIMIT");
    assert_eq!(app.invite(&acme.admin, new).await.ok()["seatUsage"]["state"], "FULL");
    // Or with a higher limit.
    tenants::set_seats(&app.visitor(), "acme", 3).await.unwrap();
    app.invite(&acme.admin, json!({ "email": "more@acme.test" })).await.ok();
    assert!(tenants::set_seats(&app.visitor(), "acme", 0).await.is_err());
    assert!(tenants::set_seats(&app.visitor(), "nowhere", 3).await.is_err());
}

#[rstest]
#[tokio::test]
async fn s4_seat_usage_says_how_near_the_limit_is(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let mut used = 1;
    let states = [
        (1, &[(1, "FULL"), (2, "NEAR_LIMIT"), (3, "AVAILABLE"), (1_000_000, "AVAILABLE")][..]),
        (4, &[(3, "OVER_LIMIT"), (4, "FULL"), (5, "NEAR_LIMIT"), (6, "AVAILABLE")][..]),
        (8, &[(7, "OVER_LIMIT"), (8, "FULL"), (9, "NEAR_LIMIT"), (10, "NEAR_LIMIT"), (11, "AVAILABLE")][..]),
    ];
    let first = app.seat_usage(&acme.admin).await["id"].take();
    for (people, limits) in states {
        for number in used..people {
            app.add(&acme, NewPerson::user(&format!("p{number}@acme.test"))).await;
        }
        used = people;
        for &(limit, state) in limits {
            tenants::set_seats(&app.visitor(), "acme", limit).await.unwrap();
            let usage = app.seat_usage(&acme.admin).await;
            assert_eq!(usage["state"], state, "{used} of {limit}");
            assert_eq!(usage["available"], (limit - used).max(0), "{used} of {limit}");
            assert_eq!((&usage["used"], &usage["limit"]), (&json!(used), &json!(limit)));
            assert_eq!(usage["id"], first, "client caches keep one");
        }
    }
    let globex = app.tenant("globex", 9).await;
    assert_ne!(app.seat_usage(&globex.admin).await["id"], first);
}

#[rstest]
#[tokio::test]
async fn s4_every_mutation_that_moves_a_seat_returns_the_usage_after_it(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let invited = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;
    assert_eq!(counts(&invited.ok()["seatUsage"]), [1, 1, 0]);
    let id = invited.ok()["user"]["id"].as_str().unwrap();
    app.accept(&app.mail().await.token(), "Ann", PASSWORD).await.ok();
    assert_eq!(counts(&app.seat_usage(&acme.admin).await), [0, 2, 0]);

    let suspended = app.edit(&acme.admin, id, json!({ "status": "SUSPENDED" })).await;
    assert_eq!(counts(&suspended.ok()["seatUsage"]), [0, 1, 1]);
    let active = app.edit(&acme.admin, id, json!({ "status": "ACTIVE" })).await;
    assert_eq!(counts(&active.ok()["seatUsage"]), [0, 2, 0]);
    let deleted = app.delete(&acme.admin, id).await;
    assert_eq!(counts(&deleted.ok()["seatUsage"]), [0, 1, 0]);
    assert_eq!(deleted.ok()["seatUsage"], app.seat_usage(&acme.admin).await);
    assert_eq!(deleted.ok()["deletedUserId"], id);
}
