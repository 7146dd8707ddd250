use axum::http::{HeaderMap, HeaderValue, header};
use chrono::{DateTime, Utc};

use crate::graphql::CookieChange;

/// Reads and writes the session cookie.
pub struct Cookies {
    secure: bool,
}

impl Cookies {
    /// For a server that people reach under `base_url`: on https the cookie is bound to it.
    pub fn for_base(base_url: &str) -> Self {
        Self { secure: base_url.starts_with("https://") }
    }

    fn name(&self) -> &'static str {
        if self.secure { "__Host-rolecall_session" } else { "rolecall_session" }
    }

    /// The session's token, where the request carries a cookie.
    pub fn token<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|value| value.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, _)| *name == self.name())
            .map(|(_, token)| token)
    }

    /// The header that makes the change.
    pub fn header(&self, change: &CookieChange, now: DateTime<Utc>) -> Option<HeaderValue> {
        let (token, seconds) = match change {
            CookieChange::Set { token, expires_at } => {
                (token.as_str(), (*expires_at - now).num_seconds().max(0))
            }
            CookieChange::Clear => ("", 0),
        };
        let secure = if self.secure { "; Secure" } else { "" };
        let name = self.name();
        let cookie = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        HeaderValue::from_str(&cookie).ok()
    }
}
