//! U1 to U3, U5 to U7: users.

use entity::{credential, invitation, mail, session, user};

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn u1_an_address_is_unique_in_its_tenant_however_it_is_spelled(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    let invited = app.invite(&acme.admin, json!({ "email": "  Ann.Lee@Acme.test " })).await;
    assert_eq!(invited.ok()["user"]["email"], "Ann.Lee@Acme.test");
    assert_eq!(app.mail().await.to, "Ann.Lee@Acme.test");
    let bob = app.add(&acme, NewPerson::user("bob@acme.test")).await;

    for spelled in ["ann.lee@acme.test", "ANN.LEE@ACME.TEST", "ａnn.lee@acme.test", "Ann.Lee@Acme.test"] {
        let again = app.invite(&acme.admin, json!({ "email": spelled })).await;
        assert_refused(&again, "EMAIL_TAKEN at email");
        let edited = app.edit(&acme.admin, &bob.id, json!({ "email": spelled })).await;
        assert_refused(&edited, "EMAIL_TAKEN at email");
    }
    assert_eq!(app.seat_usage(&acme.admin).await["used"], 3);
    // In another tenant it is free, and one's own may be spelled anew.
    app.invite(&globex.admin, json!({ "email": "ann.lee@acme.test" })).await.ok();
    let spelled = app.edit(&acme.admin, &bob.id, json!({ "email": "BOB@acme.test" })).await;
    assert_eq!(spelled.ok()["user"]["email"], "BOB@acme.test");
}

#[rstest]
#[tokio::test]
async fn u1_an_address_has_at_most_254_characters(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let of_length = |length: usize| {
        let domain = format!("{}.{}.{}", "b".repeat(63), "c".repeat(63), "d".repeat(length - 193));
        format!("{}@{domain}", "a".repeat(64))
    };
    assert_eq!((of_length(254).len(), of_length(255).len()), (254, 255));

    app.invite(&acme.admin, json!({ "email": of_length(254) })).await.ok();
    assert_refused(&app.invite(&acme.admin, json!({ "email": of_length(255) })).await, "TOO_LONG at email");
    for wrong in ["nonsense", "a@", "@b.test", "a b@c.test", "a@b@c.test", "a@b..test", "Ann <ann@acme.test>"]
    {
        let answer = app.invite(&acme.admin, json!({ "email": wrong })).await;
        assert_refused(&answer, "INVALID_EMAIL at email");
    }
    assert_refused(&app.invite(&acme.admin, json!({ "email": "  " })).await, "REQUIRED at email");
}

#[rstest]
#[tokio::test]
async fn u2_admins_always_have_crm_access(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let me = &acme.admin;
    let refused = "ADMIN_REQUIRES_CRM_ACCESS at crmAccess";

    let without = json!({ "email": "a@acme.test", "role": "ADMIN", "crmAccess": false });
    assert_refused(&app.invite(me, without).await, refused);
    assert_eq!(app.seat_usage(me).await["used"], 1);
    // Left out, it is on for an admin and off for a user.
    for (role, crm) in [("ADMIN", true), ("USER", false)] {
        for (name, left_out) in [("absent", json!({})), ("null", json!({ "crmAccess": null }))] {
            let mut new = json!({ "email": format!("{name}-{role}@acme.test"), "role": role });
            new.as_object_mut().unwrap().extend(left_out.as_object().unwrap().clone());
            assert_eq!(app.invite(me, new).await.ok()["user"]["crmAccess"], crm, "{role} {name}");
        }
    }
    let defaulted = app.invite(me, json!({ "email": "plain@acme.test" })).await;
    assert_eq!(defaulted.ok()["user"]["role"], "USER");

    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let crm = async |patch: Json| app.edit(me, &ann.id, patch).await.ok()["user"]["crmAccess"].clone();
    let both = json!({ "role": "ADMIN", "crmAccess": false });
    assert_refused(&app.edit(me, &ann.id, both).await, refused);
    assert_eq!(app.user(me, &ann.id).await["role"], "USER");
    assert_eq!(crm(json!({ "role": "ADMIN" })).await, true, "promotion turns it on");
    assert_refused(&app.edit(me, &ann.id, json!({ "crmAccess": false })).await, refused);
    assert_eq!(crm(json!({ "role": "USER" })).await, true, "demotion leaves it on");
    assert_eq!(crm(json!({ "crmAccess": false })).await, false);
    assert_eq!(crm(json!({ "role": "ADMIN", "crmAccess": true })).await, true);
    assert_eq!(crm(json!({ "role": "USER", "crmAccess": false })).await, false, "unless told otherwise");
}

#[rstest]
#[tokio::test]
async fn u3_last_login_is_the_most_recent_sign_in_and_signing_up_is_the_first(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let invited = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;
    assert_eq!(invited.ok()["user"]["lastLogin"], Json::Null);
    let id = invited.ok()["user"]["id"].as_str().unwrap();
    app.advance(TimeDelta::minutes(7));

    let accepted = app.accept(&app.mail().await.token(), "Ann", PASSWORD).await;
    let signed_up = app.clock.now();
    assert_eq!(instant(&accepted.ok()["viewer"]["user"]["lastLogin"]), signed_up);
    app.advance(TimeDelta::hours(3));
    // Neither using the session nor a refused sign-in is one.
    app.granted(accepted.ok()["token"].as_str().unwrap()).await;
    assert_refused(&app.sign_in("acme", "ann@acme.test", "wrong password").await, "INVALID_CREDENTIALS");
    assert_eq!(instant(&app.user(&acme.admin, id).await["lastLogin"]), signed_up);
    let signed_in = app.sign_in("acme", "ann@acme.test", PASSWORD).await;
    assert_eq!(instant(&signed_in.ok()["viewer"]["user"]["lastLogin"]), app.clock.now());
    assert_eq!(instant(&app.user(&acme.admin, id).await["lastLogin"]), app.clock.now());
}

