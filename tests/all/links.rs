//! I1: the link of an invitation and its secret.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use entity::invitation;
use rolecall::domain::ids::{self, Kind};
use sea_orm::{DatabaseBackend, Statement, sea_query::Expr};

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn i1_an_invitation_is_a_mail_with_a_link_whose_secret_stands_behind_a_hash(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let answer = app.invite(&acme.admin, json!({ "email": "Ann@acme.test" })).await;
    let invitation = &answer.ok()["user"]["invitation"];
    let now = app.clock.now();
    assert_eq!(instant(&invitation["issuedAt"]), now);
    assert_eq!(instant(&invitation["expiresAt"]), now + TimeDelta::days(7));
    assert_eq!(instant(&invitation["resendableAt"]), now + TimeDelta::seconds(60));
    assert_eq!((&invitation["timesIssued"], &invitation["expired"]), (&json!(1), &json!(false)));
    assert_eq!((&invitation["delivery"], &invitation["deliveryFailure"]), (&json!("QUEUED"), &Json::Null));

    let mail = app.mail().await;

    assert_eq!((mail.to.as_str(), mail.from.as_str()), ("Ann@acme.test", "no-reply@localhost"));
    assert!(mail.subject.contains("acme Inc.") || mail.text.contains("acme Inc."), "{mail:?}");
    assert!(mail.text.contains(&format!("{}/accept-invite#token={}", app.url, mail.token())), "{mail:?}");
    assert!(mail.text.contains('7'), "how long it works: {}", mail.text);
    let id = answer.ok()["user"]["id"].as_str().unwrap();
    assert_eq!(invitation_of(&app, &acme.admin, id).await["delivery"], "SENT");
    assert_eq!(app.user(&acme.admin, &acme.admin.id).await["invitation"], Json::Null);
    assert!(app.mails().await.is_empty(), "once");
}

/// The text of every column of every row.
async fn whole_database(app: &TestApp) -> String {
    let read = app.env.db.read();
    let backend = read.get_database_backend();
    let tables = [
        "users",
        "invitations",
        "mails",
        "mail_cooldowns",
        "sessions",
        "credentials",
        "audit_events",
        "person_labels",
        "seats",
        "tenants",
        "role_templates",
    ];
    let mut text = String::new();
    for table in tables {
        let sql = match backend {
            DatabaseBackend::Postgres => format!("SELECT row_to_json(t)::text AS row FROM {table} t"),
            _ => {
                let names = format!(
                    "SELECT group_concat('quote(' || name || ')', ' || '' '' || ') AS row
                    FROM pragma_table_info('{table}')"
                );
                let names =
                    read.query_one_raw(Statement::from_string(backend, names)).await.unwrap().unwrap();
                format!("SELECT {} AS row FROM {table}", names.try_get::<String>("", "row").unwrap())
            }
        };
        for row in read.query_all_raw(Statement::from_string(backend, sql)).await.unwrap() {
            text += &row.try_get::<String>("", "row").unwrap();
        }
    }
    text.to_lowercase()
}

#[rstest]
#[tokio::test]
async fn i1_the_secret_is_stored_nowhere(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let (_, token) = invited(&app, &acme, "ann@acme.test").await;
    // The tail is what nobody can guess: tenant and user are in front.
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&token).unwrap();
    let secret = &bytes[32..];
    assert!(secret.len() >= 16);
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();

    let stored = whole_database(&app).await;

    assert!(stored.contains("ann@acme.test"), "the whole database is read");
    assert!(!stored.contains(&hex[..32]) && !stored.contains(&token.to_lowercase()[43..70]));
}

#[rstest]
#[tokio::test]
async fn i1_neither_the_database_nor_the_key_alone_makes_a_link(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let (id, token) = invited(&app, &acme, "ann@acme.test").await;
    let other_key = ["--secret", "YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNhbWUgbGVuZ3RoISE="];

    // The same database under another key.
    let stranger = app.replica_with(&other_key).await;
    assert_refused(&stranger.accept(&token, "Ann", PASSWORD).await, "INVALID_TOKEN at token");
    assert_eq!(preview(&stranger, &token).await, Json::Null);
    // The same key over a database that says something else.
    let txn = app.env.db.begin().await.unwrap();
    let uuid = ids::decode(Kind::User, &id).unwrap();
    invitation::Entity::update_in(acme.uuid)
        .col_expr(invitation::Column::Nonce, Expr::value(vec![7_u8; 16]))
        .filter(invitation::Column::UserId.eq(uuid))
        .exec(&txn)
        .await
        .unwrap();
    txn.commit().await.unwrap();
    assert_refused(&app.accept(&token, "Ann", PASSWORD).await, "INVALID_TOKEN at token");
}

