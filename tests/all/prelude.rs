pub use chrono::{DateTime, TimeDelta, Utc};
pub use entity::{InTenant, Permission, Role, Status};
pub use rolecall::clock::Clock;
pub use rstest::rstest;
pub use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
pub use serde_json::json;
pub use tests::{Actor, Answer, Db, Json, NewPerson, NewTemplate, PASSWORD, Template, Tenant, TestApp, Who};

/// What was refused, and nothing else: `CODE at path`.
#[track_caller]
pub fn assert_refused(answer: &Answer, expected: &str) {
    assert_eq!(answer.refusals(), [expected], "{:#}", answer.json);
}

/// The strings of a list.
#[track_caller]
pub fn strings(list: &Json) -> Vec<&str> {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter().map(|s| s.as_str().unwrap()).collect()
}

/// The instant of a field.
#[track_caller]
pub fn instant(value: &Json) -> DateTime<Utc> {
    let text = value.as_str().unwrap_or_else(|| panic!("no instant: {value}"));
    assert!(text.ends_with('Z') || text.ends_with("+00:00"), "UTC: {text}");
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}
