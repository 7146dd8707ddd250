use async_graphql::SimpleObject;

use super::{DateTime, MutationErrorCode, Permission};
use crate::domain::Fault;

/// Something that the caller can put right.
#[derive(SimpleObject)]
pub struct MutationError {
    /// What it is.
    code: MutationErrorCode,
    /// A sentence for the person at the screen.
    message: String,
    /// From the input object down: `["email"]`; `["permissions", "users"]`, a permission's fault at its category;
    /// `["expectedVersion"]`; `["replacementId"]` for TEMPLATE_IN_USE; empty when no one field is at fault (seats,
    /// credentials).
    path: Vec<String>,
    /// With RESEND_TOO_SOON and TOO_MANY_ATTEMPTS: from when it will work.
    retry_at: Option<DateTime>,
    /// With ESCALATION: what the caller would have handed out without holding it.
    permissions: Option<Vec<Permission>>,
}

impl From<Fault> for MutationError {
    fn from(fault: Fault) -> Self {
        let Fault { code, message, path, retry_at, permissions } = fault;
        let permissions = permissions.map(|all| all.into_iter().map(Into::into).collect());
        Self { code: code.into(), message, path, retry_at: retry_at.map(Into::into), permissions }
    }
}
