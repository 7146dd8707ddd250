use chrono::{DateTime, Utc};
use entity::{InTenant, Role, Status, user};
use sea_orm::{ColumnTrait, Condition, DbBackend, QueryFilter, Select, Value, sea_query::Expr};
use uuid::Uuid;

use crate::domain::{
    Error, Result,
    ids::{self, Kind},
    text::{self, TextFault},
};

/// As many as a tenant can have (R1).
const MAX_TEMPLATES: usize = 200;

/// Which users to list: all that is given must hold; an empty list is as good as none (U9).
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// Part of address or name; their beginning where shorter than three characters.
    pub search: Option<String>,
    /// One of these.
    pub status: Vec<Status>,
    /// One of these.
    pub role: Vec<Role>,
    /// One of these, by public id.
    pub role_template_id: Vec<String>,
    /// With or without.
    pub crm_access: Option<bool>,
    /// No sign-in since.
    pub inactive_since: Option<DateTime<Utc>>,
}

impl UserFilter {
    /// Whether everybody matches.
    pub fn is_empty(&self) -> bool {
        self.search.as_deref().is_none_or(|s| s.trim().is_empty())
            && self.status.is_empty()
            && self.role.is_empty()
            && self.role_template_id.is_empty()
            && self.crm_access.is_none()
            && self.inactive_since.is_none()
    }

    /// The users of `tenant` who match.
    pub fn select(&self, tenant: Uuid, backend: DbBackend) -> Result<Select<user::Entity>> {
        let mut all = Condition::all();
        if let Some(search) = &self.search {
            all = all.add_option(search_condition(search, tenant, backend)?);
        }
        if !self.status.is_empty() {
            all = all.add(user::Column::Status.is_in(self.status.iter().copied()));
        }
        if !self.role.is_empty() {
            all = all.add(user::Column::Role.is_in(self.role.iter().copied()));
        }
        if self.role_template_id.len() > MAX_TEMPLATES {
            let message = format!("`roleTemplateId` lists at most {MAX_TEMPLATES} ids.");
            return Err(Error::BadInput(message));
        }
        if !self.role_template_id.is_empty() {
            let known = self.role_template_id.iter().filter_map(|id| ids::decode(Kind::Template, id));
            all = all.add(user::Column::RoleTemplateId.is_in(known.collect::<Vec<Uuid>>()));
        }
        if let Some(crm_access) = self.crm_access {
            all = all.add(user::Column::CrmAccess.eq(crm_access));
        }
        if let Some(since) = self.inactive_since {
            // Whoever never signed in has the epoch as last login, and nobody signed in before they were created.
            all = all.add(user::Column::LastLoginAt.lt(since)).add(user::Column::CreatedAt.lt(since));
        }
        Ok(user::Entity::in_tenant(tenant).filter(all))
    }
}

fn search_condition(search: &str, tenant: Uuid, backend: DbBackend) -> Result<Option<Condition>> {
    let key = text::search(search).map_err(|fault| match fault {
        TextFault::TooLong { max } => Error::BadInput(format!("`search` has at most {max} characters.")),
        _ => Error::BadInput("`search` contains characters that are not allowed.".into()),
    })?;
    let Some(key) = key else { return Ok(None) };
    if key.chars().count() < 3 {
        let begins = |column: user::Column| {
            let end = format!("{key}{}", char::MAX);
            Condition::all().add(column.gte(key.clone())).add(column.lt(end))
        };
        let either = Condition::any().add(begins(user::Column::EmailKey)).add(begins(user::Column::NameKey));
        return Ok(Some(either));
    }
    Ok(Some(Condition::all().add(contains(&key, tenant, backend))))
}

/// `key` anywhere in address or name, by the trigram index of each database.
fn contains(key: &str, tenant: Uuid, backend: DbBackend) -> Expr {
    if backend == DbBackend::Postgres {
        let escaped = key.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        return Expr::cust_with_values(
            r#"("users"."email_key" || chr(10) || "users"."name_key") LIKE $1"#,
            [format!("%{escaped}%")],
        );
    }
    let phrase = format!("\"{}\"", key.replace('"', "\"\""));
    // The cross join keeps the order: first what matches, then whose it is.
    Expr::cust_with_values(
        r#""users"."id" IN (SELECT r."user_id" FROM "user_search" s CROSS JOIN "user_search_rows" r
            ON r."row_id" = s."rowid" WHERE "user_search" MATCH ? AND r."tenant_id" = ?)"#,
        [Value::from(phrase), tenant.into()],
    )
}
