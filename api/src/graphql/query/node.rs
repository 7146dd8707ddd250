use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    domain::{
        ids::{self, Kind},
        policy,
    },
    graphql::{
        caller::Asking,
        error::{Error, Result},
        guard::Needs,
        types::{Node, RoleTemplate, User},
    },
};

/// How many `nodes` finds at once.
const MAX_NODES: usize = 100;

/// What can be found again by its id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// A user, a role template or the own tenant, under the same rules as the field of that kind.
    #[graphql(guard = "Needs::SignedIn")]
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Which.")] id: ID) -> Result<Option<Node>> {
        node(&Asking::of(ctx)?, &id).await
    }

    /// The same for up to 100, in order; null where there is none, and null with an error of its own where it is
    /// forbidden.
    #[graphql(guard = "Needs::SignedIn")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] ids: Vec<ID>,
    ) -> Result<Option<Vec<Option<Result<Node>>>>> {
        if ids.len() > MAX_NODES {
            return Err(Error::bad_input(format!("At most {MAX_NODES} ids are looked up at once.")));
        }
        let asking = Asking::of(ctx)?;
        let found = futures::future::join_all(ids.iter().map(|id| node(&asking, id))).await;
        Ok(Some(found.into_iter().map(Result::transpose).collect()))
    }
}

async fn node(asking: &Arc<Asking>, id: &str) -> Result<Option<Node>> {
    match ids::parse(id) {
        Some((Kind::User, _)) => Ok(user(asking, id).await?.map(Node::User)),
        Some((Kind::Template, _)) => Ok(template(asking, id).await?.map(Node::RoleTemplate)),
        Some((Kind::Tenant, id)) if id == asking.ctx.tenant_id() => {
            Ok(Some(Node::Tenant((&asking.ctx.me.tenant).into())))
        }
        _ => Ok(None),
    }
}

/// A user: one's own row, or any with `users.view` (A2).
pub async fn user(asking: &Arc<Asking>, id: &str) -> Result<Option<User>> {
    let me = &asking.ctx.me;
    let id = ids::decode(Kind::User, id);
    if id != Some(me.user.id) && !policy::may_view(me) {
        return Err(Error::forbidden(policy::NEEDS_VIEW));
    }
    let Some(id) = id else { return Ok(None) };
    let found = asking.loaders.person(id).await?;
    Ok(found.map(|person| User::new(person, asking.clone())))
}

/// A role template, with `users.view` (A2).
pub async fn template(asking: &Arc<Asking>, id: &str) -> Result<Option<RoleTemplate>> {
    if !policy::may_view(&asking.ctx.me) {
        return Err(Error::forbidden(policy::NEEDS_VIEW));
    }
    let Some(id) = ids::decode(Kind::Template, id) else { return Ok(None) };
    let found = asking.loaders.template(id).await?;
    Ok(found.map(|row| RoleTemplate::new(row, asking.clone())))
}
