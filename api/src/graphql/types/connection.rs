use std::sync::Arc;

use async_graphql::{ComplexObject, ContextSelectionSet, SimpleObject, parser::types::Field};

use super::User;
use crate::{
    domain::users::{self, UserFilter, UserPage},
    graphql::{
        caller::Asking,
        error::Result,
        in_turn::{self, HardlyWaits, InTurn},
    },
};

/// A page of users.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct UserConnection {
    /// The users with their cursors.
    edges: InTurn<Vec<UserEdge>>,
    /// Where the page stands in the list.
    page_info: PageInfo,
    #[graphql(skip)]
    people: Vec<Arc<users::Person>>,
    #[graphql(skip)]
    filter: UserFilter,
    #[graphql(skip)]
    asking: Arc<Asking>,
}

/// A user in a list.
#[derive(SimpleObject)]
struct UserEdge {
    /// The user.
    node: InTurn<User>,
    /// Its place in the list, for `after` and `before`.
    cursor: String,
}

/// Where a page stands in its list.
#[derive(SimpleObject)]
struct PageInfo {
    /// Whether more come behind.
    has_next_page: bool,
    /// Whether more came before.
    has_previous_page: bool,
    /// The cursor of the first.
    start_cursor: Option<String>,
    /// The cursor of the last.
    end_cursor: Option<String>,
}

#[ComplexObject]
impl UserConnection {
    /// The users.
    async fn nodes(&self) -> InTurn<Vec<User>> {
        InTurn(self.people.iter().map(|person| User::new(person.clone(), self.asking.clone())).collect())
    }

    /// How many there are in all. Null where more than 10,000 match a filter; without a filter it is always known.
    async fn total_count(&self) -> Option<Result<i32>> {
        let counted = users::total_count(&self.asking.ctx, &self.filter).await;
        counted.map_err(Into::into).transpose()
    }
}

impl HardlyWaits for UserEdge {
    fn may_wait(ctx: &ContextSelectionSet<'_>, field: &Field) -> bool {
        field.name.node == "node" && in_turn::may_wait::<User>(ctx, field)
    }
}

impl UserConnection {
    /// `page` as `asking` sees it.
    pub fn new(page: UserPage, filter: UserFilter, asking: Arc<Asking>) -> Self {
        let cursors: Vec<String> = page.people.iter().map(|person| page.cursor(person)).collect();
        let page_info = PageInfo {
            has_next_page: page.has_next,
            has_previous_page: page.has_previous,
            start_cursor: cursors.first().cloned(),
            end_cursor: cursors.last().cloned(),
        };
        let people: Vec<_> = page.people.into_iter().map(Arc::new).collect();
        let edge = |(person, cursor): (&Arc<users::Person>, String)| UserEdge {
            node: InTurn(User::new(person.clone(), asking.clone())),
            cursor,
        };
        let edges = InTurn(people.iter().zip(cursors).map(edge).collect());
        Self { edges, page_info, people, filter, asking }
    }
}
