//! I4: mail over SMTP, against a server that behaves and one that does not.

use sea_orm::sea_query::Expr;
use tests::MailServer;

use crate::prelude::*;

/// A server that sends by `server`.
async fn sending(db: Db, server: &MailServer) -> TestApp {
    TestApp::start_with(db, &["--mail", &server.url()]).await
}

/// Invites somebody, and tells of the id.
async fn invite(app: &TestApp, tenant: &Tenant, email: &str) -> String {
    let answer = app.invite(&tenant.admin, json!({ "email": email })).await;
    answer.ok()["user"]["id"].as_str().unwrap().to_owned()
}

/// What the invitation shows of its delivery.
async fn delivery(app: &TestApp, tenant: &Tenant, id: &str) -> String {
    let invitation = invitation_of(app, &tenant.admin, id).await;
    let [state, failure] = ["delivery", "deliveryFailure"].map(|field| invitation[field].as_str());
    format!("{} {}", state.unwrap(), failure.unwrap_or("-"))
}

#[rstest]
#[tokio::test]
async fn i4_a_mail_arrives_in_text_and_as_a_page_and_says_that_it_is_automatic(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let server = MailServer::start();
    let app = sending(db, &server).await;
    let acme = app.tenant("acme", 9).await;
    let id = invite(&app, &acme, "Ann.Lee@Acme.test").await;
    app.deliver().await;

    let mail = server.mail();
    assert_eq!(delivery(&app, &acme, &id).await, "SENT -");
    assert_eq!(mail.subject, "You are invited to acme Inc.");
    assert_eq!((mail.to.as_str(), mail.from.as_str()), ("Ann.Lee@Acme.test", "no-reply@localhost"));
    for header in
        ["X-Envelope-To: Ann.Lee@Acme.test", "Date: ", "Message-ID: <", "Auto-Submitted: auto-generated"]
    {
        assert!(mail.raw.lines().any(|line| line.starts_with(header)), "{header}: {}", mail.raw);
    }
    // One link, in both forms, and nothing that tells a stranger that the mail was opened.
    let link = format!("{}/accept-invite#token={}", app.url, mail.token());
    assert!(mail.text.contains(&link) && mail.html.contains(&format!("href=\"{link}\"")), "{}", mail.raw);
    let addresses = mail.html.matches("http").count() - mail.html.matches(&link).count();
    assert_eq!((addresses, mail.html.contains("<img")), (0, false), "{}", mail.html);
    app.accept(&mail.token(), "Ann", PASSWORD).await.ok();
    app.deliver().await;
    assert_eq!(server.mails(), []);
}

#[rstest]
#[case("rcpt", "550 5.1.1 No such user", "FAILED ADDRESS_REJECTED")]
#[case("rcpt", "550 No such user", "FAILED ADDRESS_REJECTED")]
#[case("rcpt", "552 5.2.2 Mailbox full", "FAILED MAILBOX_FULL")]
#[case("data", "552 Too much", "FAILED MAILBOX_FULL")]
#[case("rcpt", "550 5.7.1 Relaying denied", "FAILED REFUSED")]
#[case("data", "554 5.7.1 Looks like spam", "FAILED REFUSED")]
#[case("mail", "553 5.1.8 Your domain does not exist", "FAILED REFUSED")]
#[tokio::test]
async fn i4_a_permanent_refusal_fails_at_once_and_is_told_in_the_contracts_words(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[case] at: &str,
    #[case] answer: &str,
    #[case] shown: &str,
) {
    let server = MailServer::start();
    let app = sending(db, &server).await;
    let acme = app.tenant("acme", 9).await;
    server.fail(json!({ at: answer }));
    let id = invite(&app, &acme, "ann@acme.test").await;
    app.deliver().await;
    assert_eq!(delivery(&app, &acme, &id).await, shown);

    // It is not tried again by itself, and the address has no cooldown from what never reached it.
    server.fail(json!({}));
    app.advance(TimeDelta::days(2));
    app.deliver().await;
    assert_eq!(server.mails(), []);
    let admin = app.add(&acme, NewPerson::admin("later@acme.test")).await;
    app.resend(&admin, &id).await.ok();
    app.deliver().await;
    assert_eq!(invitation_of(&app, &admin, &id).await["delivery"], "SENT");
    app.accept(&server.mail().token(), "Ann", PASSWORD).await.ok();
}

