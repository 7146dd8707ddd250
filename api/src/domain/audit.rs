//! Audit events, written in the transaction of what they tell of (E1). Addresses and names of people stand in labels,
//! never in the event itself, so that a person can be erased without touching one.

use entity::{Permissions, audit_event, person_label, user};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Change, Env, Result};

/// Who did something, under the name of that time.
#[derive(Clone, Copy, Debug)]
pub struct Actor {
    user_id: Uuid,
    label_id: Uuid,
}

/// What something was done to.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// A user, under the name of that time.
    Person {
        /// Who.
        user_id: Uuid,
        /// What they are called.
        label_id: Uuid,
    },
    /// A role template.
    Template(Uuid),
    /// The tenant as a whole.
    Tenant,
}

/// Where and when something was done.
pub struct Source<'a> {
    /// The world.
    pub env: &'a Env,
    /// The tenant.
    pub tenant: Uuid,
    /// Who did it; none for the command line and for nobody.
    pub actor: Option<Actor>,
    /// The request.
    pub request_id: Option<String>,
}

/// Each changed field with its value before and after.
#[derive(Default)]
pub struct Changes(Map<String, Value>);

impl Actor {
    /// `user` as it is called now.
    pub fn of(user: &user::Model) -> Self {
        Self { user_id: user.id, label_id: user.label_id }
    }
}

impl Target {
    /// `user` as it is called now.
    pub fn person(user: &user::Model) -> Self {
        Self::Person { user_id: user.id, label_id: user.label_id }
    }
}

impl Changes {
    /// Notes a field where it changed.
    #[must_use]
    pub fn field<T: PartialEq + Into<Value>>(mut self, name: &str, from: T, to: T) -> Self {
        if from != to {
            self.0.insert(name.to_owned(), json!({ "from": from.into(), "to": to.into() }));
        }
        self
    }

    /// Whether no field changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Permissions as the event shows them: `["users.view", …]`.
pub fn names(permissions: Permissions) -> Value {
    permissions.iter().map(|p| format!("{:?}.{:?}", p.category(), p.action()).to_lowercase()).collect()
}

/// Every changed field of a user; `None` where it did not exist before or does not any more.
pub fn user_changes(before: Option<&user::Model>, after: Option<&user::Model>) -> Changes {
    type Read = fn(&user::Model) -> Value;
    let fields: [(&str, Read); 7] = [
        ("email", |u| json!(u.email)),
        ("name", |u| json!(u.name)),
        ("role", |u| json!(format!("{:?}", u.role).to_uppercase())),
        ("status", |u| json!(format!("{:?}", u.status).to_uppercase())),
        ("roleTemplate", |u| json!(u.role_template_id)),
        ("crmAccess", |u| json!(u.crm_access)),
        ("permissions", |u| names(u.permissions)),
    ];
    let label: Read = |u| json!({ "label": u.label_id });
    let read = |user: Option<&user::Model>, read: Read| user.map_or(Value::Null, read);
    let mut changes = Changes::default();
    for (field, value) in fields {
        if read(before, value) != read(after, value) {
            // Addresses and names are told by the label that holds them.
            let shown = if matches!(field, "email" | "name") { label } else { value };
            changes = changes.field(field, read(before, shown), read(after, shown));
        }
    }
    changes
}

/// Writes an event.
pub async fn record(
    db: &impl ConnectionTrait,
    source: Source<'_>,
    action: &str,
    target: Target,
    changes: Changes,
) -> Result<()> {
    let row = event(source, action, target, changes);
    audit_event::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

fn event(source: Source<'_>, action: &str, target: Target, changes: Changes) -> audit_event::ActiveModel {
    let (target_id, target_label_id) = match target {
        Target::Person { user_id, label_id } => (Some(user_id), Some(label_id)),
        Target::Template(id) => (Some(id), None),
        Target::Tenant => (None, None),
    };
    audit_event::ActiveModel {
        tenant_id: Set(source.tenant),
        id: Set(source.env.new_id()),
        at: Set(source.env.now()),
        action: Set(action.to_owned()),
        actor_id: Set(source.actor.map(|a| a.user_id)),
        actor_label_id: Set(source.actor.map(|a| a.label_id)),
        target_id: Set(target_id),
        target_label_id: Set(target_label_id),
        changes: Set(Value::Object(changes.0)),
        request_id: Set(source.request_id),
    }
}

impl Change {
    /// Writes the event of this change.
    pub fn record(&mut self, action: &str, target: Target, changes: Changes) {
        let source = Source {
            env: &self.env,
            tenant: self.tenant,
            actor: self.actor,
            request_id: self.request_id.clone(),
        };
        let event = event(source, action, target, changes);
        self.insert(event);
    }

    /// Writes the label of `user`: what it is called from now on.
    pub fn label(&mut self, user: &user::Model) {
        self.insert(person_label::ActiveModel {
            tenant_id: Set(self.tenant),
            id: Set(user.label_id),
            user_id: Set(user.id),
            email: Set(Some(user.email.clone())),
            name: Set(user.name.clone()),
        });
    }
}
