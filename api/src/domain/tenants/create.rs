use entity::{Permissions, Role, seats, tenant};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::Created;
use crate::domain::{
    Change, Code, Fault, Result, Visitor,
    audit::{Changes, Target},
    faults::Faults,
    insert::insert_unless_taken,
    outbox,
    secrets::Purpose,
    text::{self, Email},
    users::{Invited, create_invited},
};

/// Creates a tenant with one invited admin (T4). A slug that is taken is `NAME_TAKEN` at `slug`.
pub async fn create(
    visitor: &Visitor,
    slug: &str,
    name: &str,
    seats: i32,
    admin_email: &str,
) -> Result<Created> {
    let mut faults = Faults::default();
    let slug = text::slug(slug);
    if slug.is_none() {
        let fault = Fault::at(Code::InvalidText, &["slug"]);
        faults.push(fault.saying("A slug has 3 to 63 of a–z, 0–9 and inner hyphens."));
    }
    let name = faults.text("name", text::template_name(name));
    if seats < 1 {
        faults.push(Fault::at(Code::Required, &["seats"]).saying("A tenant has at least 1 seat."));
    }
    let email = faults.email("adminEmail", admin_email);
    faults.finish()?;
    let (Some(slug), Some(name), Some(email)) = (slug, name, email) else {
        return Err(Fault::at(Code::Required, &[]).into());
    };

    let env = &visitor.env;
    let tenant = tenant::Model { id: env.new_id(), slug, name, created_at: env.now() };
    let txn = env.db.begin().await?;
    let row = tenant.clone().into_active_model().reset_all();
    if !insert_unless_taken(&txn, row).await? {
        let fault = Fault::at(Code::NameTaken, &["slug"]);
        return Err(fault.saying(format!("There already is a tenant with the slug {}.", tenant.slug)).into());
    }
    let row = seats::Model {
        tenant_id: tenant.id,
        seat_limit: seats,
        invited: 0,
        active: 0,
        suspended: 0,
        active_admins: 0,
    };
    seats::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&txn).await?;
    let mut change = Change::within(visitor, txn, tenant.id).await?;
    change.record("tenant.created", Target::Tenant, Changes::default());
    let created = invite(&mut change, tenant, email).await?;
    change.commit().await?;
    Ok(created)
}

/// Invites an admin in a change that the command line makes.
pub(super) async fn invite(change: &mut Change, tenant: tenant::Model, email: Email) -> Result<Created> {
    let admin = Invited {
        cooldown: outbox::cooldown(change, &email.key).await?,
        email,
        role: Role::Admin,
        template: None,
        crm_access: true,
        permissions: Permissions::NONE,
    };
    let (person, invitation) = create_invited(change, admin).await?;
    let (user, links) = (person.user, &change.env.links);
    let invite_token =
        links.token(Purpose::Invitation, tenant.id, user.id, &invitation.nonce, invitation.expires_at);
    Ok(Created { tenant, admin: user.id, invite_token })
}
