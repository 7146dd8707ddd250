//! The shapes of the answers: what Rolecall answers to the same question.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sqlx::{Row, postgres::PgRow};
use type_safe_id::{StaticType, TypeSafeId};
use uuid::Uuid;

/// Why there is no answer.
pub enum Failure {
    /// The token is nobody's.
    Unauthorized,
    /// The request cannot be done: a template that is not there, an address that is taken, no seat.
    Refused,
    /// The database.
    Broken(sqlx::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let taken = error.as_database_error().is_some_and(|e| e.is_unique_violation());
        if taken { Self::Refused } else { Self::Broken(error) }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED.into_response(),
            Self::Refused => StatusCode::CONFLICT.into_response(),
            Self::Broken(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
}

/// What a handler answers.
pub type Answer = Result<Response, Failure>;

/// `data` as GraphQL would have it.
pub fn data(data: impl Serialize) -> Answer {
    #[derive(Serialize)]
    struct Data<T> {
        data: T,
    }
    match serde_json::to_vec(&Data { data }) {
        Ok(body) => Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response()),
        Err(_) => Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    }
}

#[derive(Default)]
struct OfUser;

impl StaticType for OfUser {
    const TYPE: &'static str = "user";
}

#[derive(Default)]
struct OfTemplate;

impl StaticType for OfTemplate {
    const TYPE: &'static str = "template";
}

/// The public id of a user.
pub fn user_id(id: Uuid) -> String {
    TypeSafeId::from_type_and_uuid(OfUser, id).to_string()
}

/// The user that a public id names.
pub fn parse_user_id(id: &str) -> Option<Uuid> {
    id.parse::<TypeSafeId<OfUser>>().ok().map(|id| id.uuid())
}

/// The template that a public id names.
pub fn parse_template_id(id: &str) -> Option<Uuid> {
    id.parse::<TypeSafeId<OfTemplate>>().ok().map(|id| id.uuid())
}

/// A user, as every statement selects it from its second column on: id, email, role, status, CRM access, last login, key
/// of the email, id and name of the template.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User<'a> {
    id: String,
    email: &'a str,
    role: &'static str,
    status: &'static str,
    crm_access: bool,
    last_login: Option<String>,
    role_template: Option<Template<'a>>,
}

#[derive(Serialize)]
struct Template<'a> {
    id: String,
    name: &'a str,
}

/// A user with its cursor.
#[derive(Serialize)]
pub struct Edge<'a> {
    /// Behind it.
    pub cursor: String,
    node: User<'a>,
}

/// Nobody where the row has none.
pub fn user(row: &PgRow) -> Result<Option<User<'_>>, sqlx::Error> {
    let Some(id) = row.try_get::<Option<Uuid>, _>(1)? else { return Ok(None) };
    let last_login: DateTime<Utc> = row.try_get(6)?;
    let role_template = match row.try_get::<Option<Uuid>, _>(8)? {
        None => None,
        Some(id) => Some(Template {
            id: TypeSafeId::from_type_and_uuid(OfTemplate, id).to_string(),
            name: row.try_get(9)?,
        }),
    };
    Ok(Some(User {
        id: user_id(id),
        email: row.try_get(2)?,
        role: if row.try_get::<i16, _>(3)? == 0 { "ADMIN" } else { "USER" },
        status: match row.try_get::<i16, _>(4)? {
            0 => "INVITED",
            1 => "ACTIVE",
            _ => "SUSPENDED",
        },
        crm_access: row.try_get(5)?,
        last_login: (last_login > DateTime::UNIX_EPOCH)
            .then(|| last_login.to_rfc3339_opts(SecondsFormat::Micros, true)),
        role_template,
    }))
}

/// A user of a list in the order by email.
pub fn edge(row: &PgRow) -> Result<Option<Edge<'_>>, sqlx::Error> {
    let Some(node) = user(row)? else { return Ok(None) };
    let (id, key): (Uuid, &str) = (row.try_get(1)?, row.try_get(7)?);
    let cursor = BASE64_URL_SAFE_NO_PAD.encode(format!("e{}{key}", id.simple()));
    Ok(Some(Edge { cursor, node }))
}

/// The place that a cursor of the order by email stands for: key and id.
pub fn parse_cursor(cursor: &str) -> Option<(String, Uuid)> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let rest = text.strip_prefix('e')?;
    Some((rest.get(32..)?.to_owned(), Uuid::try_parse(rest.get(..32)?).ok()?))
}
