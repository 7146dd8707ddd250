use super::{Summary, by_slug, invite_admin::no_tenant};
use crate::domain::{
    Code, Fault, Result, Visitor,
    audit::{Changes, Target},
    seats::SeatUsage,
};

/// Sets the seat limit; it may be lowered below what is used (S3).
pub async fn set_seats(visitor: &Visitor, slug: &str, seats: i32) -> Result<Summary> {
    if seats < 1 {
        return Err(Fault::at(Code::Required, &["seats"]).saying("A tenant has at least 1 seat.").into());
    }
    let tenant = by_slug(visitor.env.db.read(), slug).await?.ok_or_else(|| no_tenant(slug))?;
    let mut change = visitor.begin(tenant.id).await?;
    let changes = Changes::default().field("seatLimit", change.seats.seat_limit, seats);
    change.seats.seat_limit = seats;
    if !changes.is_empty() {
        change.record("tenant.seats_set", Target::Tenant, changes);
    }
    let usage = SeatUsage::of(&change.seats);
    change.commit().await?;
    Ok(Summary { tenant, usage })
}