#[rstest]
#[case("rcpt", "450 4.2.1 Come back later", "FAILED UNREACHABLE")]
#[case("rcpt", "452 4.2.2 Mailbox full", "FAILED MAILBOX_FULL")]
#[case("data", "451 4.3.0 Out of order", "FAILED UNREACHABLE")]
#[case("mail", "421 4.3.2 Shutting down", "FAILED UNREACHABLE")]
#[case("data", "drop", "FAILED UNREACHABLE")]
#[case("mail", "530 5.7.0 Who are you?", "FAILED UNREACHABLE")]
#[tokio::test]
async fn i4_a_temporary_refusal_is_tried_again_for_a_day(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[case] at: &str,
    #[case] answer: &str,
    #[case] shown: &str,
) {
    let server = MailServer::start();
    let app = sending(db, &server).await;
    let acme = app.tenant("acme", 9).await;
    server.fail(json!({ at: answer }));
    let (ann, bob) = (invite(&app, &acme, "ann@acme.test").await, invite(&app, &acme, "bob@acme.test").await);
    app.deliver().await;
    assert_eq!(delivery(&app, &acme, &ann).await, "QUEUED -");
    app.delete(&acme.admin, &bob).await.ok();

    // The first pause is about five seconds.
    server.fail(json!({}));
    app.advance(TimeDelta::milliseconds(4900));
    app.deliver().await;
    assert_eq!(server.mails(), []);
    app.advance(TimeDelta::milliseconds(700));
    app.deliver().await;
    assert_eq!(server.mail().to, "ann@acme.test", "and not to whom was deleted meanwhile");
    assert_eq!(delivery(&app, &acme, &ann).await, "SENT -");

    server.fail(json!({ at: answer }));
    let cat = invite(&app, &acme, "cat@acme.test").await;
    for _ in 0..23 {
        app.deliver().await;
        assert_eq!(delivery(&app, &acme, &cat).await, "QUEUED -");
        app.advance(TimeDelta::hours(1));
    }
    app.advance(TimeDelta::hours(1));
    app.deliver().await;
    assert_eq!(delivery(&app, &acme, &cat).await, shown);
    assert_eq!(server.mails(), []);
}

#[rstest]
#[tokio::test]
async fn i4_mail_waits_for_a_server_that_is_away(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let server = MailServer::start();
    let gone = MailServer::start().url();
    let app = TestApp::start_with(db, &["--mail", &gone]).await;
    let acme = app.tenant("acme", 9).await;
    let id = invite(&app, &acme, "ann@acme.test").await;
    app.deliver().await;
    assert_eq!(delivery(&app, &acme, &id).await, "QUEUED -");
    let elsewhere = app.replica_with(&["--mail", &server.url()]).await;
    app.advance(TimeDelta::minutes(1));
    elsewhere.deliver().await;
    assert_eq!(server.mail().to, "ann@acme.test");
}

#[rstest]
#[tokio::test]
async fn i4_a_wrong_password_for_the_mail_server_loses_no_mail(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let server = MailServer::start_with(&["--login", "rolecall:secret"]);
    let with = |password: &str| format!("smtp://rolecall:{password}@127.0.0.1:{}?tls=none", server.port);
    let app = TestApp::start_with(db, &["--mail", &with("wrong")]).await;
    let acme = app.tenant("acme", 9).await;
    let id = invite(&app, &acme, "ann@acme.test").await;
    app.deliver().await;
    assert_eq!(delivery(&app, &acme, &id).await, "QUEUED -");
    let mended = app.replica_with(&["--mail", &with("secret")]).await;
    app.advance(TimeDelta::minutes(1));
    mended.deliver().await;
    assert_eq!(server.mail().to, "ann@acme.test");
    assert_eq!(delivery(&app, &acme, &id).await, "SENT -");
}

#[rstest]
#[case("starttls", "smtp")]
#[case("implicit", "smtps")]
#[case("none", "smtp")]
#[tokio::test]
async fn i4_no_mail_and_no_password_goes_to_a_server_that_cannot_prove_who_it_is(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[case] tls: &str,
    #[case] scheme: &str,
) {
    // Its certificate is its own, or it has none.
    let server = MailServer::start_with(&["--tls", tls]);
    let app =
        TestApp::start_with(db, &["--mail", &format!("{scheme}://u:p@localhost:{}", server.port)]).await;
    let acme = app.tenant("acme", 9).await;
    let id = invite(&app, &acme, "ann@acme.test").await;
    app.deliver().await;
    assert_eq!(delivery(&app, &acme, &id).await, "QUEUED -");
    assert_eq!(server.mails(), []);
}

