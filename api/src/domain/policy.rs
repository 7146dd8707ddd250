//! Who may do what (A1 to A5): every allow and deny of the product is decided in this file and in `escalation`.

use entity::{Permission, Status, role_template};

use super::{Error, Principal, Result, escalation, users::Person};

/// What somebody may do with a user (U8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserActions {
    /// Change anything at all.
    pub edit: bool,
    /// Give it another address.
    pub change_email: bool,
    /// Promote or demote it.
    pub change_role: bool,
    /// Suspend or reactivate it.
    pub change_status: bool,
    /// Delete it.
    pub delete: bool,
    /// Send its invitation again.
    pub resend_invite: bool,
}

/// What somebody may do with a role template (U8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateActions {
    /// Give it to somebody.
    pub assign: bool,
    /// Change it.
    pub edit: bool,
    /// Delete it.
    pub delete: bool,
}

/// List and read users, templates and seat usage (A2).
pub fn may_view(me: &Principal) -> bool {
    me.holds(Permission::UsersView)
}

fn may(me: &Principal, permission: Permission) -> bool {
    may_view(me) && me.holds(permission)
}

/// Invite and resend (A3).
pub fn may_invite(me: &Principal) -> bool {
    may(me, Permission::UsersCreate)
}

/// Edit users (A3).
pub fn may_edit(me: &Principal) -> bool {
    may(me, Permission::UsersEdit)
}

/// Delete users (A3).
pub fn may_delete(me: &Principal) -> bool {
    may(me, Permission::UsersDelete)
}

/// Create, edit and delete role templates (A3).
pub fn may_manage(me: &Principal) -> bool {
    may(me, Permission::UsersManage)
}

/// Refuses where `allowed` is false; `needs` says what is lacking.
pub fn require(allowed: bool, needs: &'static str) -> Result<()> {
    if allowed { Ok(()) } else { Err(Error::Forbidden(needs)) }
}

/// What [`may_view`] needs, in words.
pub const NEEDS_VIEW: &str = "This needs the permission users.view.";
/// What [`may_invite`] needs, in words.
pub const NEEDS_INVITE: &str = "This needs the permissions users.view and users.create.";
/// What [`may_edit`] needs, in words.
pub const NEEDS_EDIT: &str = "This needs the permissions users.view and users.edit.";
/// What [`may_delete`] needs, in words.
pub const NEEDS_DELETE: &str = "This needs the permissions users.view and users.delete.";
/// What [`may_manage`] needs, in words.
pub const NEEDS_MANAGE: &str = "This needs the permissions users.view and users.manage.";

/// What `me` may do with `target`, by the rules of the mutations (U8).
pub fn user_actions(me: &Principal, target: &Person) -> UserActions {
    let within_reach = escalation::reach(me, target).is_ok();
    let not_me = target.user.id != me.user.id;
    let edit = may_edit(me) && within_reach;
    let becomes = escalation::become_them(me, target, "email").is_ok();
    UserActions {
        edit,
        change_email: edit && becomes,
        change_role: edit && me.is_admin() && not_me,
        change_status: edit
            && not_me
            && match target.user.status {
                Status::Invited => false,
                Status::Active => true,
                Status::Suspended => becomes,
            },
        delete: may_delete(me) && not_me && within_reach,
        resend_invite: may_invite(me) && within_reach && target.user.status == Status::Invited,
    }
}

/// What `me` may do with `template`, by the rules of the mutations (U8).
pub fn template_actions(me: &Principal, template: &role_template::Model) -> TemplateActions {
    let changes = may_manage(me) && escalation::own_template(me, template.id).is_ok();
    TemplateActions {
        assign: (may_invite(me) || may_edit(me))
            && escalation::hand_out(me, template.permissions, &["roleTemplateId"]).is_ok(),
        edit: changes,
        delete: changes,
    }
}
