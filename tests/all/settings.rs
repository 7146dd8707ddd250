//! A wrong setting ends the program at once with exit code 2 and one sentence that names the setting and what it should
//! be, and repeats none of it: it may be a password.

use std::{
    net::TcpListener,
    process::{Command, Output},
};

use crate::{
    prelude::*,
    program::{program, run},
};

const SECRET: &str = "dGhlIHRlc3RzIGFsbCB1c2UgdGhpcyBvbmUgc2VjcmV0ISE=";

/// The one sentence on stderr of a program that ended with 2 and said nothing else.
#[track_caller]
fn sentence(output: &Output) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{stderr}");
    let (sentence, rest) = stderr.split_once('\n').unwrap_or_else(|| panic!("no line: {stderr}"));
    assert!(
        rest.is_empty() && sentence.starts_with("error: ") && sentence.ends_with('.'),
        "one sentence: {stderr}"
    );
    assert!(!sentence.contains("hunter2"), "a value is repeated: {sentence}");
    sentence.to_owned()
}

/// `rolecall serve` on a database in `folder`.
fn serve(folder: &tempfile::TempDir) -> Command {
    let mut command = program();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("rolecall.db").display());
    command.args(["serve", "--listen", "127.0.0.1:0"]).env("ROLECALL_DATABASE_URL", url);
    command.env("ROLECALL_MAIL", format!("file:{}", folder.path().join("mail").display()));
    command
}

#[rstest]
#[case("LISTEN", "8000", "127.0.0.1:8000")]
#[case("LISTEN", "", "127.0.0.1:8000")]
#[case("DATABASE_URL", "rolecall.db", "sqlite://")]
#[case("DATABASE_URL", "sqlite://x?mode=rwcc", "sqlite://")]
#[case("DATABASE_URL", "mysql://u:hunter2@db/x", "postgres://")]
#[case("DATABASE_URL", "postgres://u:hunter2@db:port/x", "postgres://")]
#[case("DATABASE_URL", "postgres://u@db/x?pasword=hunter2", "postgres://")]
#[case("SECRET", "hunter2", "32 random bytes")]
#[case("PUBLIC_URL", "app.example.com", "https://app.example.com")]
#[case("PUBLIC_URL", "https://u:hunter2@app.example.com", "https://app.example.com")]
#[case("PUBLIC_URL", "https://app.example.com/?a=hunter2", "https://app.example.com")]
#[case("PUBLIC_URL", "https://", "https://app.example.com")]
#[case("MAIL", "sendmail", "file:DIR")]
#[case("MAIL", "smtp://u:hunter2@mail:port", "smtp://USER:PASS@HOST:PORT")]
#[case("MAIL_FROM", "nobody", "no-reply@example.com")]
#[case("INVITE_TTL", "0s", "longer than 0")]
#[case("INVITE_TTL", "7", "7d")]
#[case("SESSION_IDLE", "0s", "longer than 0")]
#[case("SESSION_MAX", "0ms", "longer than 0")]
#[case("RESEND_COOLDOWN", "soon", "60s")]
#[case("OPERATOR_KEY", "hunter2", "32 characters")]
#[case("LOG", "inof", "info")]
#[case("LOG", "", "info")]
#[case("LOG", "info,rolecall", "info,rolecall=debug")]
#[case("LOG", "rolecall=inof", "info,rolecall=debug")]
#[case("LOG_FORMAT", "xml", "text or json")]
#[case("OTLP_ENDPOINT", "https://u:hunter2@collector", "http://127.0.0.1:4318")]
#[case("ALLOWED_ORIGINS", "https://a.example,b.example", "https://app.example.com")]
#[case("ALLOWED_ORIGINS", "https://a.example/settings", "no path")]
#[case("ALLOWED_ORIGINS", "*", "https://app.example.com")]
#[case("TRUSTED_PROXIES", "10.0.0.0/99", "10.0.0.0/8")]
fn a_wrong_setting_is_named_by_variable_and_flag_with_what_it_should_be(
    #[case] name: &str,
    #[case] value: &str,
    #[case] should_be: &str,
) {
    let (variable, flag) =
        (format!("ROLECALL_{name}"), format!("--{}", name.to_lowercase().replace('_', "-")));
    let by_variable = sentence(&program().arg("serve").env(&variable, value).output().unwrap());
    let by_flag = sentence(&program().args(["serve", &format!("{flag}={value}")]).output().unwrap());

    assert_eq!(by_variable, by_flag);
    assert!(by_flag.starts_with(&format!("error: {variable} ({flag}) ")), "{by_flag}");
    assert!(by_flag.contains(should_be), "{by_flag}");
}

