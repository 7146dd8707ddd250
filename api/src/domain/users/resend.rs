use entity::{InTenant, Status, invitation};
use sea_orm::{ColumnTrait, QueryFilter};

use super::Person;
use crate::domain::{
    Code, Ctx, Fault, Result,
    audit::{Changes, Target},
    escalation,
    ids::{self, Kind},
    outbox, policy,
};

/// Sends an invitation again: a new link, which kills every earlier one (I2). `NOT_INVITED`, `RESEND_TOO_SOON`.
pub async fn resend(ctx: &Ctx, user_id: &str) -> Result<Person> {
    let (mut change, me) = ctx.begin().await?;
    policy::require(policy::may_invite(&me), policy::NEEDS_INVITE)?;
    let person = change.person(ids::decode(Kind::User, user_id)).await?;
    let person = person.ok_or_else(|| Fault::at(Code::NotFound, &["userId"]))?;
    escalation::reach(&me, &person)?;
    let invitation = invitation::Entity::in_tenant(change.tenant)
        .filter(invitation::Column::UserId.eq(person.user.id))
        .one(&change.txn)
        .await?;
    let Some(invitation) = invitation.filter(|_| person.user.status == Status::Invited) else {
        return Err(Fault::at(Code::NotInvited, &["userId"]).into());
    };
    if change.now < invitation.resendable_at {
        return Err(Fault::at(Code::ResendTooSoon, &["userId"]).retry_at(invitation.resendable_at).into());
    }
    let new = outbox::renew_invitation(&mut change, &person.user).await?;
    let changes = Changes::default().field("timesIssued", invitation.times_issued, new.times_issued);
    change.record("user.invitation_resent", Target::person(&person.user), changes);
    change.commit().await?;
    Ok(person)
}
