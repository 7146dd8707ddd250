//! The input types that several fields share.

use async_graphql::{InputObject, MaybeUndefined};
use entity::{Action, Category, Permission};

use crate::domain::{Patch, PermissionsPatch};

/// Boxes to check (true) or uncheck (false); an absent one stays as it is (unchecked on something new).
#[derive(InputObject)]
pub struct PermissionsInput {
    /// Chat, voice, and email conversations.
    conversations: Option<CategoryPermissionsInput>,
    /// Branding, channels, and organization settings.
    settings: Option<CategoryPermissionsInput>,
    /// User management.
    users: Option<CategoryPermissionsInput>,
    /// Dashboards and reports.
    analytics: Option<AnalyticsPermissionsInput>,
    /// CRM connections and other integrations.
    integrations: Option<CategoryPermissionsInput>,
    /// Experiments and testing features.
    experiments: Option<CategoryPermissionsInput>,
}

/// The boxes of a category.
#[derive(InputObject)]
pub struct CategoryPermissionsInput {
    /// See.
    view: Option<bool>,
    /// Create.
    create: Option<bool>,
    /// Change.
    edit: Option<bool>,
    /// Delete.
    delete: Option<bool>,
    /// Manage.
    manage: Option<bool>,
}

/// The boxes of analytics.
#[derive(InputObject)]
pub struct AnalyticsPermissionsInput {
    /// See.
    view: Option<bool>,
    /// Create.
    create: Option<bool>,
    /// Change.
    edit: Option<bool>,
    /// Delete.
    delete: Option<bool>,
    /// Manage.
    manage: Option<bool>,
    /// Export.
    export: Option<bool>,
}

impl PermissionsInput {
    /// The same as a patch; null is as good as absent at every level (U4).
    pub fn into_patch(input: Option<Self>) -> PermissionsPatch {
        let mut patch = PermissionsPatch::default();
        let Some(Self { conversations, settings, users, analytics, integrations, experiments }) = input
        else {
            return patch;
        };
        let plain = [
            (Category::Conversations, conversations),
            (Category::Settings, settings),
            (Category::Users, users),
            (Category::Integrations, integrations),
            (Category::Experiments, experiments),
        ];
        for (category, boxes) in plain {
            if let Some(CategoryPermissionsInput { view, create, edit, delete, manage }) = boxes {
                check(&mut patch, category, &actions(view, create, edit, delete, manage));
            }
        }
        if let Some(AnalyticsPermissionsInput { view, create, edit, delete, manage, export }) = analytics {
            check(&mut patch, Category::Analytics, &actions(view, create, edit, delete, manage));
            check(&mut patch, Category::Analytics, &[(Action::Export, export)]);
        }
        patch
    }
}

fn actions(
    view: Option<bool>,
    create: Option<bool>,
    edit: Option<bool>,
    delete: Option<bool>,
    manage: Option<bool>,
) -> [(Action, Option<bool>); 5] {
    [
        (Action::View, view),
        (Action::Create, create),
        (Action::Edit, edit),
        (Action::Delete, delete),
        (Action::Manage, manage),
    ]
}

fn check(patch: &mut PermissionsPatch, category: Category, boxes: &[(Action, Option<bool>)]) {
    for &(action, checked) in boxes {
        let (Some(permission), Some(checked)) = (Permission::of(category, action), checked) else { continue };
        let side = if checked { &mut patch.grant } else { &mut patch.revoke };
        *side = side.union(permission.into());
    }
}

/// What an edit says of a field.
pub fn patch<T, U: From<T>>(value: MaybeUndefined<T>) -> Patch<U> {
    match value {
        MaybeUndefined::Undefined => Patch::Absent,
        MaybeUndefined::Null => Patch::Null,
        MaybeUndefined::Value(value) => Patch::Value(value.into()),
    }
}
