use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{outcome::refusals, sessions::hand_over};
use crate::{
    domain::{
        ids::{self, Kind},
        passwords::{self, ChangePassword, ResetPassword},
        sessions,
    },
    graphql::{
        caller::{Asking, Caller},
        error::Result,
        guard::Needs,
        types::{DateTime, MutationError, Viewer},
    },
};

/// Passwords, and the own sessions.
#[derive(Default)]
pub struct PasswordMutation;

/// Whose password was forgotten.
#[derive(InputObject)]
struct RequestPasswordResetInput {
    /// The tenant's slug.
    tenant: String,
    /// The address.
    email: String,
}

/// What to sign in with from now on. `cookie: true` signs in by cookie alone and answers no token.
#[derive(InputObject)]
struct ResetPasswordInput {
    /// The secret of the link: what stands behind `#token=`.
    token: String,
    /// 12 to 256 characters that are hard to guess.
    password: String,
    /// By cookie alone.
    #[graphql(default)]
    cookie: bool,
}

/// The present password and the next.
#[derive(InputObject)]
struct ChangePasswordInput {
    /// The present one.
    current_password: String,
    /// 12 to 256 characters that are hard to guess.
    new_password: String,
}

/// Which session to end.
#[derive(InputObject)]
struct RevokeSessionInput {
    /// One of the own.
    session_id: ID,
}

/// Always accepted, whether or not the address exists.
#[derive(SimpleObject)]
struct RequestPasswordResetPayload {
    /// Always true.
    accepted: bool,
}

/// Who has chosen a new password.
#[derive(SimpleObject)]
struct ResetPasswordPayload {
    /// The bearer token, shown this once; null when signed in by cookie.
    token: Option<String>,
    /// When the session ends unless it is used.
    expires_at: Option<DateTime>,
    /// Who it is.
    viewer: Option<Viewer>,
    /// What to put right.
    errors: Vec<MutationError>,
}

/// A wrong current password is INVALID_CREDENTIALS at `["currentPassword"]`.
#[derive(SimpleObject)]
struct ChangePasswordPayload {
    /// Whether it was changed.
    changed: bool,
    /// What to put right.
    errors: Vec<MutationError>,
}

/// The session that was ended.
#[derive(SimpleObject)]
struct RevokeSessionPayload {
    /// Which; null where none was.
    revoked_session_id: Option<ID>,
    /// What to put right.
    errors: Vec<MutationError>,
}

/// The sessions that were ended.
#[derive(SimpleObject)]
struct RevokeOtherSessionsPayload {
    /// How many.
    revoked: i32,
}

#[Object]
impl PasswordMutation {
    /// Asks for a mail with a link to choose a new password by.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: RequestPasswordResetInput,
    ) -> Result<Option<RequestPasswordResetPayload>> {
        let RequestPasswordResetInput { tenant, email } = input;
        passwords::request_reset(&Caller::of(ctx)?.visitor, tenant, email);
        Ok(Some(RequestPasswordResetPayload { accepted: true }))
    }

    /// Sets a password by the link, which works once; ends all sessions, and signs in.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link and the new password.")] input: ResetPasswordInput,
    ) -> Result<Option<ResetPasswordPayload>> {
        let ResetPasswordInput { token, password, cookie } = input;
        let caller = Caller::of(ctx)?;
        let outcome = passwords::reset(&caller.visitor, ResetPassword { token, password }).await;
        Ok(Some(match refusals(ctx, outcome)? {
            Ok(signed_in) => {
                let (token, expires_at, viewer) = hand_over(caller, signed_in, cookie);
                ResetPasswordPayload { token, expires_at, viewer, errors: vec![] }
            }
            Err(errors) => ResetPasswordPayload { token: None, expires_at: None, viewer: None, errors },
        }))
    }

    /// Changes the own password; ends all other sessions, and tells by mail.
    #[graphql(guard = "Needs::SignedIn")]
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The present one and the next.")] input: ChangePasswordInput,
    ) -> Result<Option<ChangePasswordPayload>> {
        let ChangePasswordInput { current_password: current, new_password: new } = input;
        let outcome = passwords::change(&Asking::of(ctx)?.ctx, ChangePassword { current, new }).await;
        Ok(Some(match refusals(ctx, outcome)? {
            Ok(()) => ChangePasswordPayload { changed: true, errors: vec![] },
            Err(errors) => ChangePasswordPayload { changed: false, errors },
        }))
    }

    /// Ends one of the own sessions at once.
    #[graphql(guard = "Needs::SignedIn")]
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokeSessionInput,
    ) -> Result<Option<RevokeSessionPayload>> {
        let RevokeSessionInput { session_id } = input;
        let outcome = sessions::revoke(&Asking::of(ctx)?.ctx, &session_id).await;
        Ok(Some(match refusals(ctx, outcome)? {
            Ok(id) => RevokeSessionPayload {
                revoked_session_id: Some(ids::encode(Kind::Session, id).into()),
                errors: vec![],
            },
            Err(errors) => RevokeSessionPayload { revoked_session_id: None, errors },
        }))
    }

    /// Ends all own sessions but the one that asks.
    #[graphql(guard = "Needs::SignedIn")]
    async fn revoke_other_sessions(&self, ctx: &Context<'_>) -> Result<Option<RevokeOtherSessionsPayload>> {
        let revoked = sessions::revoke_others(&Asking::of(ctx)?.ctx).await?;
        Ok(Some(RevokeOtherSessionsPayload { revoked: i32::try_from(revoked).unwrap_or(i32::MAX) }))
    }
}
