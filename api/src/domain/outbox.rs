//! The outbox: mail that is committed with the change that causes it; `mail` delivers it after (I4).

use chrono::{DateTime, Utc};
use entity::{Delivery, InTenant, MailKind, invitation, mail, mail_cooldown, user};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::{Change, Result};

/// Makes a new link for an invited user, which kills every earlier one, and queues its mail (I1, I2).
pub async fn issue_invitation(change: &Change, user: &user::Model) -> Result<invitation::Model> {
    let now = change.now;
    let settings = &change.env.settings;
    let earlier = invitation::Entity::in_tenant(change.tenant)
        .filter(invitation::Column::UserId.eq(user.id))
        .one(&change.txn)
        .await?;
    let due_at = mail_allowed_at(change, user).await?;
    let new = invitation::Model {
        tenant_id: change.tenant,
        user_id: user.id,
        nonce: change.env.random::<16>().to_vec(),
        issued_at: now,
        expires_at: now + settings.invite_ttl,
        times_issued: earlier.as_ref().map_or(1, |i| i.times_issued + 1),
        resendable_at: due_at + settings.resend_cooldown,
        delivery: Delivery::Queued,
        delivery_failure: None,
    };
    let row = new.clone().into_active_model().reset_all();
    if earlier.is_some() {
        invitation::Entity::update(row).exec(&change.txn).await?;
        drop_queued(change, user).await?;
    } else {
        invitation::Entity::insert(row).exec_without_returning(&change.txn).await?;
    }
    queue(change, &new, due_at).await?;
    Ok(new)
}

/// Drops the mail of a user that no worker has sent yet.
pub async fn drop_queued(change: &Change, user: &user::Model) -> Result<()> {
    let queued = mail::Entity::delete_in(change.tenant).filter(mail::Column::UserId.eq(user.id));
    queued.exec(&change.txn).await?;
    Ok(())
}

/// From when the address may be written to: one mail an address and cooldown, whatever became of its user (I4).
async fn mail_allowed_at(change: &Change, user: &user::Model) -> Result<DateTime<Utc>> {
    let cooldown = mail_cooldown::Entity::in_tenant(change.tenant)
        .filter(mail_cooldown::Column::EmailKey.eq(&user.email_key))
        .one(&change.txn)
        .await?;
    Ok(cooldown.map_or(change.now, |c| c.until.max(change.now)))
}

async fn queue(change: &Change, invitation: &invitation::Model, due_at: DateTime<Utc>) -> Result<()> {
    let row = mail::ActiveModel {
        tenant_id: Set(change.tenant),
        id: Set(change.env.new_id()),
        kind: Set(MailKind::Invitation),
        user_id: Set(invitation.user_id),
        link_number: Set(invitation.times_issued),
        created_at: Set(change.now),
        due_at: Set(due_at),
        leased_until: Set(None),
        attempts: Set(0),
    };
    mail::Entity::insert(row).exec_without_returning(&change.txn).await?;
    Ok(())
}
