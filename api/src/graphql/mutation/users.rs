use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::outcome::{refusals, seats_as_they_stand, user_as_it_stands};
use crate::{
    domain::{
        ids::{self, Kind},
        users::{self, EditUser, NewInvite},
    },
    graphql::{
        caller::Asking,
        error::Result,
        guard::Needs,
        input::{PermissionsInput, patch},
        types::{EditableStatus, MutationError, Role, SeatUsage, User},
    },
};

/// What can be changed of users.
#[derive(Default)]
pub struct UserMutation;

/// Somebody to invite.
#[derive(InputObject)]
struct InviteUserInput {
    /// Where the invitation goes.
    email: String,
    /// The role.
    #[graphql(default_with = "Role::User")]
    role: Role,
    /// A template to give.
    role_template_id: Option<ID>,
    /// CRM access; left out it is on for an admin and off for a user.
    crm_access: Option<bool>,
    /// Direct grants.
    permissions: Option<PermissionsInput>,
}

/// Whose invitation to send again.
#[derive(InputObject)]
struct ResendInviteInput {
    /// Whose.
    user_id: ID,
}

/// A patch of one user. Absent keeps; null clears where the field can be empty.
#[derive(InputObject)]
struct EditUserInput {
    /// Whom.
    user_id: ID,
    /// Another address.
    email: MaybeUndefined<String>,
    /// Another name; null clears.
    name: MaybeUndefined<String>,
    /// Another role.
    role: MaybeUndefined<Role>,
    /// Suspended or active.
    status: MaybeUndefined<EditableStatus>,
    /// Another template; null clears.
    role_template_id: MaybeUndefined<ID>,
    /// CRM access; admins always have it.
    crm_access: Option<bool>,
    /// Boxes to check and to uncheck.
    permissions: Option<PermissionsInput>,
    /// Refuses where the row has another version by now.
    expected_version: Option<i32>,
}

/// Whom to delete.
#[derive(InputObject)]
struct DeleteUserInput {
    /// Whom.
    user_id: ID,
    /// Refuses where the row has another version by now.
    expected_version: Option<i32>,
}

/// The invited user.
#[derive(SimpleObject)]
struct InviteUserPayload {
    /// Who was invited; null where nobody was.
    user: Option<User>,
    /// The seats after it.
    seat_usage: Option<SeatUsage>,
    /// What to put right.
    errors: Vec<MutationError>,
}

/// The user who was sent another invitation.
#[derive(SimpleObject)]
struct ResendInvitePayload {
    /// The user as it stands.
    user: Option<User>,
    /// What to put right.
    errors: Vec<MutationError>,
}

/// The edited user.
#[derive(SimpleObject)]
struct EditUserPayload {
    /// The user as it stands.
    user: Option<User>,
    /// The seats after it.
    seat_usage: Option<SeatUsage>,
    /// What to put right.
    errors: Vec<MutationError>,
}

/// The deleted user.
#[derive(SimpleObject)]
struct DeleteUserPayload {
    /// Who was deleted; null where nobody was.
    deleted_user_id: Option<ID>,
    /// The seats after it.
    seat_usage: Option<SeatUsage>,
    /// What to put right.
    errors: Vec<MutationError>,
}

#[Object]
impl UserMutation {
    /// Invites somebody: takes a seat at once and sends an email with a link.
    #[graphql(guard = "Needs::Invite")]
    async fn invite_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: InviteUserInput,
    ) -> Result<Option<InviteUserPayload>> {
        let InviteUserInput { email, role, role_template_id, crm_access, permissions } = input;
        let asking = Asking::of(ctx)?;
        let new = NewInvite {
            email,
            role: role.into(),
            role_template_id: role_template_id.map(Into::into),
            crm_access,
            permissions: PermissionsInput::into_patch(permissions),
        };
        Ok(Some(match refusals(ctx, users::invite(&asking.ctx, new).await)? {
            Ok((person, seats)) => InviteUserPayload {
                user: Some(User::new(person, asking)),
                seat_usage: Some(seats.into()),
                errors: vec![],
            },
            Err(errors) => {
                InviteUserPayload { user: None, seat_usage: seats_as_they_stand(&asking).await?, errors }
            }
        }))
    }

    /// Sends an invitation again: a new link, which kills every earlier one.
    #[graphql(guard = "Needs::Invite")]
    async fn resend_invite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: ResendInviteInput,
    ) -> Result<Option<ResendInvitePayload>> {
        let ResendInviteInput { user_id } = input;
        let asking = Asking::of(ctx)?;
        Ok(Some(match refusals(ctx, users::resend(&asking.ctx, &user_id).await)? {
            Ok(person) => ResendInvitePayload { user: Some(User::new(person, asking)), errors: vec![] },
            Err(errors) => ResendInvitePayload { user: user_as_it_stands(&asking, &user_id).await?, errors },
        }))
    }

    /// Edits somebody: all or nothing.
    #[graphql(guard = "Needs::Edit")]
    async fn edit_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and what.")] input: EditUserInput,
    ) -> Result<Option<EditUserPayload>> {
        let asking = Asking::of(ctx)?;
        let user_id = input.user_id.clone();
        Ok(Some(match refusals(ctx, users::edit(&asking.ctx, input.into()).await)? {
            Ok((person, seats)) => EditUserPayload {
                user: Some(User::new(person, asking)),
                seat_usage: Some(seats.into()),
                errors: vec![],
            },
            Err(errors) => EditUserPayload {
                user: user_as_it_stands(&asking, &user_id).await?,
                seat_usage: seats_as_they_stand(&asking).await?,
                errors,
            },
        }))
    }

    /// Deletes somebody for good: access ends at once, the seat is free.
    #[graphql(guard = "Needs::Delete")]
    async fn delete_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: DeleteUserInput,
    ) -> Result<Option<DeleteUserPayload>> {
        let DeleteUserInput { user_id, expected_version } = input;
        let asking = Asking::of(ctx)?;
        Ok(Some(match refusals(ctx, users::delete(&asking.ctx, &user_id, expected_version).await)? {
            Ok((id, seats)) => DeleteUserPayload {
                deleted_user_id: Some(ids::encode(Kind::User, id).into()),
                seat_usage: Some(seats.into()),
                errors: vec![],
            },
            Err(errors) => DeleteUserPayload {
                deleted_user_id: None,
                seat_usage: seats_as_they_stand(&asking).await?,
                errors,
            },
        }))
    }
}

impl From<EditUserInput> for EditUser {
    fn from(input: EditUserInput) -> Self {
        let EditUserInput {
            user_id,
            email,
            name,
            role,
            status,
            role_template_id,
            crm_access,
            permissions,
            expected_version,
        } = input;
        Self {
            user_id: user_id.into(),
            email: patch(email),
            name: patch(name),
            role: patch(role),
            status: patch(status),
            role_template_id: patch(role_template_id),
            crm_access,
            permissions: PermissionsInput::into_patch(permissions),
            expected_version,
        }
    }
}
