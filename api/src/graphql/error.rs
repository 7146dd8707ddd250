use async_graphql::{Error as GraphqlError, ErrorExtensionValues, ServerError, Value};

use crate::domain;

/// A top-level error. It is not `Display` on purpose: async-graphql shows clients whatever is.
#[derive(Clone, Debug)]
pub struct Error {
    code: &'static str,
    message: String,
}

/// What resolvers answer.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Nobody is signed in (A6).
    pub fn unauthenticated() -> Self {
        Self::new("UNAUTHENTICATED", "Nobody is signed in.")
    }

    /// The principal lacks what the field needs (A6).
    pub fn forbidden(needs: &str) -> Self {
        Self::new("FORBIDDEN", needs)
    }

    /// An argument of a query is wrong.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new("BAD_USER_INPUT", message)
    }

    /// A bug: told to the log, not to the client (B2).
    pub fn internal(inside: &str) -> Self {
        tracing::error!(inside, "internal error");
        Self::new("INTERNAL", "Something went wrong on our side.")
    }

    /// The request has taken as long as it may.
    pub fn late() -> Self {
        Self::unavailable(
            "This took too long. Look first whether a change that was under way has happened before you repeat it.",
        )
    }

    /// The database is gone.
    pub fn down() -> Self {
        Self::unavailable(
            "The service is not available at this moment. Try again in a few seconds, and look first whether a \
             change that was under way has happened.",
        )
    }

    /// As many requests are worked on as may be.
    pub fn busy() -> Self {
        Self::unavailable("Too much is asked of the service at this moment. Try again in a few seconds.")
    }

    fn unavailable(message: &str) -> Self {
        Self::new("UNAVAILABLE", message)
    }

    /// Whether clients get the request's id with it (B2).
    pub fn has_request_id(code: &str) -> bool {
        matches!(code, "INTERNAL" | "UNAVAILABLE")
    }
}

impl From<domain::Error> for Error {
    fn from(error: domain::Error) -> Self {
        match error {
            domain::Error::Unauthenticated => Self::unauthenticated(),
            domain::Error::Forbidden(needs) => Self::forbidden(needs),
            domain::Error::BadInput(message) => Self::bad_input(message),
            domain::Error::Unavailable(message) => Self::unavailable(message),
            domain::Error::Down(_) => {
                tracing::error!(%error, "the database is not available");
                Self::down()
            }
            // A refusal is data: a resolver that lets one through has a bug.
            domain::Error::Refused(_) | domain::Error::Database(_) | domain::Error::Internal(_) => {
                Self::internal(&error.to_string())
            }
        }
    }
}

impl From<Error> for GraphqlError {
    fn from(error: Error) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code);
        Self { message: error.message, source: None, extensions: Some(extensions) }
    }
}

/// The code of an error; none where async-graphql made it.
pub fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// Gives a code to an error that has none.
pub fn with_code(mut error: ServerError, new: &str) -> ServerError {
    if code(&error).is_none() {
        error.extensions.get_or_insert_default().set("code", new);
    }
    error
}
