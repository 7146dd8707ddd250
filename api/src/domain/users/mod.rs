//! Users: one operation a file.

mod accept;
mod delete;
mod edit;
mod edit_rules;
mod filter;
mod find;
mod invite;
mod list;
mod order;
mod resend;

use std::sync::Arc;

use entity::{ByPlace, role_template, user};
use sea_orm::QueryResult;

use super::Result;

pub use accept::{Accept, Preview, accept, preview};
pub use delete::delete;
pub use edit::{EditUser, edit};
pub(super) use edit_rules::version as expect_version;
pub use filter::UserFilter;
pub(super) use find::by_email;
pub use find::{find, invitations};
pub(super) use invite::{Invited, create_invited};
pub use invite::{NewInvite, invite};
pub use list::{ListUsers, UserPage, list, total_count};
pub use order::{OrderField, UserOrder};
pub use resend::resend;

/// A user with its role template.
#[derive(Clone, Debug)]
pub struct Person {
    /// The row.
    pub user: user::Model,
    /// The template that it names.
    pub template: Option<Arc<role_template::Model>>,
}

impl Person {
    /// Reads rows that hold a user and, behind it, the template where there is one. Many have the same one, which is
    /// read once.
    fn read_all(rows: &[QueryResult]) -> Result<Vec<Self>> {
        let mut templates: Vec<Arc<role_template::Model>> = Vec::new();
        let person = |row: &QueryResult| {
            let mut place = 0;
            let user = user::Model::read(row, &mut place)?;
            let known = templates.iter().find(|known| Some(known.id) == user.role_template_id).cloned();
            if known.is_some() {
                return Ok(Self { user, template: known });
            }
            let template = role_template::Model::read_optional(row, &mut place)?.map(Arc::new);
            templates.extend(template.clone());
            Ok(Self { user, template })
        };
        rows.iter().map(person).collect()
    }
}