#[rstest]
#[tokio::test]
async fn u5_an_invited_user_becomes_active_by_accepting_alone(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::invited("ann@acme.test")).await;

    for status in ["ACTIVE", "SUSPENDED"] {
        let answer = app.edit(&acme.admin, &ann.id, json!({ "status": status, "name": "X" })).await;
        assert_refused(&answer, "INVITE_PENDING at status");
        assert_eq!(answer.payload()["user"]["status"], "INVITED");
    }
    let user = app.user(&acme.admin, &ann.id).await;
    assert_eq!(
        (&user["status"], &user["name"], &user["version"]),
        (&json!("INVITED"), &Json::Null, &json!(1))
    );
    // And nobody becomes invited by an edit.
    let query =
        "mutation ($id: ID!) { editUser(input: { userId: $id, status: INVITED }) { errors { code } } }";
    let seen = app.error_code(&acme.admin, query, json!({ "id": acme.admin.id })).await;
    assert_eq!(seen, "GRAPHQL_VALIDATION_FAILED");
}

#[rstest]
#[tokio::test]
async fn u6_suspending_ends_every_session_and_keeps_the_rest(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    let ann = NewPerson::user("ann@acme.test").using(&template).holding(&[Permission::SettingsView]);
    let ann = app.add(&acme, ann.crm().password(PASSWORD)).await;
    let second = app.sign_in("acme", "ann@acme.test", PASSWORD).await;
    let second = second.ok()["token"].as_str().unwrap();

    let suspended = app.edit(&acme.admin, &ann.id, json!({ "status": "SUSPENDED" })).await;

    let user = &suspended.ok()["user"];
    assert_eq!(user["permissions"]["granted"], json!(["SETTINGS_VIEW"]));
    assert_eq!((&user["roleTemplate"]["name"], &user["crmAccess"]), (&json!("T"), &json!(true)));
    assert_eq!(suspended.ok()["seatUsage"]["used"], 2);
    assert_eq!(app.granted(&ann).await, None);
    assert_eq!(app.granted(second).await, None);
    assert_refused(&app.sign_in("acme", "ann@acme.test", PASSWORD).await, "INVALID_CREDENTIALS");
    // They do not come back with the user.
    app.edit(&acme.admin, &ann.id, json!({ "status": "ACTIVE" })).await.ok();
    assert_eq!(app.granted(&ann).await, None);
    let again = app.sign_in("acme", "ann@acme.test", PASSWORD).await;
    let again = again.ok()["token"].as_str().unwrap();
    assert_eq!(app.granted(again).await.unwrap(), ["SETTINGS_VIEW"]);
}

#[rstest]
#[tokio::test]
async fn u7_deleting_takes_everything_with_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[])).await;
    let ann = NewPerson::user("ann@acme.test").using(&template).password(PASSWORD);
    let ann = app.add(&acme, ann).await;
    assert_eq!(app.role_template(&acme.admin, &template.id).await["userCount"], 1);

    let deleted = app.delete(&acme.admin, &ann.id).await;

    assert_eq!(deleted.ok()["deletedUserId"], ann.id);
    assert_eq!(deleted.ok()["seatUsage"]["used"], 1);
    assert_eq!(app.user(&acme.admin, &ann.id).await, Json::Null);
    assert_eq!(app.granted(&ann).await, None);
    assert_refused(&app.sign_in("acme", "ann@acme.test", PASSWORD).await, "INVALID_CREDENTIALS");
    assert_refused(&app.delete(&acme.admin, &ann.id).await, "NOT_FOUND at userId");
    assert_eq!(app.role_template(&acme.admin, &template.id).await["userCount"], 0);
    let read = app.env.db.read();
    let rows = user::Entity::in_tenant(acme.uuid).filter(user::Column::Id.eq(ann.uuid)).count(read).await;
    assert_eq!(rows.unwrap(), 0);
    let of_ann = credential::Column::UserId.eq(ann.uuid);
    assert_eq!(credential::Entity::in_tenant(acme.uuid).filter(of_ann).count(read).await.unwrap(), 0);
    let of_ann = session::Column::UserId.eq(ann.uuid);
    assert_eq!(session::Entity::in_tenant(acme.uuid).filter(of_ann).count(read).await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn u7_deleting_an_invited_user_kills_the_link_and_the_queued_mail(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let invited = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;
    let first = invited.ok()["user"]["id"].as_str().unwrap().to_owned();
    let link = app.mail().await.token();
    app.delete(&acme.admin, &first).await.ok();
    assert_refused(&app.accept(&link, "Ann", PASSWORD).await, "INVALID_TOKEN at token");

    // The address can be invited again, as a new person with a new id.
    let again = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;
    let second = again.ok()["user"]["id"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    // Its mail waits for the cooldown of the address (I4), and goes with the user.
    app.delete(&acme.admin, &second).await.ok();
    app.advance(TimeDelta::minutes(5));
    assert!(app.mails().await.is_empty());
    let read = app.env.db.read();
    assert_eq!(mail::Entity::in_tenant(acme.uuid).count(read).await.unwrap(), 0);
    assert_eq!(invitation::Entity::in_tenant(acme.uuid).count(read).await.unwrap(), 0);
    assert_refused(&app.accept(&link, "Ann", PASSWORD).await, "INVALID_TOKEN at token");
}
