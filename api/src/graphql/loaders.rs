use std::{collections::HashMap, sync::Arc};

use dataloader::{BatchFn, non_cached::Loader};
use entity::{invitation, role_template};
use uuid::Uuid;

use super::error::{Error, Result};
use crate::domain::{
    Ctx, templates,
    users::{self, Person},
};

/// How often a loader lets others add to what it is about to load. All look-ups of a request are begun in one go, so
/// once is enough.
const YIELDS: usize = 1;

/// Batches the look-ups of one request; bound to who asks, and so to one tenant.
pub struct Loaders {
    people: Loader<Uuid, Result<Option<Person>>, People>,
    templates: Loader<Uuid, Result<Option<role_template::Model>>, Templates>,
    invitations: Loader<Uuid, Result<Option<invitation::Model>>, Invitations>,
}

struct People(Arc<Ctx>);
struct Templates(Arc<Ctx>);
struct Invitations(Arc<Ctx>);

impl Loaders {
    /// Loads on behalf of `ctx`.
    pub fn new(ctx: &Arc<Ctx>) -> Self {
        Self {
            people: Loader::new(People(ctx.clone())).with_yield_count(YIELDS),
            templates: Loader::new(Templates(ctx.clone())).with_yield_count(YIELDS),
            invitations: Loader::new(Invitations(ctx.clone())).with_yield_count(YIELDS),
        }
    }

    /// A user of the tenant.
    pub async fn person(&self, id: Uuid) -> Result<Option<Person>> {
        self.people.try_load(id).await.map_err(|e| Error::internal(&e.to_string()))?
    }

    /// A role template of the tenant.
    pub async fn template(&self, id: Uuid) -> Result<Option<role_template::Model>> {
        self.templates.try_load(id).await.map_err(|e| Error::internal(&e.to_string()))?
    }

    /// The invitation of an invited user.
    pub async fn invitation(&self, user: Uuid) -> Result<Option<invitation::Model>> {
        self.invitations.try_load(user).await.map_err(|e| Error::internal(&e.to_string()))?
    }
}

impl BatchFn<Uuid, Result<Option<Person>>> for People {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Result<Option<Person>>> {
        by_id(ids, users::find(&self.0, ids).await, |person| person.user.id)
    }
}

impl BatchFn<Uuid, Result<Option<role_template::Model>>> for Templates {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Result<Option<role_template::Model>>> {
        by_id(ids, templates::find(&self.0, ids).await, |template| template.id)
    }
}

impl BatchFn<Uuid, Result<Option<invitation::Model>>> for Invitations {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Result<Option<invitation::Model>>> {
        by_id(ids, users::invitations(&self.0, ids).await, |invitation| invitation.user_id)
    }
}

/// One answer for each id: its row, none, or the error that befell all of them.
fn by_id<T: Clone>(
    ids: &[Uuid],
    found: crate::domain::Result<Vec<T>>,
    id: impl Fn(&T) -> Uuid,
) -> HashMap<Uuid, Result<Option<T>>> {
    match found {
        Ok(rows) => {
            let mut rows: HashMap<Uuid, T> = rows.into_iter().map(|row| (id(&row), row)).collect();
            ids.iter().map(|id| (*id, Ok(rows.remove(id)))).collect()
        }
        Err(error) => {
            let error = Error::from(error);
            ids.iter().map(|id| (*id, Err(error.clone()))).collect()
        }
    }
}
