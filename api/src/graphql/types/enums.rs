//! The enumerations of the contract.

use async_graphql::Enum;

use crate::domain;

/// High-level role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Role")]
pub enum Role {
    /// Full control; always has CRM access.
    Admin,
    /// Access is what is granted: directly, and by a role template.
    User,
}

/// Where somebody is in their lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Status")]
pub enum UserStatus {
    /// Has an invitation and has not completed signup.
    Invited,
    /// Can sign in.
    Active,
    /// Cannot sign in or take actions, but stays on record.
    Suspended,
}

/// What an edit can set: nobody becomes invited by an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum EditableStatus {
    /// Can sign in.
    Active,
    /// Cannot sign in or take actions.
    Suspended,
}

impl From<EditableStatus> for entity::Status {
    fn from(status: EditableStatus) -> Self {
        match status {
            EditableStatus::Active => Self::Active,
            EditableStatus::Suspended => Self::Suspended,
        }
    }
}

/// One thing that can be allowed: CATEGORY_ACTION.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Permission")]
pub enum Permission {
    /// See: conversations.
    ConversationsView,
    /// Create: conversations.
    ConversationsCreate,
    /// Change: conversations.
    ConversationsEdit,
    /// Delete: conversations.
    ConversationsDelete,
    /// Manage: conversations.
    ConversationsManage,
    /// See: settings.
    SettingsView,
    /// Create: settings.
    SettingsCreate,
    /// Change: settings.
    SettingsEdit,
    /// Delete: settings.
    SettingsDelete,
    /// Manage: settings.
    SettingsManage,
    /// See: users.
    UsersView,
    /// Create: users.
    UsersCreate,
    /// Change: users.
    UsersEdit,
    /// Delete: users.
    UsersDelete,
    /// Manage: users.
    UsersManage,
    /// See: analytics.
    AnalyticsView,
    /// Create: analytics.
    AnalyticsCreate,
    /// Change: analytics.
    AnalyticsEdit,
    /// Delete: analytics.
    AnalyticsDelete,
    /// Manage: analytics.
    AnalyticsManage,
    /// Export: analytics.
    AnalyticsExport,
    /// See: integrations.
    IntegrationsView,
    /// Create: integrations.
    IntegrationsCreate,
    /// Change: integrations.
    IntegrationsEdit,
    /// Delete: integrations.
    IntegrationsDelete,
    /// Manage: integrations.
    IntegrationsManage,
    /// See: experiments.
    ExperimentsView,
    /// Create: experiments.
    ExperimentsCreate,
    /// Change: experiments.
    ExperimentsEdit,
    /// Delete: experiments.
    ExperimentsDelete,
    /// Manage: experiments.
    ExperimentsManage,
}

/// Where a permission comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::access::GrantSource")]
pub enum GrantSource {
    /// Admins hold every permission.
    AdminRole,
    /// The role template contains it.
    RoleTemplate,
    /// It is set on the user itself.
    DirectGrant,
}

/// How far the mail of an invitation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Delivery")]
pub enum DeliveryState {
    /// Waiting to be sent, also after a temporary failure.
    Queued,
    /// Handed over to the mail server.
    Sent,
    /// Given up; see `deliveryFailure`.
    Failed,
}

/// Why a mail was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::DeliveryFailure")]
pub enum DeliveryFailure {
    /// A permanent refusal of the recipient.
    AddressRejected,
    /// The recipient's mailbox is full.
    MailboxFull,
    /// No mail server could be reached.
    Unreachable,
    /// A permanent refusal of anything else.
    Refused,
}

/// How near the seat limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::seats::SeatState")]
pub enum SeatState {
    /// There is room.
    Available,
    /// At least 80 % are used, or one seat is left.
    NearLimit,
    /// No seat is left.
    Full,
    /// More are used than the limit, which was lowered.
    OverLimit,
}

/// What users are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::users::OrderField")]
pub enum UserOrderField {
    /// By email, as emails are compared.
    Email,
    /// By name; those without one come first.
    Name,
    /// By the time of the invitation.
    CreatedAt,
    /// By the last sign-in; those without one come first.
    LastLogin,
    /// Invited, active, suspended.
    Status,
    /// Admins, users.
    Role,
}

/// Which way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum OrderDirection {
    /// Ascending.
    Asc,
    /// The exact reverse.
    Desc,
}

/// What kind of thing the caller can put right. A client shows the message of a code that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Code")]
pub enum MutationErrorCode {
    /// A value is missing, blank, or null where it cannot be cleared.
    Required,
    /// A text is longer than allowed.
    TooLong,
    /// A text has control characters.
    InvalidText,
    /// Not an email address.
    InvalidEmail,
    /// A guesser would find the password at once.
    WeakPassword,
    /// There is none such in the tenant.
    NotFound,
    /// The row has changed since it was read.
    VersionConflict,
    /// Not on one's own row or template.
    CannotTargetSelf,
    /// The last active admin must stay one.
    LastAdmin,
    /// More would be handed out than is held.
    Escalation,
    /// Somebody in the tenant has the address.
    EmailTaken,
    /// No seat is free.
    SeatLimitReached,
    /// Only an invited user can be resent to.
    NotInvited,
    /// An invited user becomes active by accepting alone.
    InvitePending,
    /// The last mail is too fresh.
    ResendTooSoon,
    /// Admins always have CRM access.
    AdminRequiresCrmAccess,
    /// A template of the tenant has the name.
    NameTaken,
    /// The template has users.
    TemplateInUse,
    /// A template cannot replace itself.
    InvalidReplacement,
    /// Two hundred are the most.
    TemplateLimitReached,
    /// The link is wrong, used or replaced.
    InvalidToken,
    /// The link is too old.
    TokenExpired,
    /// Tenant, address and password do not belong together.
    InvalidCredentials,
    /// Too many failures.
    TooManyAttempts,
}
