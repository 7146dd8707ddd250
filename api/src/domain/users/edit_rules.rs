//! What an edit is checked against: faults against what is stored, one at a time, the first in the order of B1.

use entity::{Role, Status, role_template, user};

use super::{Person, edit::Edit};
use crate::domain::{Code, Fault, Principal, escalation, escalation::Check};

/// Refuses where the caller has seen another version of the row (U4).
pub fn version(stored: i32, expected: Option<i32>) -> Check {
    match expected {
        Some(expected) if expected != stored => Err(Fault::at(Code::VersionConflict, &["expectedVersion"])),
        _ => Ok(()),
    }
}

fn is_active_admin(user: &user::Model) -> bool {
    user.role == Role::Admin && user.status == Status::Active
}

/// Nobody demotes or suspends themselves, and the last active admin stays one (A7).
pub fn admins_remain(me: &Principal, before: &Person, after: &user::Model, active_admins: i32) -> Check {
    escalation::not_self(me, before)?;
    let demoted = before.user.role == Role::Admin && after.role == Role::User;
    let suspended = before.user.status != Status::Suspended && after.status == Status::Suspended;
    if before.user.id == me.user.id && (demoted || suspended) {
        let fault = Fault::at(Code::CannotTargetSelf, &["userId"]);
        return Err(fault.saying("You cannot demote or suspend yourself."));
    }
    if is_active_admin(&before.user) && !is_active_admin(after) && active_admins == 1 {
        return Err(Fault::at(Code::LastAdmin, &["userId"]));
    }
    Ok(())
}

/// What an edit hands out, and whom it could make of the one who edits (A4), in the order of the contract's fields.
pub fn no_escalation(
    me: &Principal,
    before: &Person,
    after: &user::Model,
    template: Option<&role_template::Model>,
) -> Check {
    let was = &before.user;
    escalation::not_admin(me, before)?;
    if after.email_key != was.email_key {
        escalation::become_them(me, before, "email")?;
    }
    if after.role != was.role {
        escalation::change_role(me)?;
    }
    if was.status == Status::Suspended && after.status == Status::Active {
        escalation::become_them(me, before, "status")?;
    }
    if let Some(template) = template.filter(|_| after.role_template_id != was.role_template_id) {
        escalation::hand_out(me, template.permissions, &["roleTemplateId"])?;
    }
    if after.crm_access && !was.crm_access {
        escalation::hand_out_crm(me)?;
    }
    escalation::hand_out_boxes(me, after.permissions.difference(was.permissions))
}

/// The edit's own rules: a status only after signing up (U5), no admin without CRM access (U2).
pub fn own(edit: &Edit, before: &user::Model, after: &user::Model) -> Check {
    if edit.status.is_some() && before.status == Status::Invited {
        return Err(Fault::at(Code::InvitePending, &["status"]));
    }
    if edit.crm_access == Some(false) && after.role == Role::Admin {
        return Err(Fault::at(Code::AdminRequiresCrmAccess, &["crmAccess"]));
    }
    Ok(())
}
