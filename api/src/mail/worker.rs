mod letters;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{Delivery, DeliveryFailure, InTenant, MailKind, invitation, mail, mail_cooldown};
use futures::{FutureExt, future::join_all};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use tokio::{sync::watch, time::timeout};
use uuid::Uuid;

use super::{Letter, Mailer, not_sent::NotSent, transport::SentLink};
use crate::{
    domain::{Env, Result, text},
    telemetry::{MailOutcome, Metrics},
};

/// How often the outbox is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a worker keeps a mail to itself; a crashed one's mail is taken over after it.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How long a failed mail waits for its second try; each further pause is twice as long, up to the longest.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// How long a mail is tried.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(24);
/// How many are taken and sent in one go: all of them while their lease lasts.
const AT_ONCE: u64 = 8;

/// Delivers the mail of all tenants. Any number of them share the work: a lease gives each mail to one of them.
pub struct Worker {
    env: Arc<Env>,
    mailer: Mailer,
    metrics: Metrics,
}

/// A mail that is leased, and whose address is claimed until then.
struct Taken {
    row: mail::Model,
    letter: Letter,
    email_key: String,
    claimed_until: DateTime<Utc>,
}

impl Worker {
    /// Delivers by `mailer`, and counts by `metrics`.
    pub fn new(env: Arc<Env>, mailer: Mailer, metrics: Metrics) -> Self {
        Self { env, mailer, metrics }
    }

    /// Tells of every link that is sent.
    pub fn watch(&self) -> tokio::sync::broadcast::Receiver<SentLink> {
        self.mailer.watch()
    }

