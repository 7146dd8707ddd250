use entity::{InTenant, role_template, user};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait, SelectTwo,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::{Person, UserFilter, UserOrder, order};
use crate::domain::{Ctx, Error, Result, policy, seats};

/// How many a page has when nobody says.
const DEFAULT_PAGE: i32 = 50;
/// How many a page has at most.
const MAX_PAGE: i32 = 100;
/// Beyond how many matches of a filter nobody counts on.
const COUNTED: i64 = 10_000;

/// Which page of which list.
pub struct ListUsers {
    /// So many from the start, or behind `after`.
    pub first: Option<i32>,
    /// Behind this cursor.
    pub after: Option<String>,
    /// So many from the end, or before `before`.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
    /// Who.
    pub filter: UserFilter,
    /// In which order.
    pub order: UserOrder,
}

impl ListUsers {
    /// The statement that reads the page, and one row beyond it.
    pub fn statement(
        &self,
        tenant: Uuid,
        backend: DbBackend,
    ) -> Result<SelectTwo<user::Entity, role_template::Entity>> {
        let (size, from_end) = page_size(self.first, self.last)?;
        let UserOrder { field, descending } = self.order;
        let mut users = self.filter.select(tenant, backend)?;
        if let Some(after) = &self.after {
            users = users.filter(order::parse(field, after)?.beyond(field, descending));
        }
        if let Some(before) = &self.before {
            users = users.filter(order::parse(field, before)?.beyond(field, !descending));
        }
        let direction = if descending != from_end { Order::Desc } else { Order::Asc };
        let page = users
            .order_by(field.column(), direction.clone())
            .order_by(user::Column::Id, direction.clone())
            .limit(size + 1);
        // The templates are joined to the page, not to the list: a plan that joins first may have to sort it.
        let mut joined = user::Entity::in_tenant(tenant).find_also_related(role_template::Entity);
        QueryTrait::query(&mut joined).from_clear().from_subquery(page.into_query(), user::Entity);
        Ok(joined.order_by(field.column(), direction.clone()).order_by(user::Column::Id, direction))
    }
}

/// A page of users.
pub struct UserPage {
    /// They, in the order asked for.
    pub people: Vec<Person>,
    /// Whether more come behind.
    pub has_next: bool,
    /// Whether more came before.
    pub has_previous: bool,
    order: UserOrder,
}

impl UserPage {
    /// The cursor of one of its users.
    pub fn cursor(&self, person: &Person) -> String {
        order::cursor(self.order.field, &person.user)
    }
}

/// A page of users by keyset, so that its cost does not grow with its depth. Needs `users.view` (A2).
pub async fn list(ctx: &Ctx, ask: ListUsers) -> Result<UserPage> {
    policy::require(policy::may_view(&ctx.me), policy::NEEDS_VIEW)?;
    let (size, from_end) = page_size(ask.first, ask.last)?;
    let db = ctx.env.db.read();
    let statement = ask.statement(ctx.tenant_id(), db.get_database_backend())?;
    let mut rows = db.query_all_raw(statement.build(db.get_database_backend())).await?;
    let more = rows.len() as u64 > size;
    rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    if from_end {
        rows.reverse();
    }
    let people = Person::read_all(&rows)?;
    // On the side that was not walked there is more exactly when the caller came from there.
    let (has_next, has_previous) =
        if from_end { (ask.before.is_some(), more) } else { (more, ask.after.is_some()) };
    Ok(UserPage { people, has_next, has_previous, order: ask.order })
}

fn page_size(first: Option<i32>, last: Option<i32>) -> Result<(u64, bool)> {
    let (size, from_end) = match (first, last) {
        (Some(_), Some(_)) => return Err(Error::BadInput("Give `first` or `last`, not both.".into())),
        (None, Some(last)) => (last, true),
        (first, None) => (first.unwrap_or(DEFAULT_PAGE), false),
    };
    match u64::try_from(size) {
        Ok(valid) if (1..=MAX_PAGE).contains(&size) => Ok((valid, from_end)),
        _ => Err(Error::BadInput(format!("A page has 1 to {MAX_PAGE} users."))),
    }
}

/// How many match the filter: from the seat counters where all do, counted up to 10,000 where not all do, and none
/// beyond. Needs `users.view` (A2).
pub async fn total_count(ctx: &Ctx, filter: &UserFilter) -> Result<Option<i32>> {
    policy::require(policy::may_view(&ctx.me), policy::NEEDS_VIEW)?;
    if filter.is_empty() {
        return Ok(Some(seats::usage(ctx).await?.used));
    }
    let db = ctx.env.db.read();
    let limit = COUNTED.unsigned_abs() + 1;
    let matching = filter
        .select(ctx.tenant_id(), db.get_database_backend())?
        .select_only()
        .expr(Expr::val(1))
        .limit(limit)
        .into_query();
    let count = Query::select()
        .expr_as(Expr::cust("COUNT(*)"), "counted")
        .from_subquery(matching, "matching")
        .to_owned();
    let row = db.query_one(&count).await?;
    let counted: i64 = row.ok_or_else(|| DbErr::RecordNotFound("a count".into()))?.try_get("", "counted")?;
    Ok(if counted > COUNTED { None } else { i32::try_from(counted).ok() })
}
