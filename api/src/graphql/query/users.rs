use async_graphql::{Context, ID, InputObject, Object};

use super::node;
use crate::{
    domain::users::{self, ListUsers},
    graphql::{
        caller::Asking,
        error::Result,
        guard::Needs,
        types::{DateTime, OrderDirection, Role, User, UserConnection, UserOrderField, UserStatus},
    },
};

/// What can be read of users.
#[derive(Default)]
pub struct UserQuery;

/// All that are given must hold; an empty list is as good as none.
#[derive(InputObject)]
struct UserFilter {
    /// Part of the email or the name, case-insensitive; its beginning where shorter than three characters.
    search: Option<String>,
    /// One of these.
    status: Option<Vec<UserStatus>>,
    /// One of these.
    role: Option<Vec<Role>>,
    /// One of these.
    role_template_id: Option<Vec<ID>>,
    /// With or without CRM access.
    crm_access: Option<bool>,
    /// No sign-in since this instant: the last one before it, or none and created before it.
    inactive_since: Option<DateTime>,
}

/// What users are ordered by.
#[derive(InputObject)]
struct UserOrder {
    /// By what.
    field: UserOrderField,
    /// Which way round.
    #[graphql(default_with = "OrderDirection::Asc")]
    direction: OrderDirection,
}

#[Object]
impl UserQuery {
    /// The users of the tenant, by email unless asked otherwise. 50 from the start when neither `first` nor `last` is
    /// given; 1 to 100; both together are BAD_USER_INPUT.
    #[graphql(guard = "Needs::View")]
    #[expect(clippy::too_many_arguments, reason = "the arguments of the contract")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many from the start, or behind `after`.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, or before `before`.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Who; everybody when absent.")] filter: Option<UserFilter>,
        #[graphql(desc = "In which order; by email when absent.")] order_by: Option<UserOrder>,
    ) -> Result<Option<UserConnection>> {
        let asking = Asking::of(ctx)?;
        let filter = filter.map(Into::into).unwrap_or_default();
        let order = order_by.map_or(BY_EMAIL, Into::into);
        let ask = ListUsers { first, after, last, before, filter, order };
        let filter = ask.filter.clone();
        let page = users::list(&asking.ctx, ask).await?;
        Ok(Some(UserConnection::new(page, filter, asking)))
    }

    /// A user. Everybody can read their own row.
    #[graphql(guard = "Needs::SignedIn")]
    async fn user(&self, ctx: &Context<'_>, #[graphql(desc = "Which.")] id: ID) -> Result<Option<User>> {
        node::user(&Asking::of(ctx)?, &id).await
    }
}

const BY_EMAIL: users::UserOrder = users::UserOrder { field: users::OrderField::Email, descending: false };

impl From<UserFilter> for users::UserFilter {
    fn from(filter: UserFilter) -> Self {
        let UserFilter { search, status, role, role_template_id, crm_access, inactive_since } = filter;
        Self {
            search,
            status: status.unwrap_or_default().into_iter().map(Into::into).collect(),
            role: role.unwrap_or_default().into_iter().map(Into::into).collect(),
            role_template_id: role_template_id.unwrap_or_default().into_iter().map(Into::into).collect(),
            crm_access,
            inactive_since: inactive_since.map(Into::into),
        }
    }
}

impl From<UserOrder> for users::UserOrder {
    fn from(UserOrder { field, direction }: UserOrder) -> Self {
        Self { field: field.into(), descending: direction == OrderDirection::Desc }
    }
}
