use entity::role_template;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, SqlErr};

use super::changes;
use crate::domain::{
    Code, Ctx, Error, Fault, Patch, PermissionsPatch, Result,
    audit::Target,
    escalation,
    faults::Faults,
    ids::{self, Kind},
    policy, text, users,
};

/// A patch of one template, as the caller typed it (U4).
#[derive(Default)]
pub struct EditTemplate {
    /// Which, by its public id.
    pub role_template_id: String,
    /// Its name.
    pub name: Patch<String>,
    /// What it is for; can be cleared.
    pub description: Patch<String>,
    /// Boxes to check and to uncheck.
    pub permissions: PermissionsPatch,
    /// The version that the caller has seen.
    pub expected_version: Option<i32>,
}

/// Edits a role template; its users have the new permissions from their next request (P4). `NAME_TAKEN`.
pub async fn edit(ctx: &Ctx, input: EditTemplate) -> Result<role_template::Model> {
    let EditTemplate { role_template_id, name, description, permissions, expected_version } = input;
    let mut faults = Faults::default();
    let name = faults.required("name", name).and_then(|n| faults.text("name", text::template_name(&n)));
    let description = match description {
        Patch::Absent => None,
        Patch::Null => Some(None),
        Patch::Value(typed) => faults.text("description", text::description(&typed)),
    };
    faults.finish()?;

    let (mut change, me) = ctx.begin().await?;
    policy::require(policy::may_manage(&me), policy::NEEDS_MANAGE)?;
    let before = change.template(ids::decode(Kind::Template, &role_template_id)).await?;
    let before = before.ok_or_else(|| Fault::at(Code::NotFound, &["roleTemplateId"]))?;
    users::expect_version(before.version, expected_version)?;
    escalation::own_template(&me, before.id)?;
    let mut after = before.clone();
    if let Some(name) = name {
        after.name_key = text::key(&name);
        after.name = name;
    }
    if let Some(description) = description {
        after.description = description;
    }
    after.permissions = permissions.apply(before.permissions);
    escalation::hand_out_boxes(&me, after.permissions.difference(before.permissions))?;
    if after != before {
        after.version += 1;
        after.updated_at = change.now;
        let row = after.clone().into_active_model().reset_all();
        role_template::Entity::update(row).exec(&change.txn).await.map_err(|error| {
            match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(_)) => Fault::at(Code::NameTaken, &["name"]).into(),
                _ => Error::from(error),
            }
        })?;
        let event = changes(Some(&before), Some(&after));
        change.record("template.edited", Target::Template(after.id), event);
    }
    change.commit().await?;
    Ok(after)
}
