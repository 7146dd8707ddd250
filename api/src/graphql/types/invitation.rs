use async_graphql::SimpleObject;
use chrono::Utc;
use entity::invitation;

use super::{DateTime, DeliveryFailure, DeliveryState};
use crate::domain::users::Preview;

/// What an invited user can sign up by.
#[derive(SimpleObject)]
pub struct Invitation {
    /// When the link that counts was made.
    issued_at: DateTime,
    /// When it stops to work.
    expires_at: DateTime,
    /// Whether it has.
    expired: bool,
    /// Links made so far: 1, and one more for each resend or change of address.
    times_issued: i32,
    /// From when a resend will be accepted.
    resendable_at: DateTime,
    /// How far its mail has come.
    delivery: DeliveryState,
    /// Why its mail was given up.
    delivery_failure: Option<DeliveryFailure>,
}

/// What a sign-up page may know of a link.
#[derive(SimpleObject)]
pub struct InvitationPreview {
    /// The tenant's name.
    tenant_name: String,
    /// The tenant's slug, for signing in later.
    tenant_slug: String,
    /// The address that was invited.
    email: String,
    /// When the link stops to work.
    expires_at: DateTime,
    /// Whether it has.
    expired: bool,
}

impl Invitation {
    /// `row` as it is at `now`.
    pub fn new(row: &invitation::Model, now: chrono::DateTime<Utc>) -> Self {
        Self {
            issued_at: row.issued_at.into(),
            expires_at: row.expires_at.into(),
            expired: row.expires_at <= now,
            times_issued: row.times_issued,
            resendable_at: row.resendable_at.into(),
            delivery: row.delivery.into(),
            delivery_failure: row.delivery_failure.map(Into::into),
        }
    }
}

impl From<Preview> for InvitationPreview {
    fn from(preview: Preview) -> Self {
        let Preview { tenant_name, tenant_slug, email, expires_at, expired } = preview;
        Self { tenant_name, tenant_slug, email, expires_at: expires_at.into(), expired }
    }
}