#[rstest]
#[case("serve --listen", "ROLECALL_LISTEN (--listen)")]
#[case("serve --lisen 127.0.0.1:0", "ROLECALL_LISTEN (--listen)")]
#[case("serve --hunger hunter2", "--hunger")]
#[case("serve postgres://u:hunter2@db/x", "flags")]
#[case("serve --no-migrate=hunter2", "--no-migrate")]
#[case("serve --listen 127.0.0.1:0 --listen 127.0.0.1:0", "ROLECALL_LISTEN (--listen)")]
#[case("hunter2", "rolecall --help")]
#[case("tenant create --slug acme", "--name and --seats and --admin-email")]
#[case("tenant create --slug acme --name Acme --seats many --admin-email a@b.example", "--seats is wrong")]
#[case("demo --users 3", "--users is wrong: it should be a number from 17 to 100000")]
fn a_wrong_command_line_is_one_sentence_too(#[case] line: &str, #[case] expected: &str) {
    let sentence = sentence(&run(line));
    assert!(sentence.contains(expected), "{sentence}");
    assert!(!sentence.contains("ROLECALL_SEATS"), "what has no variable is blamed on none: {sentence}");
}

#[test]
fn a_port_that_is_taken_is_a_wrong_setting() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = program().args(["serve", "--listen", &address]).current_dir(&folder).output().unwrap();
    let sentence = sentence(&output);
    assert!(sentence.starts_with("error: ROLECALL_LISTEN (--listen) should be"), "{sentence}");
    assert!(sentence.contains("in use"), "the cause: {sentence}");
}

#[test]
fn a_mail_folder_that_cannot_be_written_is_a_wrong_setting() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mail"), "in the way").unwrap();
    let sentence = sentence(&serve(&folder).output().unwrap());
    assert!(sentence.starts_with("error: ROLECALL_MAIL (--mail) should be"), "{sentence}");
}

#[test]
fn a_postgres_without_a_secret_is_a_wrong_setting() {
    let sentence = sentence(&run("serve --database-url postgres://u:hunter2@127.0.0.1:1/x"));
    assert!(sentence.starts_with("error: ROLECALL_SECRET (--secret) is missing"), "{sentence}");
}

#[test]
fn a_database_that_cannot_be_reached_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let file = format!("sqlite://{}/none/rolecall.db", folder.path().display());
    for (url, why) in [
        (format!("postgres://u:hunter2@127.0.0.1:{port}/x"), "refused"),
        ("postgres://u:hunter2@nowhere.invalid/x".to_owned(), "lookup"),
        (file, "unable to open"),
    ] {
        for command in ["serve --listen 127.0.0.1:0", "migrate", "doctor", "tenant list"] {
            let output = program()
                .args(command.split(' '))
                .args(["--secret", SECRET, "--database-url", &url])
                .current_dir(&folder)
                .output()
                .unwrap();
            let sentence = sentence(&output);
            assert!(
                sentence.starts_with("error: ROLECALL_DATABASE_URL (--database-url) should be"),
                "{sentence}"
            );
            assert!(sentence.contains(why), "{sentence}");
        }
    }
}

#[tokio::test]
async fn a_database_that_lets_nobody_in_says_why() {
    let app = TestApp::start(Db::Postgres).await;
    let (_, server) = app.database_url().split_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let output = program()
        .args(["migrate", "--database-url", &format!("postgres://nobody:hunter2@{server}")])
        .output()
        .unwrap();
    let sentence = sentence(&output);
    assert!(sentence.contains("nobody"), "PostgreSQL's own words: {sentence}");
}
