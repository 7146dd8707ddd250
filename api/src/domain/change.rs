use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{InTenant, Role, Status, role_template, seats, user};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityName, EntityTrait, IntoActiveModel,
    QueryFilter, QueryTrait, SqlErr, sea_query::SubQueryStatement,
};
use uuid::Uuid;

use super::{
    Code, Ctx, Env, Error, Fault, Principal, Result, Visitor,
    audit::Actor,
    sessions::{self, Beside},
    users::Person,
    writes::Writes,
};

/// One transaction that changes a tenant, under the lock of the tenant's seat row: changes of one tenant happen one
/// after the other, so that what is read here still holds when it is committed (S2, A4, A7).
pub struct Change {
    /// The transaction.
    pub txn: DatabaseTransaction,
    /// The world.
    pub env: Arc<Env>,
    /// The tenant.
    pub tenant: Uuid,
    /// The instant of everything in it.
    pub now: DateTime<Utc>,
    /// The seat row; counters are moved here and written at the end.
    pub seats: seats::Model,
    /// Who does it, for the audit log.
    pub actor: Option<Actor>,
    /// The id of the request, for the audit log.
    pub request_id: Option<String>,
    seats_before: seats::Model,
    writes: Writes,
}

impl Ctx {
    /// Begins a change, and reads who is asking as it stands now: a right that was withdrawn no longer counts (A4).
    pub async fn begin(&self) -> Result<(Change, Principal)> {
        let (change, me, ()) = self.begin_beside(sessions::Nothing).await?;
        Ok((change, me))
    }

    /// The same, and reads beside who is asking what stands there now.
    pub async fn begin_beside<B: Beside>(&self, beside: B) -> Result<(Change, Principal, B::Found)> {
        let mut change = self.visitor().begin(self.tenant_id()).await?;
        let session = sessions::Key::Id(self.me.session.id);
        let found = sessions::principal(&change.txn, self.tenant_id(), session, change.now, beside).await?;
        let (me, beside) = found.ok_or(Error::Unauthenticated)?;
        change.actor = Some(Actor::of(&me.user));
        Ok((change, me, beside))
    }
}

impl Visitor {
    /// Begins a change of a tenant that exists, done by nobody in particular.
    pub async fn begin(&self, tenant: Uuid) -> Result<Change> {
        Change::within(self, self.env.db.begin().await?, tenant).await
    }
}

impl Change {
    /// Takes the tenant's lock in a transaction that has begun.
    pub async fn within(visitor: &Visitor, txn: DatabaseTransaction, tenant: Uuid) -> Result<Self> {
        let seats = super::seats::lock(&txn, tenant).await?;
        Ok(Self {
            txn,
            env: visitor.env.clone(),
            tenant,
            now: visitor.env.now(),
            seats_before: seats.clone(),
            seats,
            writes: Writes::default(),
            actor: None,
            request_id: visitor.request_id.clone(),
        })
    }

    /// A user of the tenant with its template.
    pub async fn person(&self, id: Option<Uuid>) -> Result<Option<Person>> {
        let Some(id) = id else { return Ok(None) };
        let found = user::Entity::in_tenant(self.tenant)
            .filter(user::Column::Id.eq(id))
            .find_also_related(role_template::Entity)
            .one(&self.txn)
            .await?;
        Ok(found.map(|(user, template)| Person { user, template: template.map(Arc::new) }))
    }

    /// A role template of the tenant.
    pub async fn template(&self, id: Option<Uuid>) -> Result<Option<role_template::Model>> {
        let Some(id) = id else { return Ok(None) };
        let found = role_template::Entity::in_tenant(self.tenant).filter(role_template::Column::Id.eq(id));
        Ok(found.one(&self.txn).await?)
    }

    /// Moves the seat counters from what a user was to what it is; `None` where it does not exist.
    pub fn move_seat(&mut self, before: Option<&user::Model>, after: Option<&user::Model>) {
        for (user, by) in [(before, -1), (after, 1)] {
            let Some(user) = user else { continue };
            match user.status {
                Status::Invited => self.seats.invited += by,
                Status::Active => self.seats.active += by,
                Status::Suspended => self.seats.suspended += by,
            }
            if user.role == Role::Admin && user.status == Status::Active {
                self.seats.active_admins += by;
            }
        }
    }

    /// Moves the user counters of templates when a user goes from one to another.
    pub fn move_template(&mut self, before: Option<Uuid>, after: Option<Uuid>) {
        if before == after {
            return;
        }
        for (id, by) in [(before, -1), (after, 1)] {
            let Some(id) = id else { continue };
            super::templates::add_users(self, id, by);
        }
    }

    /// Inserts a row when the change is written.
    pub fn insert<A: ActiveModelTrait>(&mut self, row: A) {
        self.writes.add(A::Entity::default(), A::Entity::insert(row).into_query());
    }

    /// Updates a row, found by its key, when the change is written.
    pub fn update<A: ActiveModelTrait>(&mut self, row: A) -> Result<()> {
        let row = A::Entity::update(row).validate()?;
        self.writes.add(A::Entity::default(), row.into_query());
        Ok(())
    }

    /// Runs a statement that writes to `table` when the change is written.
    pub fn later(&mut self, table: impl EntityName, statement: impl Into<SubQueryStatement>) {
        self.writes.add(table, statement);
    }

    /// Writes what was put off, and the seat counters where they have moved. `EMAIL_TAKEN` where a user's address is
    /// another's: the database decides.
    pub async fn write(&mut self) -> Result<()> {
        if self.seats != self.seats_before {
            self.update(self.seats.clone().into_active_model().reset_all())?;
            self.seats_before = self.seats.clone();
        }
        self.writes.run(&self.txn).await.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(key)) if key.contains("email_key") => {
                Fault::at(Code::EmailTaken, &["email"]).into()
            }
            _ => Error::from(error),
        })
    }

    /// Writes what is left to write, and commits.
    pub async fn commit(mut self) -> Result<()> {
        self.write().await?;
        Ok(self.txn.commit().await?)
    }
}
