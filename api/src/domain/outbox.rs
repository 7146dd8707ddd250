//! The outbox: mail that is committed with the change that causes it; `mail` delivers it after (I4).

use chrono::{DateTime, TimeDelta, Utc};
use entity::{Delivery, InTenant, MailKind, invitation, mail, mail_cooldown, password_reset, user};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{Change, Env, Result};

/// How many mails are looked at for a metric, so that asking costs the same however many wait.
const COUNTED: u64 = 10_000;
/// How long a link to choose a new password works.
const RESET_TTL: TimeDelta = TimeDelta::hours(1);

/// Makes a new link for an invited user, which kills every earlier one, and queues its mail (I1, I2).
pub async fn renew_invitation(change: &mut Change, user: &user::Model) -> Result<invitation::Model> {
    let earlier = invitation::Entity::in_tenant(change.tenant)
        .filter(invitation::Column::UserId.eq(user.id))
        .one(&change.txn)
        .await?;
    let cooldown = cooldown(change, &user.email_key).await?;
    if earlier.is_some() {
        drop_queued(change, user, MailKind::Invitation).await?;
    }
    issue_invitation(change, user, earlier, cooldown)
}

/// Makes a link for an invited user in place of the `earlier` one, and queues its mail. Its address is written to when
/// its cooldown has ended, whatever became of its user (I4).
pub fn issue_invitation(
    change: &mut Change,
    user: &user::Model,
    earlier: Option<invitation::Model>,
    cooldown: Option<mail_cooldown::Model>,
) -> Result<invitation::Model> {
    let settings = &change.env.settings;
    let due_at = cooldown.map_or(change.now, |c| c.until.max(change.now));
    let new = invitation::Model {
        tenant_id: change.tenant,
        user_id: user.id,
        nonce: change.env.random::<16>().to_vec(),
        issued_at: change.now,
        expires_at: change.now + settings.invite_ttl,
        times_issued: earlier.as_ref().map_or(1, |i| i.times_issued + 1),
        resendable_at: due_at + settings.resend_cooldown,
        delivery: Delivery::Queued,
        delivery_failure: None,
    };
    let row = new.clone().into_active_model().reset_all();
    if earlier.is_some() {
        change.update(row)?;
    } else {
        change.insert(row);
    }
    let mail = Queued::of(change, MailKind::Invitation, user);
    queue(change, Queued { link_number: new.times_issued, due_at, ..mail });
    Ok(new)
}

/// Makes a new link to choose a password by, which kills every earlier one, and queues its mail (L5). Not within the
/// cooldown of the last one, whose link counts then: else anybody could kill it as often as they like. Answers whether.
pub async fn issue_password_reset(change: &mut Change, user: &user::Model) -> Result<bool> {
    let earlier = password_reset::Entity::in_tenant(change.tenant)
        .filter(password_reset::Column::UserId.eq(user.id))
        .one(&change.txn)
        .await?;
    let fresh = change.now + RESET_TTL - change.env.settings.resend_cooldown;
    if earlier.as_ref().is_some_and(|r| r.expires_at > fresh) {
        return Ok(false);
    }
    let new = password_reset::Model {
        tenant_id: change.tenant,
        user_id: user.id,
        nonce: change.env.random::<16>().to_vec(),
        expires_at: change.now + RESET_TTL,
        times_issued: earlier.as_ref().map_or(1, |r| r.times_issued + 1),
    };
    let link_number = new.times_issued;
    let row = new.into_active_model().reset_all();
    if earlier.is_some() {
        change.update(row)?;
        drop_queued(change, user, MailKind::PasswordReset).await?;
    } else {
        change.insert(row);
    }
    let mail = Queued::of(change, MailKind::PasswordReset, user);
    queue(change, Queued { link_number, ..mail });
    Ok(true)
}

/// Kills the link to choose a password by, and its mail.
pub async fn forget_password_reset(change: &Change, user: &user::Model) -> Result<()> {
    let link = password_reset::Entity::delete_in(change.tenant);
    link.filter(password_reset::Column::UserId.eq(user.id)).exec(&change.txn).await?;
    drop_queued(change, user, MailKind::PasswordReset).await
}

/// Queues the notice that the password was changed (L5).
pub fn notify_password_changed(change: &mut Change, user: &user::Model) {
    queue(change, Queued::of(change, MailKind::PasswordChanged, user));
}

/// Queues the notice to the former address of `was` that it was changed (L5).
pub fn notify_email_changed(change: &mut Change, was: &user::Model) {
    let to_address = Some(was.email.clone());
    queue(change, Queued { to_address, ..Queued::of(change, MailKind::EmailChanged, was) });
}

/// Drops the mail of a kind to a user that no worker has sent yet.
pub async fn drop_queued(change: &Change, user: &user::Model, kind: MailKind) -> Result<()> {
    let queued = mail::Entity::delete_in(change.tenant)
        .filter(mail::Column::UserId.eq(user.id))
        .filter(mail::Column::Kind.eq(kind));
    queued.exec(&change.txn).await?;
    Ok(())
}

/// Until when an address is not written to: one mail an address and cooldown (I4).
pub async fn cooldown(change: &Change, email_key: &str) -> Result<Option<mail_cooldown::Model>> {
    let cooldown =
        mail_cooldown::Entity::in_tenant(change.tenant).filter(mail_cooldown::Column::EmailKey.eq(email_key));
    Ok(cooldown.one(&change.txn).await?)
}

/// How many mails of all tenants wait, up to [`COUNTED`], and for how many seconds the oldest of those that are due.
#[expect(clippy::disallowed_methods, reason = "work across tenants begins with a read over all of them")]
pub async fn waiting(env: &Env) -> Result<(u32, f64)> {
    let first = mail::Entity::find()
        .select_only()
        .column(mail::Column::CreatedAt)
        .column(mail::Column::DueAt)
        .order_by_asc(mail::Column::DueAt)
        .order_by_asc(mail::Column::Id)
        .limit(COUNTED)
        .into_tuple::<(DateTime<Utc>, DateTime<Utc>)>();
    let (rows, now) = (first.all(env.db.read()).await?, env.now());
    let due = rows.iter().filter(|(_, due_at)| *due_at <= now).map(|(created_at, _)| now - *created_at);
    let oldest = due.max().unwrap_or_default().as_seconds_f64();
    Ok((u32::try_from(rows.len()).unwrap_or(u32::MAX), oldest))
}

/// A mail to queue.
struct Queued<'a> {
    kind: MailKind,
    user: &'a user::Model,
    to_address: Option<String>,
    link_number: i32,
    due_at: DateTime<Utc>,
}

impl<'a> Queued<'a> {
    /// One without a link, to the user's own address, due at once.
    fn of(change: &Change, kind: MailKind, user: &'a user::Model) -> Self {
        Self { kind, user, to_address: None, link_number: 0, due_at: change.now }
    }
}

fn queue(change: &mut Change, mail: Queued<'_>) {
    let row = mail::ActiveModel {
        tenant_id: Set(change.tenant),
        id: Set(change.env.new_id()),
        kind: Set(mail.kind),
        user_id: Set(mail.user.id),
        to_address: Set(mail.to_address),
        link_number: Set(mail.link_number),
        created_at: Set(change.now),
        due_at: Set(mail.due_at),
        leased_until: Set(None),
        attempts: Set(0),
    };
    change.insert(row);
}
