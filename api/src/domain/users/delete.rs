use entity::{InTenant, Role, Status, user};
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::expect_version;
use crate::domain::{
    Code, Ctx, Fault, Result,
    audit::{self, Target},
    escalation,
    ids::{self, Kind},
    policy,
    seats::SeatUsage,
};

/// Deletes somebody for good: sessions, credentials, links, queued mail and grants go with the row, the seat is free,
/// audit events stay (U7). Answers the id.
pub async fn delete(ctx: &Ctx, user_id: &str, expected_version: Option<i32>) -> Result<(Uuid, SeatUsage)> {
    let (mut change, me) = ctx.begin().await?;
    policy::require(policy::may_delete(&me), policy::NEEDS_DELETE)?;
    let person = change.person(ids::decode(Kind::User, user_id)).await?;
    let person = person.ok_or_else(|| Fault::at(Code::NotFound, &["userId"]))?;
    expect_version(person.user.version, expected_version)?;
    if person.user.id == me.user.id {
        let fault = Fault::at(Code::CannotTargetSelf, &["userId"]);
        return Err(fault.saying("You cannot delete yourself.").into());
    }
    let active_admin = person.user.role == Role::Admin && person.user.status == Status::Active;
    if active_admin && change.seats.active_admins == 1 {
        return Err(Fault::at(Code::LastAdmin, &["userId"]).into());
    }
    escalation::not_admin(&me, &person)?;

    // Sessions, credentials, links and queued mail go by the foreign keys' cascade.
    user::Entity::delete_in(change.tenant)
        .filter(user::Column::Id.eq(person.user.id))
        .exec(&change.txn)
        .await?;
    change.move_seat(Some(&person.user), None);
    change.move_template(person.user.role_template_id, None);
    let changes = audit::user_changes(Some(&person.user), None);
    change.record("user.deleted", Target::person(&person.user), changes);
    let seats = SeatUsage::of(&change.seats);
    change.commit().await?;
    Ok((person.user.id, seats))
}
