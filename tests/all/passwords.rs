//! L2: passwords.

use entity::credential;

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn l2_passwords_are_long_and_not_guessable(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("bluefinch-orchards", 30).await;
    let email = "marlowquincebury@x.test";
    app.invite(&acme.admin, json!({ "email": email })).await.ok();
    let token = app.mail().await.token();

    let weak = [
        "",
        "grove-otter",
        "passwordpassword",
        "aaaaaaaaaaaaaaaaaaaa",
        "qwertyuiop123",
        "123456789012",
        "marlowquincebury",
        "bluefinch-orchards",
        "marlowquincebury@x.test",
    ];
    for password in weak {
        let refused = app.accept(&token, "Ann", password).await;
        assert_refused(&refused, "WEAK_PASSWORD at password");
    }
    let long = "grove otter lantern ".repeat(13);
    assert_eq!(long.chars().count(), 260);
    assert_refused(&app.accept(&token, "Ann", &long[..257]).await, "TOO_LONG at password");
    app.accept(&token, "Ann", &long[..256]).await.ok();
    app.sign_in("bluefinch-orchards", email, &long[..256]).await.ok();

    // What is weak for one is fine for another: their own address and tenant count.
    let other = app.tenant("globex", 9).await;
    for (number, password) in ["marlowquincebury", "bluefinch-orchards"].into_iter().enumerate() {
        app.invite(&other.admin, json!({ "email": format!("p{number}@y.test") })).await.ok();
        app.accept(&app.mail().await.token(), "Bob", password).await.ok();
    }
}

#[rstest]
#[tokio::test]
async fn l2_a_password_of_twelve_characters_will_do_and_is_taken_as_it_is(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 30).await;
    for (number, password) in [" tq7#vlW9zx ", "ünïcödé-12ß€", "nul\u{0}-tab\t-77xq"].into_iter().enumerate()
    {
        assert!(password.chars().count() >= 12);
        let email = format!("p{number}@acme.test");
        app.invite(&acme.admin, json!({ "email": email })).await.ok();
        app.accept(&app.mail().await.token(), "Ann", password).await.ok();
        app.sign_in("acme", &email, password).await.ok();
        let changed = [password.trim().to_owned(), password.to_uppercase(), format!("{password} ")];
        for other in changed.iter().filter(|other| *other != password) {
            assert_refused(&app.sign_in("acme", &email, other).await, "INVALID_CREDENTIALS");
        }
    }
}

#[rstest]
#[tokio::test]
async fn l2_passwords_are_stored_as_argon2id(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 30).await;
    for email in ["ann@acme.test", "bob@acme.test"] {
        app.invite(&acme.admin, json!({ "email": email })).await.ok();
        app.accept(&app.mail().await.token(), "Ann", PASSWORD).await.ok();
    }
    let stored = credential::Entity::in_tenant(acme.uuid).all(app.env.db.read()).await.unwrap();
    assert_eq!(stored.len(), 2);
    assert_ne!(stored[0].password_hash, stored[1].password_hash, "salted");
    for row in stored {
        let mut parts = row.password_hash.split('$').skip(1);
        assert_eq!((parts.next(), parts.next()), (Some("argon2id"), Some("v=19")));
        let parameters: Vec<_> = parts.next().unwrap().split(',').collect();
        let [m, t, p] = ["m=", "t=", "p="].map(|name| {
            let found = parameters.iter().find_map(|parameter| parameter.strip_prefix(name));
            found.unwrap().parse::<u32>().unwrap()
        });
        assert!(m >= 19_456 && t >= 2 && p >= 1, "{}", row.password_hash);
    }
}
