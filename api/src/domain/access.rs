//! What somebody may do right now, and why (P2, P3, P5).

use entity::{Permission, Permissions, Role, Status, role_template, user};

/// Role, template, direct grants and status taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// False while invited or suspended: the rest is then empty (P3).
    pub active: bool,
    /// May use CRM features.
    pub crm: bool,
    /// What is allowed.
    pub permissions: Permissions,
}

/// Where a permission comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantSource {
    /// Admins hold everything.
    AdminRole,
    /// The role template contains it.
    RoleTemplate,
    /// It is set on the user itself.
    DirectGrant,
}

/// Why one permission is granted or not (P5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What is explained.
    pub permission: Permission,
    /// Whether it is granted at this moment.
    pub granted: bool,
    /// What gives it on record, whatever the status.
    pub sources: Vec<GrantSource>,
    /// The status that blocks it.
    pub blocked_by: Option<Status>,
}

impl Access {
    /// What `user`, whose template is `template`, may do.
    pub fn of(user: &user::Model, template: Option<&role_template::Model>) -> Self {
        match user.status {
            Status::Active => Self { active: true, ..Self::on_record(user, template) },
            Status::Invited | Status::Suspended => {
                Self { active: false, crm: false, permissions: Permissions::NONE }
            }
        }
    }

    /// What it has on record, whatever the status.
    pub fn on_record(user: &user::Model, template: Option<&role_template::Model>) -> Self {
        let permissions = match user.role {
            Role::Admin => Permissions::all(),
            Role::User => user.permissions.union(template.map_or(Permissions::NONE, |t| t.permissions)),
        };
        Self { active: user.status == Status::Active, crm: user.crm_access, permissions }
    }
}

/// Explains `permission` of `user`, whose template is `template`.
pub fn explain(
    user: &user::Model,
    template: Option<&role_template::Model>,
    permission: Permission,
) -> Explanation {
    let mut sources = Vec::new();
    if user.role == Role::Admin {
        sources.push(GrantSource::AdminRole);
    } else {
        // What an admin's row has besides sleeps until a demotion (P2): it gives nothing now.
        if template.is_some_and(|t| t.permissions.contains(permission)) {
            sources.push(GrantSource::RoleTemplate);
        }
        if user.permissions.contains(permission) {
            sources.push(GrantSource::DirectGrant);
        }
    }
    let active = user.status == Status::Active;
    Explanation {
        permission,
        granted: active && !sources.is_empty(),
        blocked_by: (!active).then_some(user.status),
        sources,
    }
}
