use async_graphql::{Context, Object};

use crate::{
    domain::seats,
    graphql::{caller::Asking, error::Result, guard::Needs, types::SeatUsage},
};

/// What can be read of seats.
#[derive(Default)]
pub struct SeatQuery;

#[Object]
impl SeatQuery {
    /// How many seats are taken.
    #[graphql(guard = "Needs::View")]
    async fn seat_usage(&self, ctx: &Context<'_>) -> Result<Option<SeatUsage>> {
        Ok(Some(seats::usage(&Asking::of(ctx)?.ctx).await?.into()))
    }
}