#[rstest]
#[case("ann@münchen.test", "ann@xn--mnchen-3ya.test")]
#[case("ann@ПОЧТА.test", "ann@xn--80a1acny.test")]
#[tokio::test]
async fn i4_a_domain_beyond_ascii_is_written_to_by_any_server(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[case] email: &str,
    #[case] envelope: &str,
) {
    let server = MailServer::start_with(&["--seven-bit"]);
    let app = sending(db, &server).await;
    let acme = app.tenant("acme", 9).await;
    let id = invite(&app, &acme, email).await;
    app.deliver().await;
    assert_eq!(delivery(&app, &acme, &id).await, "SENT -");
    let mail = server.mail();
    assert!(mail.raw.contains(&format!("X-Envelope-To: {envelope}\r\n")), "{}", mail.raw);
    app.accept(&mail.token(), "Ann", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn i4_a_local_part_beyond_ascii_is_written_to_where_the_server_can_and_else_refused_at_once(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let (able, unable) = (MailServer::start(), MailServer::start_with(&["--seven-bit"]));
    let app = sending(db, &able).await;
    let acme = app.tenant("acme", 9).await;
    let ann = invite(&app, &acme, "änn@acme.test").await;
    app.deliver().await;
    assert_eq!(delivery(&app, &acme, &ann).await, "SENT -");
    assert!(able.mail().raw.contains("X-Envelope-To: änn@acme.test\r\n"));

    let other = app.replica_with(&["--mail", &unable.url()]).await;
    let bob = invite(&app, &acme, "bøb@acme.test").await;
    other.deliver().await;
    assert_eq!(delivery(&app, &acme, &bob).await, "FAILED ADDRESS_REJECTED");
}

#[rstest]
#[case("Søren's Café & <b>Söhne</b> 北京")]
#[case("\"Quoted\" <evil@evil.test>, other@evil.test;")]
#[case(
    "a very long name of a company that goes on and on until any line of a header must be folded somewhere"
)]
#[tokio::test]
async fn i4_any_name_of_a_tenant_arrives_as_text_and_as_nothing_else(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values(&[] as &[&str], &["--seven-bit"])] flags: &[&str],
    #[case] name: &str,
) {
    let server = MailServer::start_with(flags);
    let app = sending(db, &server).await;
    let acme = app.tenant("acme", 9).await;
    rename(&app, &acme, name).await;
    invite(&app, &acme, "ann@acme.test").await;
    app.deliver().await;

    let mail = server.mail();
    assert_eq!(mail.subject, format!("You are invited to {name}"));
    assert!(mail.text.contains(&format!("{name} has invited you.")), "{}", mail.text);
    assert!(!mail.html.contains("<b>") && !mail.html.contains("<evil"), "{}", mail.html);
    assert!(mail.raw.contains("X-Envelope-To: ann@acme.test\r\n"), "{}", mail.raw);
    assert_eq!(mail.to, "ann@acme.test");
    app.accept(&mail.token(), "Ann", PASSWORD).await.ok();
}

/// Gives a tenant another name, which no operation does yet.
#[expect(clippy::disallowed_methods, reason = "tenants stand above the tenant scope")]
async fn rename(app: &TestApp, tenant: &Tenant, name: &str) {
    let row = entity::tenant::Entity::update_many()
        .col_expr(entity::tenant::Column::Name, Expr::value(name))
        .filter(entity::tenant::Column::Id.eq(tenant.uuid));
    let txn = app.env.db.begin().await.unwrap();
    assert_eq!(row.exec(&txn).await.unwrap().rows_affected, 1);
    txn.commit().await.unwrap();
}

#[rstest]
#[case("Acme\r\nBcc: everybody@evil.test")]
#[case("Acme\nBcc: everybody@evil.test")]
#[tokio::test]
async fn i4_no_header_can_be_smuggled_into_a_mail(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[case] name: &str,
) {
    let server = MailServer::start();
    let app = sending(db, &server).await;
    let acme = app.tenant("acme", 9).await;
    let answer = app.invite(&acme.admin, json!({ "email": format!("ann@acme.test{name}") })).await;
    assert_refused(&answer, "INVALID_TEXT at email");
    // Not even by a row that no operation would have written.
    rename(&app, &acme, name).await;
    invite(&app, &acme, "ann@acme.test").await;
    app.deliver().await;
    let mail = server.mail();
    let head = mail.raw.split("\r\n\r\n").next().unwrap();
    assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
}

#[rstest]
#[tokio::test]
async fn i4_who_was_too_slow_does_not_tell_what_became_of_a_mail_that_another_took_over(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let (slow, good) = (MailServer::start(), MailServer::start());
    let app = sending(db, &slow).await;
    let acme = app.tenant("acme", 9).await;
    let other = app.replica_with(&["--mail", &good.url()]).await;
    slow.fail(json!({ "rcpt": "hang" }));
    let id = invite(&app, &acme, "ann@acme.test").await;
    let takes_over = async {
        slow.hangs().await;
        // Its lease and its claim of the address run out.
        app.advance(TimeDelta::minutes(2));
        other.deliver().await;
        assert_eq!(delivery(&app, &acme, &id).await, "SENT -");
        slow.fail(json!({ "rcpt": "550 5.1.1 No such user" }));
    };
    tokio::join!(app.deliver(), takes_over);
    assert_eq!((good.mails().len(), slow.mails().len()), (1, 0));
    assert_eq!(delivery(&app, &acme, &id).await, "SENT -");
    // And the address is left alone for as long as the one that arrived asks for.
    app.delete(&acme.admin, &id).await.ok();
    invite(&app, &acme, "ann@acme.test").await;
    other.deliver().await;
    assert_eq!(good.mails(), []);
}
