//! L1, L3: signing in and sessions.

use entity::session;
use sha2::{Digest, Sha256};

use crate::prelude::*;

/// Asks who is signed in by this cookie.
async fn by_cookie(app: &TestApp, cookie: &str, bearer: Option<&str>) -> Json {
    let mut request = app.request((), "{ viewer { user { email } } }", json!({})).header("cookie", cookie);
    if let Some(token) = bearer {
        request = request.bearer_auth(token);
    }
    let mut seen: Json = request.send().await.unwrap().json().await.unwrap();
    seen["data"]["viewer"]["user"]["email"].take()
}

/// `name=value` of the cookie that an answer sets, and its attributes in lower case.
fn cookie(answer: &Answer) -> (String, Vec<String>) {
    let header = answer.headers.get("set-cookie").expect("a cookie").to_str().unwrap();
    let (pair, attributes) = header.split_once(';').unwrap();
    (pair.to_owned(), attributes.split(';').map(|a| a.trim().to_lowercase()).collect())
}

#[rstest]
#[tokio::test]
async fn l1_signing_in_takes_tenant_address_and_password(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    let ann = app.add(&acme, NewPerson::user("Ann@acme.test").password(PASSWORD)).await;
    let other = app.add(&globex, NewPerson::user("ann@acme.test").password("grove-otter-lantern-59")).await;

    for spelled in ["Ann@acme.test", "ann@ACME.test", " ａnn@acme.test "] {
        let signed_in = app.sign_in("acme", spelled, PASSWORD).await;
        assert_eq!(signed_in.ok()["viewer"]["user"]["id"], ann.id);
        assert_eq!(signed_in.ok()["viewer"]["tenant"]["slug"], "acme");
        assert!(app.granted(signed_in.ok()["token"].as_str().unwrap()).await.is_some());
    }
    assert_refused(&app.sign_in("globex", "ann@acme.test", PASSWORD).await, "INVALID_CREDENTIALS");
    let there = app.sign_in("globex", "ann@acme.test", "grove-otter-lantern-59").await;
    assert_eq!(there.ok()["viewer"]["user"]["id"], other.id);
}

#[rstest]
#[tokio::test]
async fn l1_every_way_to_be_wrong_is_answered_alike(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    app.add(&acme, NewPerson::suspended("sue@acme.test").password(PASSWORD)).await;
    app.add(&acme, NewPerson::invited("ivy@acme.test")).await;
    let long = "x".repeat(10_000);

    let mut answers = Vec::new();
    for (tenant, email, password) in [
        ("acme", "ann@acme.test", "grove-otter-lantern-59"),
        ("acme", "ann@acme.test", ""),
        ("acme", "ann@acme.test", &*long),
        ("acme", "nobody@acme.test", PASSWORD),
        ("nowhere", "ann@acme.test", PASSWORD),
        ("acme", "ivy@acme.test", PASSWORD),
        ("acme", "sue@acme.test", PASSWORD),
        ("acme", "not an address", PASSWORD),
        ("not a slug", "ann@acme.test", PASSWORD),
        ("acme", &long, PASSWORD),
        ("acme\u{0}", "ann@acme.test", PASSWORD),
        ("acme", "ann\u{0}@acme.test", PASSWORD),
    ] {
        let refused = app.sign_in(tenant, email, password).await;
        assert_refused(&refused, "INVALID_CREDENTIALS");
        assert!(refused.headers.get("set-cookie").is_none());
        answers.push(refused.json);
    }
    let expected = json!({ "token": null, "expiresAt": null, "viewer": null });
    for field in ["token", "expiresAt", "viewer"] {
        assert_eq!(answers[0]["data"]["signIn"][field], expected[field]);
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:#?}");
}

#[rstest]
#[tokio::test]
async fn l3_a_token_is_stored_only_as_a_hash(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let signed_in = app.sign_in("acme", "ann@acme.test", PASSWORD).await;
        tokens.push(signed_in.ok()["token"].as_str().unwrap().to_owned());
    }
    assert_ne!(tokens[0], tokens[1]);
    let rows = session::Entity::in_tenant(acme.uuid).all(app.env.db.read()).await.unwrap();
    for token in tokens {
        assert!(token.len() >= 43 + 4, "256 bits");
        let hash = Sha256::digest(&token).to_vec();
        assert!(rows.iter().any(|row| row.token_hash == hash));
        assert!(rows.iter().all(|row| !row.token_hash.starts_with(&token.as_bytes()[..8])));
    }
}

#[rstest]
#[tokio::test]
async fn l3_a_session_slides_for_twelve_hours_up_to_thirty_days(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    let begun = app.clock.now();
    let signed_in = app.sign_in("acme", "ann@acme.test", PASSWORD).await;
    let token = signed_in.ok()["token"].as_str().unwrap();
    assert_eq!(instant(&signed_in.ok()["expiresAt"]), begun + TimeDelta::hours(12));
    let session = async || {
        let query = "{ viewer { session { id createdAt expiresAt } } }";
        app.data(token, query, json!({})).await["viewer"]["session"].take()
    };

    // Used every eleven hours it goes on, and its end is never later than the thirtieth day.
    let end = begun + TimeDelta::days(30);
    while app.clock.now() + TimeDelta::hours(11) < end {
        app.advance(TimeDelta::hours(11));
        let seen = session().await;
        assert_eq!(instant(&seen["createdAt"]), begun);
        let expected = (app.clock.now() + TimeDelta::hours(12)).min(end);
        assert_eq!(instant(&seen["expiresAt"]), expected);
    }
    app.advance(end - app.clock.now() - TimeDelta::seconds(1));
    assert!(session().await.is_object());
    app.advance(TimeDelta::seconds(1));
    assert!(session().await.is_null());
}

