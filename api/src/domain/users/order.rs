use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::DateTime;
use entity::user;
use sea_orm::{
    ActiveEnum, ColumnTrait, Value,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::domain::{Error, Result};

/// What a list of users is ordered by; every order ends in the id (U9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserOrder {
    /// By what.
    pub field: OrderField,
    /// The exact reverse.
    pub descending: bool,
}

/// The fields that users can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderField {
    /// The address as it is compared.
    Email,
    /// The name as it is compared; none comes first.
    Name,
    /// When they were invited.
    CreatedAt,
    /// The last sign-in; none comes first.
    LastLogin,
    /// Invited, active, suspended.
    Status,
    /// Admin, user.
    Role,
}

/// A place in an order: the values of the row that it stands behind.
pub struct Cursor {
    key: Value,
    id: Uuid,
}

impl OrderField {
    const ALL: [Self; 6] =
        [Self::Email, Self::Name, Self::CreatedAt, Self::LastLogin, Self::Status, Self::Role];

    /// Its column.
    pub fn column(self) -> user::Column {
        match self {
            Self::Email => user::Column::EmailKey,
            Self::Name => user::Column::NameKey,
            Self::CreatedAt => user::Column::CreatedAt,
            Self::LastLogin => user::Column::LastLoginAt,
            Self::Status => user::Column::Status,
            Self::Role => user::Column::Role,
        }
    }

    /// The letter that it has in a cursor.
    fn letter(self) -> char {
        match self {
            Self::Email => 'e',
            Self::Name => 'n',
            Self::CreatedAt => 'c',
            Self::LastLogin => 'l',
            Self::Status => 's',
            Self::Role => 'r',
        }
    }

    fn key_text(self, user: &user::Model) -> String {
        match self {
            Self::Email => user.email_key.clone(),
            Self::Name => user.name_key.clone(),
            Self::CreatedAt => user.created_at.timestamp_micros().to_string(),
            Self::LastLogin => user.last_login_at.timestamp_micros().to_string(),
            Self::Status => user.status.to_value().to_string(),
            Self::Role => user.role.to_value().to_string(),
        }
    }

    fn key(self, text: &str) -> Option<Value> {
        Some(match self {
            Self::Email | Self::Name if text.chars().any(char::is_control) => return None,
            Self::Email | Self::Name => text.to_owned().into(),
            Self::CreatedAt | Self::LastLogin => DateTime::from_timestamp_micros(text.parse().ok()?)?.into(),
            Self::Status | Self::Role => text.parse::<i16>().ok()?.into(),
        })
    }
}

/// The opaque cursor of `user` in the order by `field`.
pub fn cursor(field: OrderField, user: &user::Model) -> String {
    let text = format!("{}{}{}", field.letter(), user.id.simple(), field.key_text(user));
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// Parses a cursor of the order by `field`.
pub fn parse(field: OrderField, cursor: &str) -> Result<Cursor> {
    let parsed = || {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let letter = text.chars().next()?;
        let of = OrderField::ALL.into_iter().find(|f| f.letter() == letter)?;
        let id = Uuid::try_parse(text.get(1..33)?).ok()?;
        (of == field).then_some(())?;
        Some(Cursor { key: field.key(text.get(33..)?)?, id })
    };
    parsed().ok_or_else(|| Error::BadInput("This cursor does not belong to this list and order.".into()))
}

impl Cursor {
    /// The rows that come behind it, or before it where `backward`, in ascending terms.
    pub fn beyond(self, field: OrderField, backward: bool) -> Expr {
        let row = Expr::tuple([
            Expr::col(field.column().as_column_ref()),
            Expr::col(user::Column::Id.as_column_ref()),
        ]);
        let here = Expr::tuple([Expr::value(self.key), Expr::value(self.id)]);
        if backward { row.lt(here) } else { row.gt(here) }
    }
}
