use std::sync::Arc;

use chrono::DateTime;
use entity::{Permissions, Role, Status, invitation, mail_cooldown, role_template, user};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::{Person, find::by_email};
use crate::domain::{
    Change, Code, Ctx, Fault, PermissionsPatch, Principal, Result,
    audit::{self, Target},
    escalation,
    faults::Faults,
    ids::{self, Kind},
    outbox, policy,
    seats::SeatUsage,
    sessions,
    text::Email,
};

/// Somebody to invite, as the caller typed it.
pub struct NewInvite {
    /// The address.
    pub email: String,
    /// The role.
    pub role: Role,
    /// The template, by its public id.
    pub role_template_id: Option<String>,
    /// CRM access; left out it is on for an admin and off for a user (U2).
    pub crm_access: Option<bool>,
    /// Boxes to check.
    pub permissions: PermissionsPatch,
}

/// Somebody to invite, parsed and allowed.
pub struct Invited {
    /// The address.
    pub email: Email,
    /// The role.
    pub role: Role,
    /// The template.
    pub template: Option<role_template::Model>,
    /// CRM access.
    pub crm_access: bool,
    /// Direct grants.
    pub permissions: Permissions,
    /// Until when the address is not written to.
    pub cooldown: Option<mail_cooldown::Model>,
}

/// Invites somebody: takes a seat, creates the user as invited, and queues the email. One transaction (S2, I4).
pub async fn invite(ctx: &Ctx, new: NewInvite) -> Result<(Person, SeatUsage)> {
    let (email, crm_access) = parse(&new)?;
    let template_id = new.role_template_id.as_deref();
    let beside = sessions::Invited {
        template: template_id.and_then(|id| ids::decode(Kind::Template, id)),
        email_key: email.key.clone(),
    };
    let (mut change, me, (template, cooldown)) = ctx.begin_beside(beside).await?;
    policy::require(policy::may_invite(&me), policy::NEEDS_INVITE)?;
    if template_id.is_some() && template.is_none() {
        return Err(Fault::at(Code::NotFound, &["roleTemplateId"]).into());
    }
    let permissions = new.permissions.apply(Permissions::NONE);
    let invited = Invited { email, role: new.role, template, crm_access, permissions, cooldown };
    may_hand_out(&me, &invited)?;
    let (person, _) = create_invited(&mut change, invited).await?;
    let seats = SeatUsage::of(&change.seats);
    change.commit().await?;
    Ok((person, seats))
}

fn parse(new: &NewInvite) -> Result<(Email, bool)> {
    let mut faults = Faults::default();
    let email = faults.email("email", &new.email);
    if new.role == Role::Admin && new.crm_access == Some(false) {
        faults.push(Fault::at(Code::AdminRequiresCrmAccess, &["crmAccess"]));
    }
    faults.finish()?;
    let email = email.ok_or_else(|| Fault::at(Code::InvalidEmail, &["email"]))?;
    Ok((email, new.crm_access.unwrap_or(new.role == Role::Admin)))
}

/// Everything that an invitation hands out (A4), in the order of the contract's fields.
fn may_hand_out(me: &Principal, new: &Invited) -> Result<()> {
    if new.role == Role::Admin {
        escalation::change_role(me)?;
    }
    if let Some(template) = &new.template {
        escalation::hand_out(me, template.permissions, &["roleTemplateId"])?;
    }
    if new.crm_access {
        escalation::hand_out_crm(me)?;
    }
    Ok(escalation::hand_out_boxes(me, new.permissions)?)
}

/// Creates an invited user with its seat, link, mail and audit event. `EMAIL_TAKEN`, `SEAT_LIMIT_REACHED`.
pub async fn create_invited(change: &mut Change, new: Invited) -> Result<(Person, invitation::Model)> {
    let id = change.env.new_id();
    let user = user::Model {
        tenant_id: change.tenant,
        id,
        label_id: change.env.new_id(),
        email: new.email.as_typed,
        email_key: new.email.key,
        name: None,
        name_key: String::new(),
        role: new.role,
        status: Status::Invited,
        role_template_id: new.template.as_ref().map(|t| t.id),
        crm_access: new.crm_access,
        permissions: new.permissions,
        last_login_at: DateTime::UNIX_EPOCH,
        version: 1,
        created_at: change.now,
        updated_at: change.now,
    };
    change.move_seat(None, Some(&user));
    if SeatUsage::of(&change.seats).used > change.seats.seat_limit {
        let taken = by_email(&change.txn, change.tenant, &user.email_key).await?.is_some();
        let fault = Fault::at(Code::EmailTaken, &["email"]);
        return Err(if taken { fault } else { Fault::at(Code::SeatLimitReached, &[]) }.into());
    }
    change.label(&user);
    change.insert(user.clone().into_active_model().reset_all());
    change.move_template(None, user.role_template_id);
    let invitation = outbox::issue_invitation(change, &user, None, new.cooldown)?;
    let changes = audit::user_changes(None, Some(&user));
    change.record("user.invited", Target::person(&user), changes);
    change.write().await?;
    Ok((Person { user, template: new.template.map(Arc::new) }, invitation))
}
