//! The catalogue of permissions: what a page builds its check boxes from (P6).

use entity::{Action, Category, Permission};

/// A category as the catalogue shows it.
pub struct CategoryInfo {
    /// Which.
    pub category: Category,
    /// The name of its input field.
    pub key: &'static str,
    /// Shown to people.
    pub label: &'static str,
    /// What the manual says of it.
    pub description: &'static str,
}

/// The categories in their order.
pub const CATEGORIES: [CategoryInfo; 6] = [
    CategoryInfo {
        category: Category::Conversations,
        key: "conversations",
        label: "Conversations",
        description: "Access to chat, voice, and email conversations, and to conversation-level settings.",
    },
    CategoryInfo {
        category: Category::Settings,
        key: "settings",
        label: "Settings",
        description: "Access to configuration areas like branding, channels, and organization settings. Reserve manage-level access for trusted admins.",
    },
    CategoryInfo {
        category: Category::Users,
        key: "users",
        label: "Users",
        description: "Access to user management. Grant this only to those who should invite, edit, or remove users and manage role templates.",
    },
    CategoryInfo {
        category: Category::Analytics,
        key: "analytics",
        label: "Analytics",
        description: "Access to analytics dashboards and reports. Typical permissions allow viewing or exporting metrics without changing configuration.",
    },
    CategoryInfo {
        category: Category::Integrations,
        key: "integrations",
        label: "Integrations",
        description: "Access to CRM connections and other third-party integrations.",
    },
    CategoryInfo {
        category: Category::Experiments,
        key: "experiments",
        label: "Experiments",
        description: "Access to experiments and testing features that affect routing, playbooks, or assistant behavior.",
    },
];

/// The name of the input field of a category.
pub fn category_key(category: Category) -> &'static str {
    CATEGORIES.iter().find(|info| info.category == category).map_or("", |info| info.key)
}

/// The name of the input field of an action, and its label.
pub fn action_names(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::View => ("view", "View"),
        Action::Create => ("create", "Create"),
        Action::Edit => ("edit", "Edit"),
        Action::Delete => ("delete", "Delete"),
        Action::Manage => ("manage", "Manage"),
        Action::Export => ("export", "Export"),
    }
}

/// What a permission allows, in one line.
pub fn description(permission: Permission) -> &'static str {
    match permission {
        Permission::ConversationsView => "Read chat, voice, and email conversations.",
        Permission::ConversationsCreate => "Start conversations.",
        Permission::ConversationsEdit => "Reply in conversations and change them.",
        Permission::ConversationsDelete => "Delete conversations.",
        Permission::ConversationsManage => "Manage conversation-level settings.",
        Permission::SettingsView => "See branding, channels, and organization settings.",
        Permission::SettingsCreate => "Add channels and other settings.",
        Permission::SettingsEdit => "Change branding, channels, and organization settings.",
        Permission::SettingsDelete => "Remove channels and other settings.",
        Permission::SettingsManage => "Full control over configuration; reserve it for trusted admins.",
        Permission::UsersView => "List and read users, role templates, and seat usage.",
        Permission::UsersCreate => "Invite users and resend invitations.",
        Permission::UsersEdit => "Edit users.",
        Permission::UsersDelete => "Delete users.",
        Permission::UsersManage => "Create, edit, and delete role templates.",
        Permission::AnalyticsView => "View analytics dashboards and reports.",
        Permission::AnalyticsCreate => "Create dashboards and reports.",
        Permission::AnalyticsEdit => "Change dashboards and reports.",
        Permission::AnalyticsDelete => "Delete dashboards and reports.",
        Permission::AnalyticsManage => "Manage the configuration of analytics.",
        Permission::AnalyticsExport => "Export metrics.",
        Permission::IntegrationsView => "See CRM connections and other integrations.",
        Permission::IntegrationsCreate => "Add integrations.",
        Permission::IntegrationsEdit => "Change integrations.",
        Permission::IntegrationsDelete => "Remove integrations.",
        Permission::IntegrationsManage => "Connect, disconnect, or reconfigure integrations.",
        Permission::ExperimentsView => "See experiments and their results.",
        Permission::ExperimentsCreate => "Create experiments.",
        Permission::ExperimentsEdit => "Change experiments.",
        Permission::ExperimentsDelete => "Delete experiments.",
        Permission::ExperimentsManage => {
            "Manage testing features that affect routing, playbooks, or assistant behavior."
        }
    }
}
