//! Addresses among the settings. What is wrong with one is told without repeating it: it may hold a password.

use std::str::FromStr;

use sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use url::{Position, Url};

use super::Parsed;

/// What the address of a PostgreSQL may say behind its `?`; sqlx passes over any other with a line in the log that
/// shows it.
const POSTGRES: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

const DATABASE: &str = "it should be sqlite://FILE?mode=rwc or postgres://USER:PASSWORD@HOST:PORT/DATABASE, \
    with special characters percent-encoded and no parameter behind the ? that is not known";

/// Parses the address of a database.
pub fn database_url(text: &str) -> Parsed<String> {
    let valid = match text.split_once(':') {
        Some(("sqlite", _)) => {
            SqliteConnectOptions::from_str(text).is_ok_and(|file| !file.get_filename().as_os_str().is_empty())
        }
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
            PgConnectOptions::from_str(text).is_ok() && Url::parse(text).is_ok_and(|url| is_postgres(&url))
        }
        _ => false,
    };
    if valid { Ok(text.to_owned()) } else { Err(DATABASE.into()) }
}

fn is_postgres(url: &Url) -> bool {
    let known = |key: &str| POSTGRES.contains(&key) || (key.starts_with("options[") && key.ends_with(']'));
    url.fragment().is_none() && url.query_pairs().all(|(key, _)| known(&key))
}

/// Parses the base of the links in mail; without a slash at its end.
pub fn public_url(text: &str) -> Parsed<String> {
    match web(text) {
        Some(url) => Ok(url.as_str().trim_end_matches('/').to_owned()),
        None => Err("it should be an address such as https://app.example.com, with no user, ? or #".into()),
    }
}

/// Parses an origin, as browsers write it.
pub fn origin(text: &str) -> Parsed<String> {
    match web(text.trim()).filter(|url| url.path() == "/") {
        Some(url) => Ok(url[..Position::BeforePath].to_owned()),
        None => Err("it should be origins such as https://app.example.com, with no path".into()),
    }
}

/// Parses the base address of a collector of traces, which is near by and so without TLS; without a slash at its end.
pub fn collector(text: &str) -> Parsed<String> {
    match web(text).filter(|url| url.scheme() == "http") {
        Some(url) => Ok(url.as_str().trim_end_matches('/').to_owned()),
        None => Err("it should be the address of a collector such as http://127.0.0.1:4318".into()),
    }
}

/// An address of the web with a host, and perhaps a port and a path, and nothing else.
fn web(text: &str) -> Option<Url> {
    // What the parser would mend.
    let mended = !(text.starts_with("http://") || text.starts_with("https://"))
        || text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\');
    let url = Url::parse(text).ok().filter(|_| !mended)?;
    let plain = url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_as_browsers_write_it() {
        for (text, expected) in [
            ("https://App.Example.com", "https://app.example.com"),
            ("https://app.example.com:443/", "https://app.example.com"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(origin(text).as_deref(), Ok(expected));
        }
        for text in
            ["null", "*", "app.example.com", "https:app.example.com", "https://a/b", "ftp://a", "https://u@a"]
        {
            assert!(origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_public_url_may_have_a_path_and_no_more() {
        for (text, expected) in [
            ("https://app.example.com/", "https://app.example.com"),
            ("https://example.com/settings/", "https://example.com/settings"),
            ("http://[::1]:8000", "http://[::1]:8000"),
        ] {
            assert_eq!(public_url(text).as_deref(), Ok(expected));
        }
        for text in
            ["", "https://", "https://a b", "https://a/?x", "https://a/#x", "https://u:p@a", "https:\\\\a"]
        {
            assert!(public_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_database_is_named_as_sqlx_reads_it() {
        for text in [
            "sqlite://rolecall.db?mode=rwc",
            "sqlite::memory:",
            "postgres://a:b%23c@db:5432/x?sslmode=require",
        ] {
            assert_eq!(database_url(text).as_deref(), Ok(text));
        }
        for text in [
            "",
            "rolecall.db",
            "sqlite:",
            "sqlite://x?mode=rwcc",
            "postgres:",
            "postgres://a:b#c@db/x",
            "mysql://db/x",
            "postgres://db:port/x",
            "postgres://db/x?sslmode=sometimes",
            "postgres://db/x?pasword=y",
        ] {
            assert!(database_url(text).is_err(), "{text}");
        }
    }
}
