use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::outcome::{refusals, template_as_it_stands};
use crate::{
    domain::{
        ids::{self, Kind},
        templates::{self, DeleteTemplate, EditTemplate, NewTemplate},
    },
    graphql::{
        caller::Asking,
        error::Result,
        guard::Needs,
        input::{PermissionsInput, patch},
        types::{MutationError, RoleTemplate},
    },
};

/// What can be changed of role templates.
#[derive(Default)]
pub struct TemplateMutation;

/// A template to create.
#[derive(InputObject)]
struct CreateRoleTemplateInput {
    /// Unique in the tenant; 1 to 100 characters.
    name: String,
    /// What it is for; up to 500 characters.
    description: Option<String>,
    /// What it grants.
    permissions: PermissionsInput,
}

/// A patch of one template. Absent keeps; null clears where the field can be empty.
#[derive(InputObject)]
struct EditRoleTemplateInput {
    /// Which.
    role_template_id: ID,
    /// Another name.
    name: MaybeUndefined<String>,
    /// Another description; null clears.
    description: MaybeUndefined<String>,
    /// Boxes to check and to uncheck.
    permissions: Option<PermissionsInput>,
    /// Refuses where the row has another version by now.
    expected_version: Option<i32>,
}

/// A template to delete. One in use is refused (TEMPLATE_IN_USE) unless it says where its users go: to a replacement, or
/// to none (detachUsers).
#[derive(InputObject)]
struct DeleteRoleTemplateInput {
    /// Which.
    role_template_id: ID,
    /// Its users get this one.
    replacement_id: Option<ID>,
    /// Its users get none.
    #[graphql(default)]
    detach_users: bool,
    /// Refuses where the row has another version by now.
    expected_version: Option<i32>,
}

/// The created template.
#[derive(SimpleObject)]
struct CreateRoleTemplatePayload {
    /// The template; null where none was created.
    role_template: Option<RoleTemplate>,
    /// What to put right.
    errors: Vec<MutationError>,
}

/// The edited template.
#[derive(SimpleObject)]
struct EditRoleTemplatePayload {
    /// The template as it stands.
    role_template: Option<RoleTemplate>,
    /// What to put right.
    errors: Vec<MutationError>,
}

/// The deleted template.
#[derive(SimpleObject)]
struct DeleteRoleTemplatePayload {
    /// Which was deleted; null where none was.
    deleted_role_template_id: Option<ID>,
    /// Which its users have now.
    replacement: Option<RoleTemplate>,
    /// What to put right.
    errors: Vec<MutationError>,
}

#[Object]
impl TemplateMutation {
    /// Creates a role template.
    #[graphql(guard = "Needs::Manage")]
    async fn create_role_template(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What.")] input: CreateRoleTemplateInput,
    ) -> Result<Option<CreateRoleTemplatePayload>> {
        let CreateRoleTemplateInput { name, description, permissions } = input;
        let asking = Asking::of(ctx)?;
        let permissions = PermissionsInput::into_patch(Some(permissions));
        let new = NewTemplate { name, description, permissions };
        Ok(Some(match refusals(ctx, templates::create(&asking.ctx, new).await)? {
            Ok(row) => CreateRoleTemplatePayload {
                role_template: Some(RoleTemplate::new(row, asking)),
                errors: vec![],
            },
            Err(errors) => CreateRoleTemplatePayload { role_template: None, errors },
        }))
    }

    /// Edits a role template: all or nothing. Its users have the new permissions from their next request.
    #[graphql(guard = "Needs::Manage")]
    async fn edit_role_template(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what.")] input: EditRoleTemplateInput,
    ) -> Result<Option<EditRoleTemplatePayload>> {
        let EditRoleTemplateInput { role_template_id, name, description, permissions, expected_version } =
            input;
        let asking = Asking::of(ctx)?;
        let edit = EditTemplate {
            role_template_id: role_template_id.to_string(),
            name: patch(name),
            description: patch(description),
            permissions: PermissionsInput::into_patch(permissions),
            expected_version,
        };
        Ok(Some(match refusals(ctx, templates::edit(&asking.ctx, edit).await)? {
            Ok(row) => EditRoleTemplatePayload {
                role_template: Some(RoleTemplate::new(row, asking)),
                errors: vec![],
            },
            Err(errors) => EditRoleTemplatePayload {
                role_template: template_as_it_stands(&asking, &role_template_id).await?,
                errors,
            },
        }))
    }

    /// Deletes a role template; all of its users move in the same step.
    #[graphql(guard = "Needs::Manage")]
    async fn delete_role_template(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and where its users go.")] input: DeleteRoleTemplateInput,
    ) -> Result<Option<DeleteRoleTemplatePayload>> {
        let DeleteRoleTemplateInput { role_template_id, replacement_id, detach_users, expected_version } =
            input;
        let asking = Asking::of(ctx)?;
        let delete = DeleteTemplate {
            role_template_id: role_template_id.into(),
            replacement_id: replacement_id.map(Into::into),
            detach_users,
            expected_version,
        };
        Ok(Some(match refusals(ctx, templates::delete(&asking.ctx, delete).await)? {
            Ok((id, replacement)) => DeleteRoleTemplatePayload {
                deleted_role_template_id: Some(ids::encode(Kind::Template, id).into()),
                replacement: replacement.map(|row| RoleTemplate::new(row, asking)),
                errors: vec![],
            },
            Err(errors) => {
                DeleteRoleTemplatePayload { deleted_role_template_id: None, replacement: None, errors }
            }
        }))
    }
}
