//! The root mutation fields, a file per noun.

mod outcome;
mod passwords;
mod sessions;
mod templates;
mod users;

use async_graphql::MergedObject;

/// What can be changed.
#[derive(Default, MergedObject)]
pub struct Mutation(
    users::UserMutation,
    templates::TemplateMutation,
    sessions::SessionMutation,
    passwords::PasswordMutation,
);
