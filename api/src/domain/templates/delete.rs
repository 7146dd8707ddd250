use entity::{InTenant, role_template, user};
use sea_orm::{
    ColumnTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use uuid::Uuid;

use super::{add_users, changes};
use crate::domain::{
    Change, Code, Ctx, Fault, Principal, Result,
    audit::Target,
    escalation,
    ids::{self, Kind},
    policy, users,
};

/// Which template to delete, and where its users go (R2).
pub struct DeleteTemplate {
    /// Which, by its public id.
    pub role_template_id: String,
    /// To this one, by its public id.
    pub replacement_id: Option<String>,
    /// To none.
    pub detach_users: bool,
    /// The version that the caller has seen.
    pub expected_version: Option<i32>,
}

/// Deletes a role template; all of its users move in the same transaction (R2). Answers its id and the replacement.
/// `TEMPLATE_IN_USE`, `INVALID_REPLACEMENT`.
pub async fn delete(ctx: &Ctx, input: DeleteTemplate) -> Result<(Uuid, Option<role_template::Model>)> {
    let invalid = || Fault::at(Code::InvalidReplacement, &["replacementId"]);
    if input.replacement_id.is_some() && input.detach_users {
        return Err(invalid().into());
    }
    let (mut change, me) = ctx.begin().await?;
    policy::require(policy::may_manage(&me), policy::NEEDS_MANAGE)?;
    let template = change.template(ids::decode(Kind::Template, &input.role_template_id)).await?;
    let template = template.ok_or_else(|| Fault::at(Code::NotFound, &["roleTemplateId"]))?;
    let replacement = match &input.replacement_id {
        None => None,
        Some(id) => {
            let found = change.template(ids::decode(Kind::Template, id)).await?;
            Some(found.ok_or_else(|| Fault::at(Code::NotFound, &["replacementId"]))?)
        }
    };
    users::expect_version(template.version, input.expected_version)?;
    may_delete(&me, &template, replacement.as_ref())?;
    if replacement.as_ref().is_some_and(|r| r.id == template.id) {
        return Err(invalid().into());
    }
    if template.user_count > 0 && replacement.is_none() && !input.detach_users {
        return Err(Fault::at(Code::TemplateInUse, &["replacementId"]).into());
    }
    let replacement = move_users(&mut change, &template, replacement).await?;
    let id = template.id;
    role_template::Entity::delete_in(change.tenant)
        .filter(role_template::Column::Id.eq(id))
        .exec(&change.txn)
        .await?;
    let replaced_by = replacement.as_ref().map(|r| r.id);
    let event = changes(Some(&template), None).field("users", json!(id), json!(replaced_by));
    change.record("template.deleted", Target::Template(id), event);
    change.commit().await?;
    Ok((id, replacement))
}

/// Not one's own template, and a replacement hands out what it contains to those who get it; by itself it hands out
/// nothing, and is refused as what it is (A4, R2).
fn may_delete(
    me: &Principal,
    template: &role_template::Model,
    replacement: Option<&role_template::Model>,
) -> Result<()> {
    escalation::own_template(me, template.id)?;
    if let Some(replacement) = replacement.filter(|r| template.user_count > 0 && r.id != template.id) {
        escalation::hand_out(me, replacement.permissions, &["replacementId"])?;
    }
    Ok(())
}

async fn move_users(
    change: &mut Change,
    from: &role_template::Model,
    to: Option<role_template::Model>,
) -> Result<Option<role_template::Model>> {
    if from.user_count > 0 {
        user::Entity::update_in(change.tenant)
            .col_expr(user::Column::RoleTemplateId, Expr::value(to.as_ref().map(|t| t.id)))
            .col_expr(user::Column::Version, Expr::col(user::Column::Version).add(1))
            .col_expr(user::Column::UpdatedAt, Expr::value(change.now))
            .filter(user::Column::RoleTemplateId.eq(from.id))
            .exec(&change.txn)
            .await?;
    }
    let Some(mut to) = to else { return Ok(None) };
    add_users(change, to.id, from.user_count);
    to.user_count += from.user_count;
    Ok(Some(to))
}
