//! Sets of permissions, written down from the contract.

use std::fmt;

use serde_json::{Map, json};

use crate::prelude::*;

/// The contract's `Permission`, in its order.
const NAMES: [&str; 31] = [
    "CONVERSATIONS_VIEW",
    "CONVERSATIONS_CREATE",
    "CONVERSATIONS_EDIT",
    "CONVERSATIONS_DELETE",
    "CONVERSATIONS_MANAGE",
    "SETTINGS_VIEW",
    "SETTINGS_CREATE",
    "SETTINGS_EDIT",
    "SETTINGS_DELETE",
    "SETTINGS_MANAGE",
    "USERS_VIEW",
    "USERS_CREATE",
    "USERS_EDIT",
    "USERS_DELETE",
    "USERS_MANAGE",
    "ANALYTICS_VIEW",
    "ANALYTICS_CREATE",
    "ANALYTICS_EDIT",
    "ANALYTICS_DELETE",
    "ANALYTICS_MANAGE",
    "ANALYTICS_EXPORT",
    "INTEGRATIONS_VIEW",
    "INTEGRATIONS_CREATE",
    "INTEGRATIONS_EDIT",
    "INTEGRATIONS_DELETE",
    "INTEGRATIONS_MANAGE",
    "EXPERIMENTS_VIEW",
    "EXPERIMENTS_CREATE",
    "EXPERIMENTS_EDIT",
    "EXPERIMENTS_DELETE",
    "EXPERIMENTS_MANAGE",
];

/// A set of permissions: bit `n` is the `n`th of [`NAMES`].
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Set(u32);

impl Set {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self((1 << NAMES.len()) - 1);

    pub fn of(name: &str) -> Self {
        Self(1 << NAMES.iter().position(|n| *n == name).expect("a permission of the contract"))
    }

    pub fn numbered(numbers: &[usize]) -> Self {
        numbers.iter().fold(Self::NONE, |set, n| set.plus(Self(1 << (n % NAMES.len()))))
    }

    pub fn plus(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn has(self, name: &str) -> bool {
        self.0 & Self::of(name).0 != 0
    }

    /// Those of `users.*`.
    pub fn of_users(self) -> Self {
        self.names()
            .iter()
            .filter(|n| category(n) == "users")
            .fold(Self::NONE, |set, n| set.plus(Self::of(n)))
    }

    pub fn names(self) -> Vec<&'static str> {
        NAMES.iter().enumerate().filter(|(n, _)| self.0 & (1 << n) != 0).map(|(_, name)| *name).collect()
    }

    /// The same for the harness.
    pub fn listed(self) -> Vec<Permission> {
        Permission::ALL.iter().enumerate().filter(|(n, _)| self.0 & (1 << n) != 0).map(|(_, p)| *p).collect()
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.names().join("+"))
    }
}

/// The input field of a permission's category.
pub fn category(name: &str) -> String {
    name.split_once('_').expect("CATEGORY_ACTION").0.to_lowercase()
}

/// Boxes to check and to uncheck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Boxes {
    pub check: Set,
    pub uncheck: Set,
}

impl Boxes {
    pub fn apply(self, to: Set) -> Set {
        to.plus(self.check).minus(self.uncheck)
    }

    pub fn is_empty(self) -> bool {
        self.check.is_empty() && self.uncheck.is_empty()
    }

    /// A `PermissionsInput`.
    pub fn input(self) -> Json {
        let mut input = Map::new();
        for (set, checked) in [(self.check, true), (self.uncheck, false)] {
            for name in set.names() {
                let (_, action) = name.split_once('_').expect("CATEGORY_ACTION");
                let boxes = input.entry(category(name)).or_insert_with(|| json!({}));
                boxes[action.to_lowercase()] = checked.into();
            }
        }
        input.into()
    }
}
