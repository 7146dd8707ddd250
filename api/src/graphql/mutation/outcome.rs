use std::sync::Arc;

use async_graphql::{Context, resolver_utils::enum_value};

use crate::{
    domain::{
        self,
        ids::{self, Kind},
        policy, seats, templates,
    },
    graphql::{
        caller::{Asking, Caller},
        error::Result,
        types::{MutationError, MutationErrorCode, RoleTemplate, SeatUsage, User},
    },
};

/// What an operation did, or why the caller has to put something right: refusals are data (B1). Operators are told.
pub fn refusals<T>(
    ctx: &Context<'_>,
    outcome: domain::Result<T>,
) -> Result<std::result::Result<T, Vec<MutationError>>> {
    let (watch, field) = (&Caller::of(ctx)?.watch, ctx.item.node.name.node.as_str());
    match outcome {
        Ok(done) => {
            watch.did(field);
            Ok(Ok(done))
        }
        Err(domain::Error::Refused(faults)) => {
            let code = |fault: &domain::Fault| enum_value(MutationErrorCode::from(fault.code)).to_string();
            watch.refused(field, faults.iter().map(code).collect());
            Ok(Err(faults.into_iter().map(Into::into).collect()))
        }
        Err(error) => {
            watch.failed(field);
            Err(error.into())
        }
    }
}

/// The user as it stands after a refusal; none where there is none.
pub async fn user_as_it_stands(asking: &Arc<Asking>, id: &str) -> Result<Option<User>> {
    let Some(id) = ids::decode(Kind::User, id).filter(|_| policy::may_view(&asking.ctx.me)) else {
        return Ok(None);
    };
    let found = asking.loaders.person(id).await?;
    Ok(found.map(|person| User::new(person, asking.clone())))
}

/// The role template as it stands after a refusal; none where there is none.
pub async fn template_as_it_stands(asking: &Arc<Asking>, id: &str) -> Result<Option<RoleTemplate>> {
    let Some(id) = ids::decode(Kind::Template, id) else { return Ok(None) };
    let found = templates::find(&asking.ctx, &[id]).await?;
    Ok(found.into_iter().next().map(|row| RoleTemplate::new(row, asking.clone())))
}

/// The seat usage as it stands after a refusal.
pub async fn seats_as_they_stand(asking: &Asking) -> Result<Option<SeatUsage>> {
    Ok(Some(seats::usage(&asking.ctx).await?.into()))
}
