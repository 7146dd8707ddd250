use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::outcome::refusals;
use crate::{
    domain::{
        sessions::{self, SignedIn},
        users::{self, Accept},
    },
    graphql::{
        caller::{Asking, Caller, CookieChange},
        error::Result,
        guard::Needs,
        types::{DateTime, MutationError, Viewer},
    },
};

/// Signing up, in and out.
#[derive(Default)]
pub struct SessionMutation;

/// What somebody signs up with. `cookie: true` signs in by cookie alone and answers no token; false answers the token
/// and sets no cookie.
#[derive(InputObject)]
struct AcceptInviteInput {
    /// The secret of the link: what stands behind `#token=`.
    token: String,
    /// The person's name; 1 to 100 characters.
    name: String,
    /// 12 to 256 characters that are hard to guess.
    password: String,
    /// By cookie alone.
    #[graphql(default)]
    cookie: bool,
}

/// What somebody signs in with. `cookie: true` signs in by cookie alone and answers no token; false answers the token
/// and sets no cookie.
#[derive(InputObject)]
struct SignInInput {
    /// The tenant's slug.
    tenant: String,
    /// The address.
    email: String,
    /// The password.
    password: String,
    /// By cookie alone.
    #[graphql(default)]
    cookie: bool,
}

/// Who has signed up.
#[derive(SimpleObject)]
struct AcceptInvitePayload {
    /// The bearer token, shown this once; null when signed in by cookie.
    token: Option<String>,
    /// When the session ends unless it is used.
    expires_at: Option<DateTime>,
    /// Who it is.
    viewer: Option<Viewer>,
    /// What to put right.
    errors: Vec<MutationError>,
}

/// Who has signed in. The token is shown this once.
#[derive(SimpleObject)]
struct SignInPayload {
    /// The bearer token; null when signed in by cookie.
    token: Option<String>,
    /// When the session ends unless it is used.
    expires_at: Option<DateTime>,
    /// Who it is.
    viewer: Option<Viewer>,
    /// What to put right.
    errors: Vec<MutationError>,
}

/// The end of a session.
#[derive(SimpleObject)]
struct SignOutPayload {
    /// Whether it has ended.
    signed_out: bool,
}

#[Object]
impl SessionMutation {
    /// Signs up by an invitation's link, which works once, and signs in.
    async fn accept_invite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link and what to sign up with.")] input: AcceptInviteInput,
    ) -> Result<Option<AcceptInvitePayload>> {
        let AcceptInviteInput { token, name, password, cookie } = input;
        let caller = Caller::of(ctx)?;
        let accept = Accept { token, name, password };
        Ok(Some(match refusals(ctx, users::accept(&caller.visitor, accept).await)? {
            Ok(signed_in) => {
                let (token, expires_at, viewer) = hand_over(caller, signed_in, cookie);
                AcceptInvitePayload { token, expires_at, viewer, errors: vec![] }
            }
            Err(errors) => AcceptInvitePayload { token: None, expires_at: None, viewer: None, errors },
        }))
    }

    /// Signs in.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, who, and the password.")] input: SignInInput,
    ) -> Result<Option<SignInPayload>> {
        let SignInInput { tenant, email, password, cookie } = input;
        let caller = Caller::of(ctx)?;
        let outcome = sessions::sign_in(&caller.visitor, &tenant, &email, &password).await;
        Ok(Some(match refusals(ctx, outcome)? {
            Ok(signed_in) => {
                let (token, expires_at, viewer) = hand_over(caller, signed_in, cookie);
                SignInPayload { token, expires_at, viewer, errors: vec![] }
            }
            Err(errors) => SignInPayload { token: None, expires_at: None, viewer: None, errors },
        }))
    }

    /// Ends the session that asks, at once.
    #[graphql(guard = "Needs::SignedIn")]
    async fn sign_out(&self, ctx: &Context<'_>) -> Result<Option<SignOutPayload>> {
        sessions::sign_out(&Asking::of(ctx)?.ctx).await?;
        Caller::of(ctx)?.change_cookie(CookieChange::Clear);
        Ok(Some(SignOutPayload { signed_out: true }))
    }
}

/// The token goes into the answer or into the cookie, never into both (L3).
pub fn hand_over(
    caller: &Caller,
    signed_in: SignedIn,
    cookie: bool,
) -> (Option<String>, Option<DateTime>, Option<Viewer>) {
    let asking = Asking::just_signed_in(&caller.visitor, &signed_in);
    let expires_at = signed_in.principal.session.expires_at;
    let token = if cookie {
        caller.change_cookie(CookieChange::Set { token: signed_in.token, expires_at });
        None
    } else {
        Some(signed_in.token)
    };
    (token, Some(expires_at.into()), Some(Viewer(asking)))
}
