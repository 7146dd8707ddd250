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
    pub template: Option<role_template::Model>,
}

impl Person {
    /// Reads a row that holds the user and, behind it, the template where there is one.
    fn read(row: &QueryResult) -> Result<Self> {
        let mut place = 0;
        let user = user::Model::read(row, &mut place)?;
        Ok(Self { user, template: role_template::Model::read_optional(row, &mut place)? })
    }
}