#[rstest]
#[tokio::test]
async fn l3_a_session_that_is_not_used_ends(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.advance(TimeDelta::hours(12) - TimeDelta::seconds(1));
    assert!(app.granted(&acme.admin).await.is_some());
    app.advance(TimeDelta::hours(12) - TimeDelta::seconds(1));
    assert!(app.granted(&acme.admin).await.is_some());
    app.advance(TimeDelta::hours(12));
    assert_eq!(app.granted(&acme.admin).await, None);
    assert_eq!(app.delete(&acme.admin, &acme.admin.id).await.refused(), "UNAUTHENTICATED");
}

#[rstest]
#[tokio::test]
async fn l3_how_long_sessions_last_can_be_set(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start_with(db, &["--session-idle", "10m", "--session-max", "15m"]).await;
    let acme = app.tenant("acme", 9).await;
    app.advance(TimeDelta::minutes(9));
    assert!(app.granted(&acme.admin).await.is_some());
    app.advance(TimeDelta::minutes(5));
    assert!(app.granted(&acme.admin).await.is_some());
    app.advance(TimeDelta::minutes(1));
    assert_eq!(app.granted(&acme.admin).await, None);
}

#[rstest]
#[tokio::test]
async fn l3_a_cookie_sign_in_answers_no_token(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await.ok();
    let input =
        json!({ "token": app.mail().await.token(), "name": "Ann", "password": PASSWORD, "cookie": true });
    let accepted = app.accept_with(input).await;
    let input = json!({ "tenant": "acme", "email": "ann@acme.test", "password": PASSWORD, "cookie": true });
    let signed_in = app.sign_in_with(input).await;

    for answer in [&accepted, &signed_in] {
        assert_eq!(answer.ok()["token"], Json::Null);
        assert_eq!(answer.ok()["viewer"]["user"]["email"], "ann@acme.test");
        assert_eq!(instant(&answer.ok()["expiresAt"]), app.clock.now() + TimeDelta::hours(12));
        let (pair, attributes) = cookie(answer);
        assert!(pair.starts_with("rolecall_session=rcs_"), "{pair}");
        assert!(attributes.contains(&"httponly".into()) && attributes.contains(&"samesite=lax".into()));
        assert!(attributes.contains(&"path=/".into()) && !attributes.contains(&"secure".into()));
        assert!(!answer.json.to_string().contains("rcs_"));
        assert_eq!(by_cookie(&app, &pair, None).await, "ann@acme.test");
    }
    let input = json!({ "tenant": "acme", "email": "ann@acme.test", "password": PASSWORD, "cookie": false });
    assert!(app.sign_in_with(input).await.headers.get("set-cookie").is_none());
}

#[rstest]
#[tokio::test]
async fn l3_a_cookie_of_an_https_site_is_bound_to_it(#[values(Db::Sqlite)] db: Db) {
    let app = TestApp::start_with(db, &["--public-url", "https://app.acme.test"]).await;
    let acme = app.tenant("acme", 9).await;
    app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    let input = json!({ "tenant": "acme", "email": "ann@acme.test", "password": PASSWORD, "cookie": true });
    let (pair, attributes) = cookie(&app.sign_in_with(input).await);
    assert!(pair.starts_with("__Host-rolecall_session="), "{pair}");
    assert!(attributes.contains(&"secure".into()) && attributes.contains(&"path=/".into()));
    assert!(attributes.iter().all(|attribute| !attribute.starts_with("domain")));
    assert_eq!(by_cookie(&app, &pair, None).await, "ann@acme.test");
    app.invite(&acme.admin, json!({ "email": "bob@acme.test" })).await.ok();
    assert!(app.mail().await.text.contains("https://app.acme.test/accept-invite#token="));
}

#[rstest]
#[tokio::test]
async fn l3_a_bearer_token_goes_before_a_cookie_even_a_wrong_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let cookie = format!("theme=dark; rolecall_session={}; x=y", ann.token);
    assert_eq!(by_cookie(&app, &cookie, None).await, "ann@acme.test");
    assert_eq!(by_cookie(&app, &cookie, Some(&acme.admin.token)).await, "admin@acme.test");
    assert_eq!(by_cookie(&app, &cookie, Some("wrong")).await, Json::Null);
    assert_eq!(by_cookie(&app, "rolecall_session=wrong", Some(&ann.token)).await, "ann@acme.test");
    assert_eq!(by_cookie(&app, "rolecall_session=wrong", None).await, Json::Null);
    // A token's hash, which is what the database has, is no token.
    let hash: String = Sha256::digest(&ann.token).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(by_cookie(&app, &format!("rolecall_session={hash}"), None).await, Json::Null);
}

#[rstest]
#[tokio::test]
async fn l3_signing_out_ends_that_session_at_once_and_no_other(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test").password(PASSWORD)).await;
    let input = json!({ "tenant": "acme", "email": "ann@acme.test", "password": PASSWORD, "cookie": true });
    let (pair, _) = cookie(&app.sign_in_with(input).await);

    assert_eq!(app.sign_out(&ann).await.payload()["signedOut"], true);
    assert_eq!(app.granted(&ann).await, None);
    assert_eq!(app.sign_out(&ann).await.refused(), "UNAUTHENTICATED");
    assert_eq!(by_cookie(&app, &pair, None).await, "ann@acme.test");

    let request = app.request((), "mutation { signOut { signedOut } }", json!({})).header("cookie", &pair);
    let response = request.send().await.unwrap();
    let cleared = response.headers().get("set-cookie").unwrap().to_str().unwrap().to_owned();
    assert!(cleared.starts_with("rolecall_session=;") && cleared.contains("Max-Age=0"), "{cleared}");
    assert_eq!(by_cookie(&app, &pair, None).await, Json::Null);
}
