use sea_orm::{DbErr, QueryResult, prelude::Uuid};

use crate::{mail_cooldown, role_template, seats, session, tenant, user};

/// A model that is read by the places of its columns in a row. By their names, as sea-orm reads it, every cell costs an
/// allocation and a look-up: for what every request reads, that was a quarter of its time.
pub trait ByPlace: Sized {
    /// The columns, in the order in which a query selects them.
    const COLUMNS: &'static [&'static str];

    /// Reads a model whose first column stands at `place`, and moves `place` behind its last.
    fn read(row: &QueryResult, place: &mut usize) -> Result<Self, DbErr>;

    /// The same where the join may have found nothing.
    fn read_optional(row: &QueryResult, place: &mut usize) -> Result<Option<Self>, DbErr> {
        if row.try_get_by_index::<Option<Uuid>>(*place)?.is_some() {
            return Self::read(row, place).map(Some);
        }
        *place += Self::COLUMNS.len();
        Ok(None)
    }
}

macro_rules! by_place {
    ($table:ident: $($column:ident),+) => {
        impl ByPlace for $table::Model {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];

            fn read(row: &QueryResult, place: &mut usize) -> Result<Self, DbErr> {
                let mut next = || {
                    *place += 1;
                    *place - 1
                };
                Ok(Self { $($column: row.try_get_by_index(next())?),+ })
            }
        }
    };
}

by_place!(mail_cooldown: tenant_id, email_key, until);
by_place!(role_template: tenant_id, id, name, name_key, description, permissions, user_count, version, created_at,
    updated_at);
by_place!(seats: tenant_id, seat_limit, invited, active, suspended, active_admins);
by_place!(session: tenant_id, id, user_id, token_hash, created_at, last_seen_at, expires_at, ip_address, user_agent);
by_place!(tenant: id, slug, name, created_at);
by_place!(user: tenant_id, id, email, email_key, name, name_key, role, status, role_template_id, crm_access,
    permissions, last_login_at, label_id, version, created_at, updated_at);

#[cfg(test)]
mod tests {
    use sea_orm::{IdenStatic, Iterable};

    use super::*;

    fn names<C: Iterable + IdenStatic>() -> Vec<&'static str> {
        C::iter().map(|column| column.as_str()).collect()
    }

    #[test]
    fn columns_are_read_in_the_order_in_which_they_are_selected() {
        assert_eq!(mail_cooldown::Model::COLUMNS, names::<mail_cooldown::Column>());
        assert_eq!(role_template::Model::COLUMNS, names::<role_template::Column>());
        assert_eq!(seats::Model::COLUMNS, names::<seats::Column>());
        assert_eq!(session::Model::COLUMNS, names::<session::Column>());
        assert_eq!(tenant::Model::COLUMNS, names::<tenant::Column>());
        assert_eq!(user::Model::COLUMNS, names::<user::Column>());
    }
}