    /// Delivers until it is told to stop; what it is sending then, it finishes.
    pub async fn run(&self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            match AssertUnwindSafe(self.deliver_due()).catch_unwind().await {
                // There may be more.
                Ok(Ok(1..)) => continue,
                Ok(Ok(0)) => {}
                Ok(Err(error)) => tracing::error!(%error, "mail could not be delivered"),
                Err(_) => tracing::error!("delivering mail panicked"),
            }
            let _ = timeout(LOOK_EVERY, stopped.wait_for(|stopped| *stopped)).await;
        }
    }

    /// Delivers some of what is due now. Answers how many were sent.
    pub async fn deliver_due(&self) -> Result<usize> {
        // Taken one after the other, in the order in which they are due; sent together, so that a slow server holds up
        // none of the others.
        let mut ready = Vec::new();
        for row in self.due().await? {
            if let Some(mail) = self.take(row).await? {
                ready.push(self.send(mail));
            }
        }
        let mut sent = 0;
        for delivered in join_all(ready).await {
            sent += usize::from(delivered?);
        }
        Ok(sent)
    }

    /// What is due and in nobody's hands: a plain read over all tenants, and no lock.
    #[expect(clippy::disallowed_methods, reason = "work across tenants begins with a read over all of them")]
    async fn due(&self) -> Result<Vec<mail::Model>> {
        let now = self.env.now();
        let free = mail::Column::LeasedUntil.is_null().or(mail::Column::LeasedUntil.lte(now));
        let due = mail::Entity::find()
            .filter(mail::Column::DueAt.lte(now))
            .filter(free)
            .order_by_asc(mail::Column::DueAt)
            .order_by_asc(mail::Column::Id)
            .limit(AT_ONCE);
        Ok(due.all(self.env.db.read()).await?)
    }

    /// Takes a mail: none where somebody else has it, nobody must get it, or its address is left alone for now.
    async fn take(&self, mut row: mail::Model) -> Result<Option<Taken>> {
        let Some(letter) = self.letter(&row).await? else {
            self.drop_mail(&row).await?;
            return Ok(None);
        };
        let email_key = text::key(&letter.to);
        // Looked at before it is leased: waiting is no attempt.
        if let Some(until) = self.cooling_down(row.tenant_id, &email_key).await? {
            self.postpone(&row, until).await?;
            return Ok(None);
        }
        if !self.lease(&row).await? {
            return Ok(None);
        }
        row.attempts += 1;
        let Some(claimed_until) = self.claim(row.tenant_id, &email_key).await? else {
            // Another mail to the same address was faster: its cooldown is met at the next look.
            self.postpone(&row, row.due_at).await?;
            return Ok(None);
        };
        Ok(Some(Taken { row, letter, email_key, claimed_until }))
    }

    /// Sends a mail that was taken. Answers whether it was.
    async fn send(&self, Taken { row, letter, email_key, claimed_until }: Taken) -> Result<bool> {
        if let Err(not_sent) = self.mailer.send(letter).await {
            self.release(row.tenant_id, &email_key, claimed_until).await?;
            self.failed(&row, &not_sent).await?;
            return Ok(false);
        }
        self.metrics.mail(MailOutcome::Sent);
        self.settle(&row, Delivery::Sent, None).await?;
        Ok(true)
    }

    /// Takes a mail unless somebody else has.
    async fn lease(&self, row: &mail::Model) -> Result<bool> {
        let txn = self.env.db.begin().await?;
        let taken = mail::Entity::update_in(row.tenant_id)
            .col_expr(mail::Column::LeasedUntil, Expr::value(Some(self.env.now() + LEASE)))
            .col_expr(mail::Column::Attempts, Expr::value(row.attempts + 1))
            .filter(as_seen(row))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(taken.rows_affected == 1)
    }

    /// Until when an address is left alone, where it is (I4).
    async fn cooling_down(&self, tenant: Uuid, email_key: &str) -> Result<Option<DateTime<Utc>>> {
        let row = mail_cooldown::Entity::in_tenant(tenant)
            .filter(mail_cooldown::Column::EmailKey.eq(email_key))
            .filter(mail_cooldown::Column::Until.gt(self.env.now()))
            .one(self.env.db.read());
        Ok(row.await?.map(|row| row.until))
    }

    /// Claims an address for one mail, until when is answered; none where another mail has it (I4).
    async fn claim(&self, tenant: Uuid, email_key: &str) -> Result<Option<DateTime<Utc>>> {
        let now = self.env.now();
        let until = now + self.env.settings.resend_cooldown;
        let row = mail_cooldown::ActiveModel {
            tenant_id: Set(tenant),
            email_key: Set(email_key.to_owned()),
            until: Set(until),
        };
        let mut claim =
            OnConflict::columns([mail_cooldown::Column::TenantId, mail_cooldown::Column::EmailKey]);
        claim
            .update_column(mail_cooldown::Column::Until)
            .action_and_where(Expr::col((mail_cooldown::Entity, mail_cooldown::Column::Until)).lte(now));
        let txn = self.env.db.begin().await?;
        let claimed =
            mail_cooldown::Entity::insert(row).on_conflict(claim).exec_without_returning(&txn).await?;
        txn.commit().await?;
        Ok((claimed == 1).then_some(until))
    }

    /// Gives an address free again that was claimed until then: nothing was sent to it after all.
    async fn release(&self, tenant: Uuid, email_key: &str, claimed_until: DateTime<Utc>) -> Result<()> {
        let txn = self.env.db.begin().await?;
        mail_cooldown::Entity::delete_in(tenant)
            .filter(mail_cooldown::Column::EmailKey.eq(email_key))
            .filter(mail_cooldown::Column::Until.eq(claimed_until))
            .exec(&txn)
            .await?;
        Ok(txn.commit().await?)
    }

    async fn postpone(&self, row: &mail::Model, until: DateTime<Utc>) -> Result<()> {
        let txn = self.env.db.begin().await?;
        mail::Entity::update_in(row.tenant_id)
            .col_expr(mail::Column::DueAt, Expr::value(until))
            .col_expr(mail::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
            .filter(as_seen(row))
            .exec(&txn)
            .await?;
        Ok(txn.commit().await?)
    }

    async fn drop_mail(&self, row: &mail::Model) -> Result<()> {
        let txn = self.env.db.begin().await?;
        mail::Entity::delete_in(row.tenant_id).filter(as_seen(row)).exec(&txn).await?;
        Ok(txn.commit().await?)
    }

    /// A refusal for good is told at once, a temporary one when it has lasted for a day.
    async fn failed(&self, row: &mail::Model, why: &NotSent) -> Result<()> {
        let NotSent { failure, for_good, inside } = why;
        let now = self.env.now();
        if *for_good || now - row.created_at >= GIVE_UP_AFTER {
            self.metrics.mail(MailOutcome::Failed);
            tracing::warn!(inside, mail = %row.id, "a mail was given up");
            return self.settle(row, Delivery::Failed, Some(*failure)).await;
        }
        self.metrics.mail(MailOutcome::Postponed);
        let until = now + self.pause_after(row.attempts - 1);
        tracing::warn!(inside, mail = %row.id, %until, "a mail waits for its next try");
        self.postpone(row, until).await
    }

    /// How long to wait after a failure that so many came before: doubled each time, and up to a tenth more, so that
    /// what failed together does not come back together.
    fn pause_after(&self, attempts: i32) -> TimeDelta {
        let pause = (FIRST_PAUSE * 2_i32.pow(attempts.clamp(0, 16).unsigned_abs())).min(LONGEST_PAUSE);
        let [random] = self.env.random::<1>();
        pause + pause * i32::from(random) / 2560
    }

    /// Takes a mail out of the outbox and tells its invitation what became of it, unless somebody else has taken it
    /// over: then it is for them to tell.
    async fn settle(&self, row: &mail::Model, end: Delivery, failure: Option<DeliveryFailure>) -> Result<()> {
        let txn = self.env.db.begin().await?;
        let ours = mail::Entity::delete_in(row.tenant_id).filter(as_seen(row)).exec(&txn).await?;
        if ours.rows_affected == 1 && row.kind == MailKind::Invitation {
            invitation::Entity::update_in(row.tenant_id)
                .col_expr(invitation::Column::Delivery, Expr::value(end))
                .col_expr(invitation::Column::DeliveryFailure, Expr::value(failure))
                .filter(invitation::Column::UserId.eq(row.user_id))
                .filter(invitation::Column::TimesIssued.eq(row.link_number))
                .exec(&txn)
                .await?;
        }
        Ok(txn.commit().await?)
    }
}

/// A mail as long as nobody else has taken it: `attempts` is the fence.
fn as_seen(row: &mail::Model) -> Condition {
    Condition::all().add(mail::Column::Id.eq(row.id)).add(mail::Column::Attempts.eq(row.attempts))
}
