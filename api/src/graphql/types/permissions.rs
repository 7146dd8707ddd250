//! Sets of permissions, for check boxes and for programs, and their catalogue.

use async_graphql::SimpleObject;
use entity::{Action, Category};

use super::Permission;
use crate::domain::catalog::{self, CATEGORIES};

/// A set of permissions, by category for check boxes, and as a list for programs.
#[derive(SimpleObject)]
pub struct Permissions {
    /// Chat, voice, and email conversations.
    pub conversations: CategoryPermissions,
    /// Branding, channels, and organization settings.
    pub settings: CategoryPermissions,
    /// User management.
    pub users: CategoryPermissions,
    /// Dashboards and reports.
    pub analytics: AnalyticsPermissions,
    /// CRM connections and other integrations.
    pub integrations: CategoryPermissions,
    /// Experiments and testing features.
    pub experiments: CategoryPermissions,
    /// All that are granted, in the order of the catalogue.
    pub granted: Vec<Permission>,
}

/// The actions of a category.
#[derive(SimpleObject)]
pub struct CategoryPermissions {
    /// See.
    pub view: bool,
    /// Create.
    pub create: bool,
    /// Change.
    pub edit: bool,
    /// Delete.
    pub delete: bool,
    /// Manage.
    pub manage: bool,
}

/// The actions of analytics.
#[derive(SimpleObject)]
pub struct AnalyticsPermissions {
    /// See.
    pub view: bool,
    /// Create.
    pub create: bool,
    /// Change.
    pub edit: bool,
    /// Delete.
    pub delete: bool,
    /// Manage.
    pub manage: bool,
    /// Export.
    pub export: bool,
}

impl From<entity::Permissions> for Permissions {
    fn from(set: entity::Permissions) -> Self {
        let category = |category| CategoryPermissions {
            view: has(set, category, Action::View),
            create: has(set, category, Action::Create),
            edit: has(set, category, Action::Edit),
            delete: has(set, category, Action::Delete),
            manage: has(set, category, Action::Manage),
        };
        Self {
            conversations: category(Category::Conversations),
            settings: category(Category::Settings),
            users: category(Category::Users),
            analytics: AnalyticsPermissions {
                view: has(set, Category::Analytics, Action::View),
                create: has(set, Category::Analytics, Action::Create),
                edit: has(set, Category::Analytics, Action::Edit),
                delete: has(set, Category::Analytics, Action::Delete),
                manage: has(set, Category::Analytics, Action::Manage),
                export: has(set, Category::Analytics, Action::Export),
            },
            integrations: category(Category::Integrations),
            experiments: category(Category::Experiments),
            granted: set.iter().map(Permission::from).collect(),
        }
    }
}

fn has(set: entity::Permissions, category: Category, action: Action) -> bool {
    entity::Permission::of(category, action).is_some_and(|permission| set.contains(permission))
}

/// A category of the catalogue. `key` is the name of the input field, so that check boxes can be built from it.
#[derive(SimpleObject)]
pub struct PermissionCategory {
    /// The name of the input field.
    key: &'static str,
    /// Shown to people.
    label: &'static str,
    /// What the category is about, in one line.
    description: &'static str,
    /// What can be allowed in it.
    actions: Vec<PermissionAction>,
}

/// An action of a category.
#[derive(SimpleObject)]
pub struct PermissionAction {
    /// The permission that allows it.
    permission: Permission,
    /// The name of the input field.
    key: &'static str,
    /// Shown to people.
    label: &'static str,
    /// What it allows, in one line.
    description: &'static str,
}

/// The catalogue (P6).
pub fn catalog() -> Vec<PermissionCategory> {
    CATEGORIES
        .iter()
        .map(|info| PermissionCategory {
            key: info.key,
            label: info.label,
            description: info.description,
            actions: entity::Permissions::of_category(info.category).iter().map(action).collect(),
        })
        .collect()
}

fn action(permission: entity::Permission) -> PermissionAction {
    let (key, label) = catalog::action_names(permission.action());
    PermissionAction {
        permission: permission.into(),
        key,
        label,
        description: catalog::description(permission),
    }
}
