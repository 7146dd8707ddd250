use std::sync::Arc;

use entity::{Role, Status, user};
use sea_orm::{ActiveModelTrait, ActiveValue, IntoActiveModel};
use uuid::Uuid;

use super::{Person, edit_rules};
use crate::domain::{
    Change, Code, Ctx, Fault, Patch, PermissionsPatch, Result,
    audit::{self, Target},
    faults::Faults,
    ids::{self, Kind},
    outbox, policy,
    seats::SeatUsage,
    sessions,
    text::{self, Email},
};

/// A patch of one user, as the caller typed it (U4).
#[derive(Default)]
pub struct EditUser {
    /// Whom, by its public id.
    pub user_id: String,
    /// The address.
    pub email: Patch<String>,
    /// The name; can be cleared.
    pub name: Patch<String>,
    /// The role.
    pub role: Patch<Role>,
    /// Active or suspended (U5).
    pub status: Patch<Status>,
    /// The template, by its public id; can be cleared.
    pub role_template_id: Patch<String>,
    /// CRM access.
    pub crm_access: Option<bool>,
    /// Boxes to check and to uncheck.
    pub permissions: PermissionsPatch,
    /// The version that the caller has seen.
    pub expected_version: Option<i32>,
}

/// The same, parsed: what is absent stays.
pub struct Edit {
    email: Option<Email>,
    name: Option<Option<String>>,
    role: Option<Role>,
    /// The status to set.
    pub status: Option<Status>,
    role_template_id: Option<Option<Uuid>>,
    /// The CRM access to set.
    pub crm_access: Option<bool>,
    permissions: PermissionsPatch,
}

/// Edits somebody: all or nothing. Answers it and the seat usage after.
pub async fn edit(ctx: &Ctx, input: EditUser) -> Result<(Person, SeatUsage)> {
    let (user_id, expected_version) = (ids::decode(Kind::User, &input.user_id), input.expected_version);
    let template_id = input.role_template_id.clone();
    let mut edit = Edit::parse(input)?;
    let (mut change, me) = ctx.begin().await?;
    policy::require(policy::may_edit(&me), policy::NEEDS_EDIT)?;
    let before = change.person(user_id).await?.ok_or_else(|| Fault::at(Code::NotFound, &["userId"]))?;
    let template = match template_id {
        Patch::Absent => before.template.clone(),
        Patch::Null => None,
        Patch::Value(id) => {
            let found = change.template(ids::decode(Kind::Template, &id)).await?;
            Some(Arc::new(found.ok_or_else(|| Fault::at(Code::NotFound, &["roleTemplateId"]))?))
        }
    };
    edit.role_template_id = Some(template.as_ref().map(|t| t.id));
    edit_rules::version(before.user.version, expected_version)?;
    let mut after = edit.apply(&before.user);
    edit_rules::admins_remain(&me, &before, &after, change.seats.active_admins)?;
    edit_rules::no_escalation(&me, &before, &after, template.as_deref())?;
    edit_rules::own(&edit, &before.user, &after)?;
    if after != before.user {
        store(&mut change, &before.user, &mut after).await?;
    }
    let seats = SeatUsage::of(&change.seats);
    change.commit().await?;
    Ok((Person { user: after, template }, seats))
}

async fn store(change: &mut Change, was: &user::Model, after: &mut user::Model) -> Result<()> {
    after.version += 1;
    after.updated_at = change.now;
    if (&after.email, &after.name) != (&was.email, &was.name) {
        after.label_id = change.env.new_id();
        change.label(after);
    }
    let row = user::ActiveModel {
        // A sign-in at this moment takes no lock of the tenant: what it writes must not be written over (U3).
        last_login_at: ActiveValue::NotSet,
        ..after.clone().into_active_model().reset_all()
    };
    change.update(row)?;
    // At once: a sign-in of this moment holds the user's row until its session is there to be ended (U6).
    change.write().await?;
    change.move_seat(Some(was), Some(after));
    change.move_template(was.role_template_id, after.role_template_id);
    if after.status == Status::Suspended && was.status != Status::Suspended {
        sessions::end_all(&change.txn, after).await?;
        outbox::forget_password_reset(change, after).await?;
    }
    if after.email_key != was.email_key {
        move_to_new_address(change, was, after).await?;
    }
    let changes = audit::user_changes(Some(was), Some(after));
    change.record("user.edited", Target::person(after), changes);
    Ok(())
}

/// The old address is worth nothing from now on: links that were sent there die, and the new one gets its own (I3); to
/// somebody who has signed up it is told (L5).
async fn move_to_new_address(change: &mut Change, was: &user::Model, after: &user::Model) -> Result<()> {
    if after.status == Status::Invited {
        outbox::renew_invitation(change, after).await?;
        return Ok(());
    }
    outbox::forget_password_reset(change, after).await?;
    outbox::notify_email_changed(change, was);
    Ok(())
}

impl Edit {
    /// Parses the input and tells its faults together, in the order of the contract's fields (B1).
    fn parse(input: EditUser) -> Result<Self> {
        let EditUser {
            user_id: _,
            email,
            name,
            role,
            status,
            role_template_id: _,
            crm_access,
            permissions,
            expected_version: _,
        } = input;
        let mut faults = Faults::default();
        let email = faults.required("email", email).and_then(|typed| faults.email("email", &typed));
        let name = match name {
            Patch::Absent => None,
            Patch::Null => Some(None),
            Patch::Value(typed) => Some(faults.text("name", text::person_name(&typed))),
        };
        let role = faults.required("role", role);
        let status = faults.required("status", status);
        if role == Some(Role::Admin) && crm_access == Some(false) {
            faults.push(Fault::at(Code::AdminRequiresCrmAccess, &["crmAccess"]));
        }
        faults.finish()?;
        Ok(Self { email, name, role, status, role_template_id: None, crm_access, permissions })
    }

    /// The row after the edit, its version and label not yet counted up.
    fn apply(&self, before: &user::Model) -> user::Model {
        let mut after = before.clone();
        if let Some(email) = &self.email {
            after.email.clone_from(&email.as_typed);
            after.email_key.clone_from(&email.key);
        }
        if let Some(name) = &self.name {
            after.name_key = name.as_deref().map(text::key).unwrap_or_default();
            after.name.clone_from(name);
        }
        if let Some(status) = self.status.filter(|_| before.status != Status::Invited) {
            after.status = status;
        }
        if let Some(template) = self.role_template_id {
            after.role_template_id = template;
        }
        after.role = self.role.unwrap_or(before.role);
        let promoted = before.role == Role::User && after.role == Role::Admin;
        after.crm_access = promoted || self.crm_access.unwrap_or(before.crm_access);
        after.permissions = self.permissions.apply(before.permissions);
        after
    }
}
