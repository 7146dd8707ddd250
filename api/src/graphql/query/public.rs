use async_graphql::{Context, Object};

use crate::{
    domain::users,
    graphql::{
        caller::Caller,
        error::Result,
        types::{InvitationPreview, PermissionCategory, Viewer, catalog},
    },
};

/// What anybody may ask.
#[derive(Default)]
pub struct PublicQuery;

#[Object]
impl PublicQuery {
    /// Who is asking. Null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        Ok(Caller::of(ctx)?.signed_in.clone().map(Viewer))
    }

    /// The catalogue of permissions. Public.
    async fn permission_catalog(&self) -> Vec<PermissionCategory> {
        catalog()
    }

    /// What a link is for. Public. Null for a link that is wrong, used or replaced.
    async fn invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The secret of the link: what stands behind `#token=`.")] token: String,
    ) -> Result<Option<InvitationPreview>> {
        Ok(users::preview(&Caller::of(ctx)?.visitor, &token).await?.map(Into::into))
    }
}
