//! No escalation (A4): what a delegate, a non-admin holding some `users.*` permission, is stopped by. Admins never are.

use entity::{Category, Permissions, Role};
use uuid::Uuid;

use super::{Code, Fault, Principal, access::Access, users::Person};

/// What stands in the way.
pub type Check = Result<(), Fault>;

fn escalation(path: &[&str], permissions: Permissions) -> Fault {
    Fault {
        permissions: (!permissions.is_empty()).then(|| permissions.iter().collect()),
        ..Fault::at(Code::Escalation, path)
    }
}

/// A delegate never changes their own row.
pub fn not_self(me: &Principal, target: &Person) -> Check {
    if !me.is_admin() && target.user.id == me.user.id {
        return Err(Fault::at(Code::CannotTargetSelf, &["userId"]).saying("You cannot change your own user."));
    }
    Ok(())
}

/// A delegate never touches an admin.
pub fn not_admin(me: &Principal, target: &Person) -> Check {
    if !me.is_admin() && target.user.role == Role::Admin {
        return Err(escalation(&["userId"], Permissions::NONE).saying("Only an admin can change an admin."));
    }
    Ok(())
}

/// Both: whether a delegate may change this person at all.
pub fn reach(me: &Principal, target: &Person) -> Check {
    not_self(me, target)?;
    not_admin(me, target)
}

/// A delegate never changes the template that their own row uses.
pub fn own_template(me: &Principal, template: Uuid) -> Check {
    if !me.is_admin() && me.user.role_template_id == Some(template) {
        let fault = Fault::at(Code::CannotTargetSelf, &["roleTemplateId"]);
        return Err(fault.saying("You cannot change the role template that you use yourself."));
    }
    Ok(())
}

/// A delegate never makes an admin and never changes a role.
pub fn change_role(me: &Principal) -> Check {
    if me.is_admin() {
        return Ok(());
    }
    Err(escalation(&["role"], Permissions::NONE).saying("Only an admin can make admins or change roles."))
}

/// What `me` may not hand out of `permissions`: what it does not hold, and `users.*`, which admins alone hand out.
fn not_to_hand_out(me: &Principal, permissions: Permissions) -> Permissions {
    if me.is_admin() {
        return Permissions::NONE;
    }
    let users = permissions.intersection(Permissions::of_category(Category::Users));
    permissions.difference(me.permissions()).union(users)
}

/// Nobody hands out what they do not hold: here as one set, at one field.
pub fn hand_out(me: &Principal, permissions: Permissions, path: &[&str]) -> Check {
    let refused = not_to_hand_out(me, permissions);
    if refused.is_empty() { Ok(()) } else { Err(escalation(path, refused)) }
}

/// The same for check boxes: one error, at the first category at fault (A6).
pub fn hand_out_boxes(me: &Principal, permissions: Permissions) -> Check {
    let refused = not_to_hand_out(me, permissions);
    match refused.iter().next() {
        None => Ok(()),
        Some(first) => Err(escalation(&["permissions", key(first.category())], refused)),
    }
}

/// Nobody hands out CRM access that they do not have.
pub fn hand_out_crm(me: &Principal) -> Check {
    if me.access().crm {
        return Ok(());
    }
    let fault = escalation(&["crmAccess"], Permissions::NONE);
    Err(fault.saying("You cannot give CRM access that you do not have yourself."))
}

/// Whoever could become somebody else by it must hold everything that this person has on record.
pub fn become_them(me: &Principal, target: &Person, field: &str) -> Check {
    if me.is_admin() {
        return Ok(());
    }
    let theirs = Access::on_record(&target.user, target.template.as_deref());
    let missing = theirs.permissions.difference(me.permissions());
    if missing.is_empty() && (me.access().crm || !theirs.crm) {
        return Ok(());
    }
    let fault = escalation(&[field], missing);
    Err(fault.saying("This person holds more than you do: only somebody who holds all of it can do this."))
}

/// The name of the input field of a category.
fn key(category: Category) -> &'static str {
    super::catalog::category_key(category)
}
