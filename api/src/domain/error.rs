use chrono::{DateTime, Utc};
use entity::Permission;
use sea_orm::{DbErr, RuntimeErr};

/// What an operation answers.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller can put it right: `errors` of the payload (B1).
    #[error("refused: {0:?}")]
    Refused(Vec<Fault>),
    /// Nobody is signed in, or no longer (A6).
    #[error("nobody is signed in")]
    Unauthenticated,
    /// The principal lacks what the operation needs (A6); the sentence says what.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// An argument of a query is wrong: a cursor, a page size, a text.
    #[error("bad input: {0}")]
    BadInput(String),
    /// Overloaded for the moment (L2).
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// The database cannot be reached or is overloaded.
    #[error("the database is down: {0}")]
    Down(DbErr),
    /// The database refused what it never should have to.
    #[error("database: {0}")]
    Database(DbErr),
    /// A bug.
    #[error("internal: {0}")]
    Internal(String),
}

/// One thing that the caller can put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it is.
    pub code: Code,
    /// A sentence for the person at the screen.
    pub message: String,
    /// The input field at fault, from the input object down; empty when no one field is.
    pub path: Vec<String>,
    /// From when it will work.
    pub retry_at: Option<DateTime<Utc>>,
    /// What would have been handed out without being held (A4).
    pub permissions: Option<Vec<Permission>>,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident => $message:literal,)*) => {
        /// The codes of the contract, in its order, each with its sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[doc = $doc])+ $code,)* }

        impl Code {
            fn message(self) -> &'static str {
                match self { $(Self::$code => $message,)* }
            }
        }
    };
}

codes! {
    /// A value is missing, blank, or null where it cannot be cleared.
    Required => "This field is required.",
    /// A text is longer than allowed.
    TooLong => "This text is too long.",
    /// A text has control characters.
    InvalidText => "This text contains characters that are not allowed.",
    /// Not an email address.
    InvalidEmail => "This is not a valid email address.",
    /// A guesser would find the password at once.
    WeakPassword => "This password is too easy to guess.",
    /// There is none such in the tenant.
    NotFound => "It does not exist (any more).",
    /// The row has changed since it was read.
    VersionConflict => "Somebody has changed it in the meantime. Load it again and repeat the change.",
    /// Not on one's own row or template.
    CannotTargetSelf => "You cannot do this to yourself.",
    /// The last active admin must stay one.
    LastAdmin => "This is the last active admin. Make somebody else an admin first.",
    /// More would be handed out than is held.
    Escalation => "You cannot give or take what you do not hold yourself.",
    /// Somebody in the tenant has the address.
    EmailTaken => "Somebody in this tenant already has this email address.",
    /// No seat is free.
    SeatLimitReached => "No seat is free. Remove unused users, or add seats on Settings → Billing.",
    /// Only an invited user can be resent to.
    NotInvited => "Only somebody who has not signed up yet can be sent an invitation again.",
    /// An invited user becomes active by accepting alone.
    InvitePending => "The status can be set only after the invitation has been accepted.",
    /// The last mail is too fresh.
    ResendTooSoon => "An invitation was sent only a moment ago. Wait a little before sending it again.",
    /// Admins always have CRM access.
    AdminRequiresCrmAccess => "Admins always have CRM access: it cannot be turned off.",
    /// A template of the tenant has the name.
    NameTaken => "There already is a role template of this name.",
    /// The template has users.
    TemplateInUse => "This role template is in use. Say which template its users get instead, or that they get none.",
    /// A template cannot replace itself.
    InvalidReplacement => "A role template is replaced by another one or by none, not by itself and not by both.",
    /// Two hundred are the most.
    TemplateLimitReached => "A tenant can have 200 role templates at most. Delete one that is not used.",
    /// The link is wrong, used or replaced.
    InvalidToken => "This link does not work (any more). Ask for a new one.",
    /// The link is too old.
    TokenExpired => "This link has expired. Ask for a new one.",
    /// Tenant, address and password do not belong together.
    InvalidCredentials => "Tenant, email and password do not match.",
    /// Too many failures.
    TooManyAttempts => "Too many attempts. Wait before the next one.",
}

impl Fault {
    /// A fault of `code` at the input field `path`, with the sentence of the code.
    pub fn at(code: Code, path: &[&str]) -> Self {
        Self {
            code,
            message: code.message().to_owned(),
            path: path.iter().map(|&segment| segment.to_owned()).collect(),
            retry_at: None,
            permissions: None,
        }
    }

    /// The same with a sentence of its own.
    #[must_use]
    pub fn saying(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// The same with the instant from which it will work.
    #[must_use]
    pub fn retry_at(self, at: DateTime<Utc>) -> Self {
        Self { retry_at: Some(at), ..self }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Down(error),
            DbErr::Exec(RuntimeErr::SqlxError(ref inside))
            | DbErr::Query(RuntimeErr::SqlxError(ref inside))
                if is_outage(inside) =>
            {
                Self::Down(error)
            }
            _ => Self::Database(error),
        }
    }
}

/// The connection broke, or PostgreSQL is shutting down, starting, full, past its time limit, or gave up waiting for a
/// lock; SQLite is locked or full.
fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(inside) => inside.code().is_some_and(|code| {
            code.starts_with("57")
                || code.starts_with("08")
                || code.starts_with("53")
                || code.starts_with("40")
                || code.starts_with("55P")
                || code == "5"
                || code == "13"
        }),
        _ => false,
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Refused(vec![fault])
    }
}
