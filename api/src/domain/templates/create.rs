use entity::{InTenant, Permissions, role_template};
use sea_orm::{ActiveModelTrait, IntoActiveModel, PaginatorTrait};

use super::changes;
use crate::domain::{
    Code, Ctx, Fault, PermissionsPatch, Result, audit::Target, escalation, faults::Faults,
    insert::insert_unless_taken, policy, text,
};

/// How many templates a tenant has at most (R1).
const MAX_TEMPLATES: u64 = 200;

/// A template to create, as the caller typed it.
pub struct NewTemplate {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Boxes to check.
    pub permissions: PermissionsPatch,
}

/// Creates a role template. `NAME_TAKEN`, `TEMPLATE_LIMIT_REACHED`.
pub async fn create(ctx: &Ctx, new: NewTemplate) -> Result<role_template::Model> {
    let mut faults = Faults::default();
    let name = faults.text("name", text::template_name(&new.name));
    let description = faults.text("description", text::description(new.description.as_deref().unwrap_or("")));
    faults.finish()?;
    let name = name.ok_or_else(|| Fault::at(Code::Required, &["name"]))?;

    let (mut change, me) = ctx.begin().await?;
    policy::require(policy::may_manage(&me), policy::NEEDS_MANAGE)?;
    let permissions = new.permissions.apply(Permissions::NONE);
    escalation::hand_out_boxes(&me, permissions)?;
    let template = role_template::Model {
        tenant_id: change.tenant,
        id: change.env.new_id(),
        name_key: text::key(&name),
        name,
        description: description.flatten(),
        permissions,
        user_count: 0,
        version: 1,
        created_at: change.now,
        updated_at: change.now,
    };
    let row = template.clone().into_active_model().reset_all();
    if !insert_unless_taken(&change.txn, row).await? {
        return Err(Fault::at(Code::NameTaken, &["name"]).into());
    }
    if role_template::Entity::in_tenant(change.tenant).count(&change.txn).await? > MAX_TEMPLATES {
        return Err(Fault::at(Code::TemplateLimitReached, &[]).into());
    }
    change.record("template.created", Target::Template(template.id), changes(None, Some(&template)));
    change.commit().await?;
    Ok(template)
}
