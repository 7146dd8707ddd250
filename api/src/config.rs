//! Settings: every one is a flag and an environment variable, and `--help` documents them.

mod urls;
mod wrong;

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use base64::{Engine, alphabet, engine};
use chrono::TimeDelta;
use clap::Args;
use ipnet::IpNet;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use urls::{collector, database_url, origin, public_url};
pub use wrong::{WrongSetting, setting};

/// The settings that every command shares.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// SQLite (`sqlite://FILE?mode=rwc`) or `postgres://USER:PASSWORD@HOST/DATABASE`
    #[arg(long, env = "ROLECALL_DATABASE_URL", default_value = "sqlite://rolecall.db?mode=rwc", value_parser = database_url, hide_env_values = true)]
    pub database_url: String,
    /// Address to listen on; port 0 picks a free one
    #[arg(long, env = "ROLECALL_LISTEN", default_value = "127.0.0.1:8000", value_parser = listen)]
    pub listen: SocketAddr,
    /// Key for links, at least 32 bytes of base64; `serve` on SQLite makes one beside the database when it is missing
    #[arg(long, env = "ROLECALL_SECRET", value_parser = secret, hide_env_values = true)]
    pub secret: Option<Secret>,
    /// Keys that links were made with before; those links still work. Comma-separated
    #[arg(long, env = "ROLECALL_OLD_SECRETS", value_delimiter = ',', value_parser = secret, hide_env_values = true)]
    pub old_secrets: Vec<Secret>,
    /// Base of the links in mail [default: the address it really listens on]
    #[arg(long, env = "ROLECALL_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// Where mail goes: `file:DIR` (one .eml a mail), `smtp://USER:PASS@HOST:PORT` (STARTTLS), `smtps://…`, or
    /// `smtp://HOST:PORT?tls=none` for a local relay
    #[arg(long, env = "ROLECALL_MAIL", default_value = "file:mail", value_parser = mail, hide_env_values = true)]
    pub mail: MailSetting,
    /// Whom mail comes from
    #[arg(long, env = "ROLECALL_MAIL_FROM", default_value = "Rolecall <no-reply@localhost>", value_parser = mailbox)]
    pub mail_from: lettre::message::Mailbox,
    /// How long an invitation works
    #[arg(long, env = "ROLECALL_INVITE_TTL", default_value = "7d", value_parser = some_time)]
    pub invite_ttl: TimeDelta,
    /// How long an address is left alone after a mail
    #[arg(long, env = "ROLECALL_RESEND_COOLDOWN", default_value = "60s", value_parser = duration)]
    pub resend_cooldown: TimeDelta,
    /// How long a session lasts unless it is used
    #[arg(long, env = "ROLECALL_SESSION_IDLE", default_value = "12h", value_parser = some_time)]
    pub session_idle: TimeDelta,
    /// How long a session lasts at most
    #[arg(long, env = "ROLECALL_SESSION_MAX", default_value = "30d", value_parser = some_time)]
    pub session_max: TimeDelta,
    /// How long a request may take
    #[arg(long, env = "ROLECALL_REQUEST_TIMEOUT", default_value = "30s", value_parser = patience)]
    pub request_timeout: Duration,
    /// How many requests are worked on at once; those beyond are told to come back
    #[arg(long, env = "ROLECALL_MAX_CONCURRENCY", default_value = "256", value_parser = concurrency)]
    pub max_concurrency: usize,
    /// File with the only documents to run: a JSON object of names, such as hashes, and documents
    #[arg(long, env = "ROLECALL_PERSISTED_QUERIES", value_parser = Documents::read)]
    pub persisted_queries: Option<Documents>,
    /// Key of the operator API, at least 32 characters; without it there is none
    #[arg(long, env = "ROLECALL_OPERATOR_KEY", value_parser = operator_key, hide_env_values = true)]
    pub operator_key: Option<String>,
    /// What is logged: a level, or a tracing filter
    #[arg(long, env = "ROLECALL_LOG", default_value = "info", value_parser = log_filter)]
    pub log: String,
    /// How it is logged
    #[arg(long, env = "ROLECALL_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// No playground for browsers that open `/graphql`
    #[arg(long, env = "ROLECALL_NO_PLAYGROUND", value_parser = switch)]
    pub no_playground: bool,
    /// Tells nothing of the schema: no introspection, no `/schema.graphql`
    #[arg(long, env = "ROLECALL_NO_INTROSPECTION", value_parser = switch)]
    pub no_introspection: bool,
    /// Where traces go: the collector's address for OTLP over HTTP, such as http://127.0.0.1:4318; without it there are none
    #[arg(long, env = "ROLECALL_OTLP_ENDPOINT", value_parser = collector)]
    pub otlp_endpoint: Option<String>,
    /// Origins whose browsers may call, comma-separated
    #[arg(long, env = "ROLECALL_ALLOWED_ORIGINS", value_delimiter = ',', value_parser = origin)]
    pub allowed_origins: Vec<String>,
    /// Whose `X-Forwarded-For` counts: addresses or CIDR ranges, comma-separated
    #[arg(long, env = "ROLECALL_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
}

/// Documents by their names.
#[derive(Clone, Debug)]
pub struct Documents(Arc<HashMap<String, String>>);

