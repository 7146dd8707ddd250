use entity::Permissions;

/// What an edit says of one field (U4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// It stays.
    #[default]
    Absent,
    /// It is cleared.
    Null,
    /// It is set.
    Value(T),
}

/// Boxes to check and to uncheck; the others stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermissionsPatch {
    /// To check.
    pub grant: Permissions,
    /// To uncheck.
    pub revoke: Permissions,
}

impl PermissionsPatch {
    /// `permissions` after the patch.
    pub fn apply(self, permissions: Permissions) -> Permissions {
        permissions.union(self.grant).difference(self.revoke)
    }
}
