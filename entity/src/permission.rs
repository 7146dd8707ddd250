//! The permission catalogue (P1) as a bit set.

use enumset::{EnumSet, EnumSetType};
use sea_orm::DeriveValueType;

/// One of the six areas that permissions are grouped by, in the order of the catalogue.
#[derive(Debug, Hash, EnumSetType)]
#[expect(missing_docs, reason = "the names are product.md's own")]
pub enum Category {
    Conversations,
    Settings,
    Users,
    Analytics,
    Integrations,
    Experiments,
}

/// What can be allowed within a category, in the order of the catalogue.
#[derive(Debug, Hash, EnumSetType)]
#[expect(missing_docs, reason = "the names are product.md's own")]
pub enum Action {
    View,
    Create,
    Edit,
    Delete,
    Manage,
    Export,
}

macro_rules! permissions {
    ($($permission:ident = $category:ident $action:ident,)*) => {
        /// One thing that can be allowed. The order is the bit in the database: append only.
        #[derive(Debug, Hash, EnumSetType)]
        #[enumset(repr = "u32")]
        #[expect(missing_docs, reason = "category and action in one word")]
        pub enum Permission { $($permission,)* }

        impl Permission {
            /// Every permission, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$permission,)*];

            /// The area that it belongs to.
            pub fn category(self) -> Category {
                match self { $(Self::$permission => Category::$category,)* }
            }

            /// What it allows there.
            pub fn action(self) -> Action {
                match self { $(Self::$permission => Action::$action,)* }
            }
        }
    };
}

permissions! {
    ConversationsView = Conversations View,
    ConversationsCreate = Conversations Create,
    ConversationsEdit = Conversations Edit,
    ConversationsDelete = Conversations Delete,
    ConversationsManage = Conversations Manage,
    SettingsView = Settings View,
    SettingsCreate = Settings Create,
    SettingsEdit = Settings Edit,
    SettingsDelete = Settings Delete,
    SettingsManage = Settings Manage,
    UsersView = Users View,
    UsersCreate = Users Create,
    UsersEdit = Users Edit,
    UsersDelete = Users Delete,
    UsersManage = Users Manage,
    AnalyticsView = Analytics View,
    AnalyticsCreate = Analytics Create,
    AnalyticsEdit = Analytics Edit,
    AnalyticsDelete = Analytics Delete,
    AnalyticsManage = Analytics Manage,
    AnalyticsExport = Analytics Export,
    IntegrationsView = Integrations View,
    IntegrationsCreate = Integrations Create,
    IntegrationsEdit = Integrations Edit,
    IntegrationsDelete = Integrations Delete,
    IntegrationsManage = Integrations Manage,
    ExperimentsView = Experiments View,
    ExperimentsCreate = Experiments Create,
    ExperimentsEdit = Experiments Edit,
    ExperimentsDelete = Experiments Delete,
    ExperimentsManage = Experiments Manage,
}

impl Permission {
    /// The permission for an action in a category; none where the category lacks the action (P1).
    pub fn of(category: Category, action: Action) -> Option<Self> {
        Self::ALL.iter().copied().find(|p| p.category() == category && p.action() == action)
    }
}

/// A set of permissions, stored as a bit for each in one 64-bit number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeriveValueType)]
pub struct Permissions(i64);

impl Permissions {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// What an admin holds.
    pub fn all() -> Self {
        EnumSet::all().into()
    }

    /// Everything of one category.
    pub fn of_category(category: Category) -> Self {
        Permission::ALL.iter().copied().filter(|p| p.category() == category).collect()
    }

    fn set(self) -> EnumSet<Permission> {
        EnumSet::from_u64_truncated(self.0.cast_unsigned())
    }

    /// Whether `permission` is in it.
    pub fn contains(self, permission: Permission) -> bool {
        self.set().contains(permission)
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.set().is_empty()
    }

    /// Whether all of it is in `other`.
    pub fn is_subset(self, other: Self) -> bool {
        self.set().is_subset(other.set())
    }

    /// What is in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in it and not in `other`.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Its members in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        self.set().iter()
    }
}

impl From<EnumSet<Permission>> for Permissions {
    fn from(set: EnumSet<Permission>) -> Self {
        Self(i64::from(set.as_repr()))
    }
}

impl From<Permission> for Permissions {
    fn from(permission: Permission) -> Self {
        EnumSet::only(permission).into()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().collect::<EnumSet<_>>().into()
    }
}
