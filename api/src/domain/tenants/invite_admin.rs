use entity::{Role, Status};

use super::{Created, by_slug, create};
use crate::domain::{
    Code, Fault, Result, Visitor,
    audit::{Changes, Target},
    faults::Faults,
    outbox,
    secrets::Purpose,
    users,
};

/// The way back in when the first admin's invitation was lost: invites an admin, or sends again to one who is still
/// invited. Anybody else of that address is `EMAIL_TAKEN`.
pub async fn invite_admin(visitor: &Visitor, slug: &str, email: &str) -> Result<Created> {
    let mut faults = Faults::default();
    let email = faults.email("email", email);
    faults.finish()?;
    let email = email.ok_or_else(|| Fault::at(Code::InvalidEmail, &["email"]))?;
    let tenant = by_slug(visitor.env.db.read(), slug).await?;
    let tenant = tenant.ok_or_else(|| no_tenant(slug))?;
    let mut change = visitor.begin(tenant.id).await?;
    let known = users::by_email(&change.txn, tenant.id, &email.key).await?;
    let created = match known {
        None => create::invite(&mut change, tenant, email).await?,
        Some(user) if user.role == Role::Admin && user.status == Status::Invited => {
            let invitation = outbox::renew_invitation(&mut change, &user).await?;
            let changes =
                Changes::default().field("timesIssued", invitation.times_issued - 1, invitation.times_issued);
            change.record("user.invitation_resent", Target::person(&user), changes);
            let invite_token = change.env.links.token(
                Purpose::Invitation,
                tenant.id,
                user.id,
                &invitation.nonce,
                invitation.expires_at,
            );
            Created { tenant, admin: user.id, invite_token }
        }
        Some(_) => {
            let fault = Fault::at(Code::EmailTaken, &["email"]);
            let sentence = "This address belongs to somebody who is not an invited admin.";
            return Err(fault.saying(sentence).into());
        }
    };
    change.commit().await?;
    Ok(created)
}

/// There is no tenant of that slug.
pub(super) fn no_tenant(slug: &str) -> Fault {
    Fault::at(Code::NotFound, &["slug"]).saying(format!("There is no tenant with the slug {slug}."))
}