impl Documents {
    fn read(path: &str) -> Parsed<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("it cannot be read: {error}"))?;
        let documents = serde_json::from_str(&text);
        let documents: HashMap<String, String> =
            documents.map_err(|error| format!("it should be a JSON object of documents: {error}"))?;
        // graphql-codegen writes the algorithm before the hash; requests never do.
        let plain = |name: String| name.strip_prefix("sha256:").map(str::to_owned).unwrap_or(name);
        Ok(Self(Arc::new(documents.into_iter().map(|(name, document)| (plain(name), document)).collect())))
    }

    /// The document of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether a document is one of them.
    pub fn contains(&self, document: &str) -> bool {
        self.0.values().any(|listed| listed == document)
    }
}

/// A key that no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailSetting {
    /// One `.eml` file a mail in this folder.
    File(PathBuf),
    /// This server, as lettre writes its address.
    Smtp(SmtpUrl),
}

/// The address of a mail server, with a password that no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl(pub String);

impl std::fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmtpUrl(…)")
    }
}

/// How logs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Config {
    /// Whether the database is the embedded one.
    pub fn is_sqlite(&self) -> bool {
        self.database_url.starts_with("sqlite:")
    }
}

/// What a request may be given at least and at most.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(600);

type Parsed<T> = Result<T, String>;

fn listen(text: &str) -> Parsed<SocketAddr> {
    text.parse().map_err(|_| "it should be an address and a port such as 127.0.0.1:8000".into())
}

/// Parses a key for links: at least 32 bytes of base64, of either alphabet.
pub fn secret(text: &str) -> Parsed<Secret> {
    let config =
        engine::GeneralPurposeConfig::new().with_decode_padding_mode(engine::DecodePaddingMode::Indifferent);
    let decoded = [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| engine::GeneralPurpose::new(alphabet, config).decode(text.trim()).ok());
    match decoded {
        Some(key) if key.len() >= 32 => Ok(Secret(key)),
        _ => Err("it should be at least 32 random bytes in base64, as `openssl rand -base64 32` prints them"
            .into()),
    }
}

fn mail(text: &str) -> Parsed<MailSetting> {
    match text.split_once(':') {
        Some(("file", dir)) if !dir.is_empty() => Ok(MailSetting::File(dir.into())),
        Some(("smtp" | "smtps", _)) => smtp(text),
        _ => Err(MAIL.into()),
    }
}

const MAIL: &str =
    "it should be file:DIR, smtp://USER:PASS@HOST:PORT, smtps://… or smtp://HOST:PORT?tls=none";

/// `smtp://` means STARTTLS unless it says `tls=none`; lettre calls it `tls=required`, and no TLS nothing at all.
fn smtp(text: &str) -> Parsed<MailSetting> {
    let (address, options) = text.split_once('?').unwrap_or((text, ""));
    let url = match (address.starts_with("smtps://"), options) {
        (true, "") | (false, "tls=none") => address.to_owned(),
        (false, "" | "tls=required") => format!("{address}?tls=required"),
        _ => return Err(MAIL.into()),
    };
    match AsyncSmtpTransport::<Tokio1Executor>::from_url(&url) {
        Ok(_) => Ok(MailSetting::Smtp(SmtpUrl(url))),
        Err(_) => Err(MAIL.into()),
    }
}

fn mailbox(text: &str) -> Parsed<lettre::message::Mailbox> {
    text.parse().map_err(|_| "it should be an address such as Rolecall <no-reply@example.com>".into())
}

fn duration(text: &str) -> Parsed<TimeDelta> {
    let parsed = humantime::parse_duration(text).ok().and_then(|d| TimeDelta::from_std(d).ok());
    let bounded = parsed.filter(|d| (TimeDelta::zero()..=TimeDelta::days(3650)).contains(d));
    bounded.ok_or_else(|| "it should be a duration such as 60s, 12h or 7d".into())
}

fn patience(text: &str) -> Parsed<Duration> {
    let bounded = humantime::parse_duration(text).ok().filter(|d| (SHORTEST..=LONGEST).contains(d));
    bounded.ok_or_else(|| "it should be a duration from 100ms to 10m, such as 30s".into())
}

fn concurrency(text: &str) -> Parsed<usize> {
    let bounded = text.parse().ok().filter(|number| (1..=100_000).contains(number));
    bounded.ok_or_else(|| "it should be a number from 1 to 100000".into())
}

/// A duration where none at all would end a thing as it begins.
fn some_time(text: &str) -> Parsed<TimeDelta> {
    let some = duration(text).ok().filter(|time| *time >= TimeDelta::milliseconds(1));
    some.ok_or_else(|| "it should be a duration longer than 0, such as 60s, 12h or 7d".into())
}

fn operator_key(text: &str) -> Parsed<String> {
    if text.chars().count() >= 32 {
        Ok(text.to_owned())
    } else {
        Err("it should have at least 32 characters".into())
    }
}

/// A word alone is a level. As a filter it could also be a target, and a misspelt level would pass for one: a target
/// has its level behind it.
fn log_filter(text: &str) -> Parsed<String> {
    let directives: Vec<_> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let told = |part: &&str| part.contains(['=', '[', ']', '{', '}']) || part.parse::<LevelFilter>().is_ok();
    if !directives.is_empty() && directives.iter().all(told) && EnvFilter::from_str(text).is_ok() {
        Ok(text.to_owned())
    } else {
        Err("it should be off, error, warn, info, debug or trace, or such a level for parts of the program as in \
             info,rolecall=debug"
            .into())
    }
}

fn switch(text: &str) -> Parsed<bool> {
    match text {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        _ => Err("it should be true or false".into()),
    }
}

fn network(text: &str) -> Parsed<IpNet> {
    let text = text.trim();
    let parsed = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    parsed.ok_or_else(|| "it should be addresses or ranges such as 10.0.0.0/8".into())
}
