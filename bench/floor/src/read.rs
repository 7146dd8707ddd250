//! What is read: a page, seats, a user. One statement each.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use crate::{
    answer::{Answer, Edge, Failure, data, edge, parse_cursor, parse_user_id, user as read_user},
    caller::{Token, callers, is_signed_in, may_view, slide},
};

macro_rules! user_columns {
    () => {
        "s.last_seen_at, u.id, u.email, u.role, u.status, u.crm_access, u.last_login_at, u.email_key, t.id, t.name"
    };
}

/// The page is read first and the templates are joined to it. One row comes back even where the page is empty.
macro_rules! page {
    ($more_columns:literal, $more_tables:literal) => {
        concat!(
            "SELECT ",
            user_columns!(),
            $more_columns,
            " FROM ",
            callers!(),
            $more_tables,
            " LEFT JOIN LATERAL (
                SELECT * FROM users x WHERE x.tenant_id = $1 AND (x.email_key, x.id) > ($4, $5)
                ORDER BY x.email_key, x.id LIMIT $6) u ON true
              LEFT JOIN role_templates t ON t.tenant_id = $1 AND t.id = u.role_template_id
              WHERE ",
            is_signed_in!(),
            " AND ",
            may_view!(),
            " ORDER BY u.email_key, u.id"
        )
    };
}

const PAGE: &str = page!("", "");
const PAGE_WITH_COUNT: &str =
    page!(", k.invited + k.active + k.suspended", " JOIN seats k ON k.tenant_id = s.tenant_id");
const SEATS: &str = concat!(
    "SELECT s.last_seen_at, k.invited + k.active + k.suspended, k.seat_limit FROM ",
    callers!(),
    " JOIN seats k ON k.tenant_id = s.tenant_id WHERE ",
    is_signed_in!(),
    " AND ",
    may_view!(),
);
const USER: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM ",
    callers!(),
    " LEFT JOIN users u ON u.tenant_id = $1 AND u.id = $4
      LEFT JOIN role_templates t ON t.tenant_id = $1 AND t.id = u.role_template_id
      WHERE ",
    is_signed_in!(),
    " AND (me.id = $4 OR ",
    may_view!(),
    ")",
);

/// Which page.
#[derive(Deserialize)]
pub struct AskPage {
    first: i64,
    after: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<i32>,
    edges: Vec<Edge<'a>>,
    page_info: PageInfo,
}

#[derive(Serialize)]
struct Users<'a> {
    users: Page<'a>,
}

/// A page of users by email.
pub async fn page(State(pool): State<PgPool>, token: Token, Json(ask): Json<AskPage>) -> Answer {
    let rows = rows(&pool, &token, &ask, PAGE).await?;
    let page = of_rows(&rows, &ask, None)?;
    data(Users { users: page })
}

/// The same with how many there are in all.
pub async fn page_with_count(State(pool): State<PgPool>, token: Token, Json(ask): Json<AskPage>) -> Answer {
    let rows = rows(&pool, &token, &ask, PAGE_WITH_COUNT).await?;
    let total_count = rows.first().map(|row| row.try_get(10)).transpose()?;
    let page = of_rows(&rows, &ask, total_count)?;
    data(Users { users: page })
}

async fn rows(
    pool: &PgPool,
    token: &Token,
    ask: &AskPage,
    statement: &'static str,
) -> Result<Vec<PgRow>, Failure> {
    let behind = match &ask.after {
        None => (String::new(), Uuid::nil()),
        Some(cursor) => parse_cursor(cursor).ok_or(Failure::Refused)?,
    };
    let statement = sqlx::query(statement).bind(token.tenant).bind(&token.hash).bind(token.now);
    let rows = statement.bind(behind.0).bind(behind.1).bind(ask.first + 1).fetch_all(pool).await?;
    let Some(first) = rows.first() else { return Err(Failure::Unauthorized) };
    slide(pool, token, first.try_get(0)?).await?;
    Ok(rows)
}

fn of_rows<'a>(rows: &'a [PgRow], ask: &AskPage, total_count: Option<i32>) -> Result<Page<'a>, sqlx::Error> {
    let size = usize::try_from(ask.first).unwrap_or_default();
    let edges: Result<Vec<_>, _> = rows.iter().take(size).filter_map(|row| edge(row).transpose()).collect();
    let edges = edges?;
    let end_cursor = edges.last().map(|edge| edge.cursor.clone());
    Ok(Page { total_count, edges, page_info: PageInfo { has_next_page: rows.len() > size, end_cursor } })
}

/// How many seats are taken.
pub async fn seats(State(pool): State<PgPool>, token: Token) -> Answer {
    let statement = sqlx::query(SEATS).bind(token.tenant).bind(&token.hash).bind(token.now);
    let row = statement.fetch_optional(&pool).await?.ok_or(Failure::Unauthorized)?;
    slide(&pool, &token, row.try_get(0)?).await?;
    let (used, limit): (i32, i32) = (row.try_get(1)?, row.try_get(2)?);
    let state = match limit - used {
        ..0 => "OVER_LIMIT",
        0 => "FULL",
        1 => "NEAR_LIMIT",
        _ if i64::from(used) * 5 >= i64::from(limit) * 4 => "NEAR_LIMIT",
        _ => "AVAILABLE",
    };
    let available = (limit - used).max(0);
    data(json!({ "seatUsage": { "used": used, "limit": limit, "available": available, "state": state } }))
}

/// Which user.
#[derive(Deserialize)]
pub struct AskUser {
    id: String,
}

/// One user.
pub async fn user(State(pool): State<PgPool>, token: Token, Json(ask): Json<AskUser>) -> Answer {
    let id = parse_user_id(&ask.id);
    let statement = sqlx::query(USER).bind(token.tenant).bind(&token.hash).bind(token.now).bind(id);
    let row = statement.fetch_optional(&pool).await?.ok_or(Failure::Unauthorized)?;
    slide(&pool, &token, row.try_get(0)?).await?;
    #[derive(Serialize)]
    struct One<T> {
        user: T,
    }
    data(One { user: read_user(&row)? })
}