#[rstest]
#[tokio::test]
async fn i1_a_link_works_once_for_one_person(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    let (_, ann) = invited(&app, &acme, "ann@acme.test").await;
    let (_, bob) = invited(&app, &acme, "bob@acme.test").await;
    let (_, eve) = invited(&app, &globex, "ann@acme.test").await;
    let parts = |token: &str| BASE64_URL_SAFE_NO_PAD.decode(token).unwrap();
    let (ann_bytes, bob_bytes, eve_bytes) = (parts(&ann), parts(&bob), parts(&eve));
    // Ann's secret under Bob's name and in another tenant, and her own link cut short, longer and with a bit changed.
    let mut changed = ann_bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    let forged = [
        [&bob_bytes[..32], &ann_bytes[32..]].concat(),
        [&eve_bytes[..32], &ann_bytes[32..]].concat(),
        ann_bytes[..ann_bytes.len() - 1].to_vec(),
        [&ann_bytes[..], &[0]].concat(),
        changed,
        ann_bytes[..32].to_vec(),
    ];
    for bytes in forged {
        let token = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        assert_refused(&app.accept(&token, "Eve", PASSWORD).await, "INVALID_TOKEN at token");
        assert_eq!(preview(&app, &token).await, Json::Null);
    }
    for token in ["", "x", "\u{0}", "🙂", &ann[1..], &"A".repeat(100_000)] {
        assert_refused(&app.accept(token, "Eve", PASSWORD).await, "INVALID_TOKEN at token");
        assert_eq!(preview(&app, token).await, Json::Null);
    }
    assert_eq!(app.accept(&ann, "Ann", PASSWORD).await.ok()["viewer"]["tenant"]["slug"], "acme");
    assert_refused(&app.accept(&ann, "Ann", PASSWORD).await, "INVALID_TOKEN at token");
    assert_eq!(preview(&app, &ann).await, Json::Null);
    app.accept(&bob, "Bob", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn i1_i5_a_link_works_for_seven_days(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let (_, token) = invited(&app, &acme, "Ann@acme.test").await;
    let expires = app.clock.now() + TimeDelta::days(7);
    let seen = preview(&app, &token).await;
    assert_eq!(instant(&seen["expiresAt"]), expires);
    let expected = json!({ "tenantName": "acme Inc.", "tenantSlug": "acme", "email": "Ann@acme.test",
        "expiresAt": seen["expiresAt"], "expired": false });
    assert_eq!(seen, expected);

    app.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    assert_eq!(preview(&app, &token).await["expired"], false);
    let admin = app.add(&acme, NewPerson::admin("a2@acme.test")).await;
    let (_, late) = {
        let answer = app.invite(&admin, json!({ "email": "bob@acme.test" })).await;
        (answer.ok()["user"]["id"].clone(), app.mail().await.token())
    };
    app.advance(TimeDelta::seconds(1));
    assert_eq!(preview(&app, &token).await["expired"], true);
    assert_refused(&app.accept(&token, "Ann", PASSWORD).await, "TOKEN_EXPIRED at token");
    app.advance(TimeDelta::days(7) - TimeDelta::seconds(2));
    app.accept(&late, "Bob", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn i1_i2_how_long_a_link_works_and_the_cooldown_can_be_set(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start_with(db, &["--invite-ttl", "2h", "--resend-cooldown", "5m"]).await;
    let acme = app.tenant("acme", 9).await;
    let (id, token) = invited(&app, &acme, "ann@acme.test").await;
    let invitation = invitation_of(&app, &acme.admin, &id).await;
    assert_eq!(instant(&invitation["expiresAt"]), app.clock.now() + TimeDelta::hours(2));
    app.advance(TimeDelta::seconds(299));
    assert_refused(&app.resend(&acme.admin, &id).await, "RESEND_TOO_SOON at userId");
    app.advance(TimeDelta::hours(2));
    assert_refused(&app.accept(&token, "Ann", PASSWORD).await, "TOKEN_EXPIRED at token");
    assert_eq!(invitation_of(&app, &acme.admin, &id).await["expired"], true);
}

const NEW_SECRET: &str = "YW5vdGhlciBzZWNyZXQgdGhhdCB0aGUgdGVzdHMgaGF2ZSE=";
const OLD_SECRET: &str = "dGhlIHRlc3RzIGFsbCB1c2UgdGhpcyBvbmUgc2VjcmV0ISE=";
const OLDER_SECRET: &str = "b25lIHRoYXQgaGFzIGxvbmcgYmVlbiBmb3Jnb3R0ZW4gISE=";

#[rstest]
#[tokio::test]
async fn i1_a_link_outlives_its_key_as_long_as_that_is_listed_and_no_longer(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start_with(db, &["--secret", OLD_SECRET]).await;
    let acme = app.tenant("acme", 9).await;
    let (_, before) = invited(&app, &acme, "ann@acme.test").await;
    let listed = format!("{OLDER_SECRET},{OLD_SECRET}");
    let rotated = app.replica_with(&["--secret", NEW_SECRET, "--old-secrets", &listed]).await;
    let (_, after) = invited(&rotated, &acme, "bob@acme.test").await;
    let forgotten = app.replica_with(&["--secret", NEW_SECRET, "--old-secrets", OLDER_SECRET]).await;

    assert_refused(&forgotten.accept(&before, "Ann", PASSWORD).await, "INVALID_TOKEN at token");
    assert_eq!(preview(&forgotten, &before).await, Json::Null);
    // Links are made with the new key alone: who has only the old one knows nothing of them.
    assert_refused(&app.accept(&after, "Bob", PASSWORD).await, "INVALID_TOKEN at token");
    rotated.accept(&before, "Ann", PASSWORD).await.ok();
    forgotten.accept(&after, "Bob", PASSWORD).await.ok();
}
