use entity::Status;

use crate::domain::{
    Result, Visitor,
    audit::{Changes, Target},
    outbox, tenants,
    text::Email,
    users,
};

/// How many may wait to be looked at; more are dropped, which nobody can tell from the answer (B3).
const AT_ONCE: usize = 200;

/// Asks for a link to choose a new password by (L5). Always accepted, at once: whether the address exists shows neither
/// in the answer nor in the time that it takes.
pub fn request_reset(visitor: &Visitor, slug: String, email: String) {
    let visitor = visitor.clone();
    let background = visitor.env.background.clone();
    if background.len() >= AT_ONCE {
        tracing::warn!("a password reset was dropped: too many at once");
        return;
    }
    background.spawn(async move {
        if let Err(error) = send(&visitor, &slug, &email).await {
            tracing::error!(%error, "a password reset could not be queued");
        }
    });
}

async fn send(visitor: &Visitor, slug: &str, email: &str) -> Result<()> {
    let Some(tenant) = tenants::by_slug(visitor.env.db.read(), slug).await? else { return Ok(()) };
    let Ok(email) = Email::parse(email) else { return Ok(()) };
    let mut change = visitor.begin(tenant.id).await?;
    let user = users::by_email(&change.txn, tenant.id, &email.key).await?;
    let Some(user) = user.filter(|user| user.status == Status::Active) else { return Ok(()) };
    if !outbox::issue_password_reset(&mut change, &user).await? {
        return Ok(());
    }
    change.record("password.reset_requested", Target::person(&user), Changes::default());
    change.commit().await
}
