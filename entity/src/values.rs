//! The small enumerations that columns hold, stored as numbers in the order of product.md.

use sea_orm::{DeriveActiveEnum, EnumIter};

/// High-level role. Stored in the order in which lists sort it (U9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Role {
    /// Holds every permission (P2).
    #[sea_orm(num_value = 0)]
    Admin,
    /// Holds what is granted.
    #[sea_orm(num_value = 1)]
    User,
}

/// Where somebody is in their life cycle. Stored in the order in which lists sort it (U9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Status {
    /// Has an invitation, has not signed up.
    #[sea_orm(num_value = 0)]
    Invited,
    /// Can sign in.
    #[sea_orm(num_value = 1)]
    Active,
    /// Kept, but may do nothing (P3).
    #[sea_orm(num_value = 2)]
    Suspended,
}

/// What a queued mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum MailKind {
    /// A link to sign up by.
    #[sea_orm(num_value = 0)]
    Invitation,
    /// A link to choose a new password by.
    #[sea_orm(num_value = 1)]
    PasswordReset,
    /// A notice that the password was changed.
    #[sea_orm(num_value = 2)]
    PasswordChanged,
    /// A notice to the former address that it was changed.
    #[sea_orm(num_value = 3)]
    EmailChanged,
}

/// How far the mail of an invitation has come (I4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Delivery {
    /// Not sent yet, or waiting for its next try.
    #[sea_orm(num_value = 0)]
    Queued,
    /// Handed over.
    #[sea_orm(num_value = 1)]
    Sent,
    /// Given up.
    #[sea_orm(num_value = 2)]
    Failed,
}

/// Why a mail was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum DeliveryFailure {
    /// A permanent refusal of the recipient.
    #[sea_orm(num_value = 0)]
    AddressRejected,
    /// The recipient's mailbox is full.
    #[sea_orm(num_value = 1)]
    MailboxFull,
    /// No server could be reached.
    #[sea_orm(num_value = 2)]
    Unreachable,
    /// A permanent refusal of anything else.
    #[sea_orm(num_value = 3)]
    Refused,
}
