use async_graphql::{ComplexObject, SimpleObject};

use super::{GrantSource, Permission, Permissions, UserStatus};
use crate::domain::{
    access::{self, Access as DomainAccess},
    users::Person,
};

/// What somebody may do at this moment: role, template, direct grants and status taken together.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Access {
    /// False while invited or suspended: everything below is then empty.
    active: bool,
    /// May use CRM features.
    crm: bool,
    #[graphql(skip)]
    allowed: entity::Permissions,
    #[graphql(skip)]
    person: Person,
}

/// Why one permission is granted or not.
#[derive(SimpleObject)]
struct AccessExplanation {
    /// What is explained.
    permission: Permission,
    /// Whether it is granted at this moment.
    granted: bool,
    /// What gives it on record, whatever the status.
    sources: Vec<GrantSource>,
    /// The status that blocks it.
    blocked_by: Option<UserStatus>,
}

#[ComplexObject]
impl Access {
    /// What is allowed.
    async fn permissions(&self) -> Permissions {
        self.allowed.into()
    }

    /// One for each permission asked for, in that order; all of them when none is named.
    async fn explain(
        &self,
        #[graphql(desc = "Which; all of them when absent.")] permissions: Option<Vec<Permission>>,
    ) -> Vec<AccessExplanation> {
        let asked: Vec<entity::Permission> = match permissions.filter(|asked| !asked.is_empty()) {
            Some(asked) => asked.into_iter().map(Into::into).collect(),
            None => entity::Permission::ALL.to_vec(),
        };
        asked.into_iter().map(|permission| self.explanation(permission)).collect()
    }
}

impl Access {
    /// What `person` may do.
    pub fn of(person: &Person) -> Self {
        let DomainAccess { active, crm, permissions } =
            DomainAccess::of(&person.user, person.template.as_deref());
        Self { active, crm, allowed: permissions, person: person.clone() }
    }

    fn explanation(&self, permission: entity::Permission) -> AccessExplanation {
        let of = access::explain(&self.person.user, self.person.template.as_deref(), permission);
        AccessExplanation {
            permission: of.permission.into(),
            granted: of.granted,
            sources: of.sources.into_iter().map(Into::into).collect(),
            blocked_by: of.blocked_by.map(Into::into),
        }
    }
}
