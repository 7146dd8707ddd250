//! I2, I3, I5, I6: resending, new addresses, accepting.

use entity::user;
use rolecall::domain::tenants;

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn i2_resending_makes_a_new_link_and_kills_every_earlier_one(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let (id, first) = invited(&app, &acme, "ann@acme.test").await;
    app.advance(TimeDelta::days(8));
    let admin = app.add(&acme, NewPerson::admin("a2@acme.test")).await;

    let resent = app.resend(&admin, &id).await;

    let user = &resent.ok()["user"];
    assert_eq!((&user["id"], &user["status"], &user["version"]), (&json!(id), &json!("INVITED"), &json!(1)));
    assert_eq!(user["invitation"]["timesIssued"], 2);
    assert_eq!(user["invitation"]["delivery"], "QUEUED");
    assert_eq!(user["invitation"]["expired"], false);
    assert_eq!(instant(&user["invitation"]["issuedAt"]), app.clock.now());
    assert_eq!(instant(&user["invitation"]["expiresAt"]), app.clock.now() + TimeDelta::days(7));
    assert_eq!(app.seat_usage(&admin).await["used"], 3);
    assert_eq!(user::Entity::in_tenant(acme.uuid).count(app.env.db.read()).await.unwrap(), 3);
    let mail = app.mail().await;
    assert_eq!(mail.to, "ann@acme.test");
    assert_ne!(mail.token(), first);
    assert_refused(&app.accept(&first, "Ann", PASSWORD).await, "INVALID_TOKEN at token");
    app.accept(&mail.token(), "Ann", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn i2_a_resend_within_the_cooldown_is_refused(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let (id, token) = invited(&app, &acme, "ann@acme.test").await;
    for round in 1..=2 {
        let free = app.clock.now() + TimeDelta::seconds(60);
        assert_eq!(instant(&invitation_of(&app, &acme.admin, &id).await["resendableAt"]), free);
        app.advance(TimeDelta::seconds(59));
        let refused = app.resend(&acme.admin, &id).await;
        assert_refused(&refused, "RESEND_TOO_SOON at userId");
        assert_eq!(instant(&refused.refusal()["retryAt"]), free);
        assert_eq!(refused.payload()["user"]["invitation"]["timesIssued"], round);
        if round == 1 {
            assert!(preview(&app, &token).await.is_object(), "the link still stands");
        }
        app.advance(TimeDelta::seconds(1));
        app.resend(&acme.admin, &id).await.ok();
        assert_eq!(app.mails().await.len(), 1);
    }
}

#[rstest]
#[tokio::test]
async fn i2_only_an_invited_user_can_be_resent_to(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    for new in [NewPerson::user("ann@acme.test"), NewPerson::suspended("sue@acme.test")] {
        let them = app.add(&acme, new).await;
        let refused = app.resend(&acme.admin, &them.id).await;
        assert_refused(&refused, "NOT_INVITED at userId");
        assert_eq!(refused.payload()["user"]["id"], them.id);
    }
    assert_refused(&app.resend(&acme.admin, &acme.admin.id).await, "NOT_INVITED at userId");
    assert!(app.mails().await.is_empty());
}

#[rstest]
#[tokio::test]
async fn i3_a_new_address_kills_the_old_link_and_is_invited_afresh(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let (id, first) = invited(&app, &acme, "ann@acme.test").await;
    app.advance(TimeDelta::seconds(10));

    let moved = app.edit(&acme.admin, &id, json!({ "email": "Anna@acme.test" })).await;

    let user = &moved.ok()["user"];
    assert_eq!((&user["email"], &user["status"]), (&json!("Anna@acme.test"), &json!("INVITED")));
    assert_eq!(user["invitation"]["timesIssued"], 2);
    assert_eq!(instant(&user["invitation"]["expiresAt"]), app.clock.now() + TimeDelta::days(7));
    assert_refused(&app.accept(&first, "Ann", PASSWORD).await, "INVALID_TOKEN at token");
    let mail = app.mail().await;
    assert_eq!(mail.to, "Anna@acme.test");
    app.accept(&mail.token(), "Ann", PASSWORD).await.ok();
    app.sign_in("acme", "anna@acme.test", PASSWORD).await.ok();
    // Nothing of the kind for somebody who has signed up.
    app.edit(&acme.admin, &id, json!({ "email": "other@acme.test" })).await.ok();
    assert!(app.mails().await.iter().all(|mail| !mail.text.contains("accept-invite")));
}

#[rstest]
#[tokio::test]
async fn i3_another_spelling_of_the_address_changes_only_how_it_is_shown(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let (id, token) = invited(&app, &acme, "ann@acme.test").await;
    app.advance(TimeDelta::minutes(5));

    let spelled = app.edit(&acme.admin, &id, json!({ "email": "ANN@acme.test" })).await;

    assert_eq!(spelled.ok()["user"]["email"], "ANN@acme.test");
    assert_eq!(spelled.ok()["user"]["invitation"]["timesIssued"], 1);
    assert!(app.mails().await.is_empty());
    assert_eq!(preview(&app, &token).await["email"], "ANN@acme.test");
    // What is sent from now on goes to it as it is stored.
    app.resend(&acme.admin, &id).await.ok();
    assert_eq!(app.mail().await.to, "ANN@acme.test");
}

#[rstest]
#[tokio::test]
async fn i6_accepting_sets_name_and_password_and_signs_in(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let new = json!({ "email": "ann@acme.test", "permissions": { "settings": { "view": true } } });
    let answer = app.invite(&acme.admin, new).await;
    let id = answer.ok()["user"]["id"].as_str().unwrap();
    app.advance(TimeDelta::hours(1));

    let accepted = app.accept(&app.mail().await.token(), "  Ann Lee ", PASSWORD).await;

    let viewer = &accepted.ok()["viewer"];
    assert_eq!((&viewer["user"]["id"], &viewer["user"]["name"]), (&json!(id), &json!("Ann Lee")));
    assert_eq!(viewer["user"]["status"], "ACTIVE");
    assert_eq!(instant(&viewer["user"]["lastLogin"]), app.clock.now());
    assert_eq!(viewer["access"]["permissions"]["granted"], json!(["SETTINGS_VIEW"]));
    assert_eq!(viewer["tenant"]["id"], acme.id);
    assert_eq!(accepted.ok()["expiresAt"], viewer["session"]["expiresAt"]);
    assert_eq!(app.granted(accepted.ok()["token"].as_str().unwrap()).await.unwrap(), ["SETTINGS_VIEW"]);
    assert!(accepted.headers.get("set-cookie").is_none());
    assert_eq!(app.user(&acme.admin, id).await["invitation"], Json::Null);
    app.sign_in("acme", "ann@acme.test", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn i6_what_is_wrong_with_the_input_leaves_the_link_standing(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let (_, token) = invited(&app, &acme, "ann@acme.test").await;
    let long = "x".repeat(101);
    for (name, password, expected) in [
        (" ", PASSWORD, &["REQUIRED at name"][..]),
        (&long, PASSWORD, &["TOO_LONG at name"]),
        ("a\u{0}b", PASSWORD, &["INVALID_TEXT at name"]),
        ("Ann", "short", &["WEAK_PASSWORD at password"]),
        ("Ann", &"long".repeat(65), &["TOO_LONG at password"]),
        ("", "short", &["REQUIRED at name", "WEAK_PASSWORD at password"]),
    ] {
        let refused = app.accept(&token, name, password).await;
        assert_eq!(refused.refusals(), expected);
        assert_eq!((&refused.payload()["token"], &refused.payload()["viewer"]), (&Json::Null, &Json::Null));
    }
    assert_eq!(app.seat_usage(&acme.admin).await["invited"], 1);
    app.accept(&token, "Ann", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn the_way_back_in_invites_an_admin_or_sends_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 3).await;
    let visitor = app.visitor();
    let first = tenants::invite_admin(&visitor, "acme", "boss@acme.test").await.unwrap();
    let again = tenants::invite_admin(&visitor, "acme", "BOSS@acme.test").await.unwrap();
    assert_eq!(first.admin, again.admin);
    assert_refused(&app.accept(&first.invite_token, "Boss", PASSWORD).await, "INVALID_TOKEN at token");
    let accepted = app.accept(&again.invite_token, "Boss", PASSWORD).await;
    assert_eq!(accepted.ok()["viewer"]["user"]["role"], "ADMIN");

    app.add(&acme, NewPerson::invited("ann@acme.test")).await;
    for email in ["boss@acme.test", "ann@acme.test", "new@acme.test", "nonsense"] {
        // Signed up, no admin, no seat, no address.
        assert!(tenants::invite_admin(&visitor, "acme", email).await.is_err(), "{email}");
    }
    assert!(tenants::invite_admin(&visitor, "nowhere", "new@acme.test").await.is_err());
}
