//! Rows that an operation is going to need, read in the statement that finds who is asking: one way to the database and
//! back instead of two. Whether they may be seen is decided where they are asked for, as ever.

use std::sync::Arc;

use entity::{ByPlace, mail_cooldown, role_template, seats, user};
use sea_orm::{
    EntityName, QueryResult, Value,
    sea_query::{Condition, Expr, ExprTrait, IntoCondition, JoinType, SelectStatement},
};
use uuid::Uuid;

use crate::domain::{Result, users::Person};

/// Rows of the tenant, each found by a key.
pub trait Beside: Sync {
    /// What was found.
    type Found: Send;
    /// Its place among all: the statement's text is kept by it.
    const PLACE: usize;

    /// Adds them to the statement.
    fn join(&self, tenant: Uuid, select: &mut SelectStatement);

    /// The values of that, in their order.
    fn values(&self, tenant: Uuid) -> Vec<Value>;

    /// Reads them from a row, where they stand at `place`.
    fn read(row: &QueryResult, place: &mut usize) -> Result<Self::Found>;
}

/// How many kinds there are.
pub const KINDS: usize = 4;

/// Nothing.
pub struct Nothing;
/// The seats of the tenant.
pub struct Seats;
/// A user with its template.
pub struct User(pub Uuid);
/// What an invitation looks at: the template that it names, and until when its address is not written to.
pub struct Invited {
    /// The template.
    pub template: Option<Uuid>,
    /// The key of the address.
    pub email_key: String,
}

impl Beside for Nothing {
    type Found = ();
    const PLACE: usize = 0;

    fn join(&self, _: Uuid, _: &mut SelectStatement) {}

    fn values(&self, _: Uuid) -> Vec<Value> {
        vec![]
    }

    fn read(_: &QueryResult, _: &mut usize) -> Result<()> {
        Ok(())
    }
}

impl Beside for Seats {
    type Found = Option<seats::Model>;
    const PLACE: usize = 1;

    fn join(&self, tenant: Uuid, select: &mut SelectStatement) {
        add(select, seats::Entity, "s", seats::Model::COLUMNS, of_tenant("s", tenant).into_condition());
    }

    fn values(&self, tenant: Uuid) -> Vec<Value> {
        vec![tenant.into()]
    }

    fn read(row: &QueryResult, place: &mut usize) -> Result<Self::Found> {
        Ok(seats::Model::read_optional(row, place)?)
    }
}

impl Beside for User {
    type Found = Option<Person>;
    const PLACE: usize = 2;

    fn join(&self, tenant: Uuid, select: &mut SelectStatement) {
        let key = of_tenant("u", tenant).and(Expr::col(("u", "id")).eq(self.0));
        add(select, user::Entity, "u", user::Model::COLUMNS, key.into_condition());
        let same = |of, other| Expr::col(("t", of)).equals(("u", other));
        let key = same("tenant_id", "tenant_id").and(same("id", "role_template_id"));
        add(select, role_template::Entity, "t", role_template::Model::COLUMNS, key.into_condition());
    }

    fn values(&self, tenant: Uuid) -> Vec<Value> {
        vec![tenant.into(), self.0.into()]
    }

    fn read(row: &QueryResult, place: &mut usize) -> Result<Self::Found> {
        let user = user::Model::read_optional(row, place)?;
        let template = role_template::Model::read_optional(row, place)?;
        Ok(user.map(|user| Person { user, template: template.map(Arc::new) }))
    }
}

impl Beside for Invited {
    type Found = (Option<role_template::Model>, Option<mail_cooldown::Model>);
    const PLACE: usize = 3;

    fn join(&self, tenant: Uuid, select: &mut SelectStatement) {
        let key = of_tenant("t", tenant).and(Expr::col(("t", "id")).eq(self.template));
        add(select, role_template::Entity, "t", role_template::Model::COLUMNS, key.into_condition());
        let key = of_tenant("c", tenant).and(Expr::col(("c", "email_key")).eq(self.email_key.as_str()));
        add(select, mail_cooldown::Entity, "c", mail_cooldown::Model::COLUMNS, key.into_condition());
    }

    fn values(&self, tenant: Uuid) -> Vec<Value> {
        vec![tenant.into(), self.template.into(), tenant.into(), self.email_key.as_str().into()]
    }

    fn read(row: &QueryResult, place: &mut usize) -> Result<Self::Found> {
        let template = role_template::Model::read_optional(row, place)?;
        Ok((template, mail_cooldown::Model::read_optional(row, place)?))
    }
}

fn of_tenant(alias: &'static str, tenant: Uuid) -> Expr {
    Expr::col((alias, "tenant_id")).eq(tenant)
}

fn add(
    select: &mut SelectStatement,
    table: impl EntityName,
    alias: &'static str,
    columns: &[&'static str],
    key: Condition,
) {
    select.join_as(JoinType::LeftJoin, table.table_name().to_owned(), alias, key);
    for column in columns {
        select.expr(Expr::col((alias, *column)));
    }
}
