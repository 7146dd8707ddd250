use async_graphql::{Context, ID, Object};

use super::node;
use crate::{
    domain::templates,
    graphql::{caller::Asking, error::Result, guard::Needs, types::RoleTemplate},
};

/// What can be read of role templates.
#[derive(Default)]
pub struct TemplateQuery;

#[Object]
impl TemplateQuery {
    /// By name, as names are compared; a tenant has at most 200.
    #[graphql(guard = "Needs::View")]
    async fn role_templates(&self, ctx: &Context<'_>) -> Result<Option<Vec<RoleTemplate>>> {
        let asking = Asking::of(ctx)?;
        let rows = templates::list(&asking.ctx).await?;
        Ok(Some(rows.into_iter().map(|row| RoleTemplate::new(row, asking.clone())).collect()))
    }

    /// A role template.
    #[graphql(guard = "Needs::View")]
    async fn role_template(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] id: ID,
    ) -> Result<Option<RoleTemplate>> {
        node::template(&Asking::of(ctx)?, &id).await
    }
}
