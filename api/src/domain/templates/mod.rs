//! Role templates: named sets of permissions (R1, R2).

mod create;
mod delete;
mod edit;
mod find;

use entity::{InTenant, role_template};
use sea_orm::{
    ColumnTrait, QueryFilter, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub use create::{NewTemplate, create};
pub use delete::{DeleteTemplate, delete};
pub use edit::{EditTemplate, edit};
pub use find::{find, list};

use super::{
    Change,
    audit::{self, Changes},
};

/// Counts `by` more users of a template.
pub(super) fn add_users(change: &mut Change, template: Uuid, by: i32) {
    let count = role_template::Entity::update_in(change.tenant)
        .col_expr(role_template::Column::UserCount, Expr::col(role_template::Column::UserCount).add(by))
        .filter(role_template::Column::Id.eq(template));
    change.later(role_template::Entity, count.into_query());
}

/// Every changed field of a template; `None` where it did not exist before or does not any more.
fn changes(before: Option<&role_template::Model>, after: Option<&role_template::Model>) -> Changes {
    type Read = fn(&role_template::Model) -> Value;
    let fields: [(&str, Read); 3] = [
        ("name", |t| json!(t.name)),
        ("description", |t| json!(t.description)),
        ("permissions", |t| audit::names(t.permissions)),
    ];
    fields.into_iter().fold(Changes::default(), |changes, (field, read)| {
        changes.field(field, before.map_or(Value::Null, read), after.map_or(Value::Null, read))
    })
}
