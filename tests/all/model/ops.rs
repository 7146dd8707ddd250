//! Operations. They name people and templates by number, so that a shorter sequence still makes sense.

use super::{
    requests::Field,
    set::{Boxes, Set},
    state::Status,
};

/// Who asks.
#[derive(Clone, Debug)]
pub enum Caller {
    /// One of the active people of the tenant, signed in.
    Active(u8),
    /// The same, but a delegate who holds what the operation needs, where there is one.
    Delegate(u8),
    /// By the token of a session that has ended.
    Ended(u8),
    Nobody,
    Stranger,
}

/// Somebody, or a template.
#[derive(Clone, Debug)]
pub enum Which {
    Any(u8),
    /// Somebody of this status, where there is one.
    Like(Status, u8),
    Own,
    OfOtherTenant(u8),
    Gone(u8),
    OtherKind(u8),
    Nonsense,
}

#[derive(Clone, Debug)]
pub enum Address {
    New(u8),
    Of(u8),
    Wrong,
    Blank,
}

/// What an edit sends of a user; addresses, templates and versions are yet to be found.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    pub email: Field<(Address, u8)>,
    pub name: Field<String>,
    pub admin: Field<bool>,
    pub status: Field<Status>,
    pub template: Field<Which>,
    pub crm: Option<bool>,
    pub boxes: Boxes,
    pub nulls: bool,
}

/// How far the version that is expected is from the one that is stored; none where none is sent.
pub type Seen = Option<i64>;

#[derive(Clone, Debug)]
pub enum Op {
    Invite {
        address: (Address, u8),
        admin: bool,
        template: Option<Which>,
        crm: Option<bool>,
        check: Set,
    },
    Resend(Which),
    Edit(Which, Patch, Seen),
    Delete(Which, Seen),
    CreateTemplate {
        name: String,
        description: Option<String>,
        check: Set,
    },
    EditTemplate {
        which: Which,
        name: Field<String>,
        description: Field<String>,
        boxes: Boxes,
        seen: Seen,
    },
    DeleteTemplate {
        which: Which,
        replacement: Option<Which>,
        detach: bool,
        seen: Seen,
    },
    Look(Which),
    Deliver,
    Accept(u8),
    SignIn(u8),
    SignOut,
    Advance(i64),
    /// The limit is so many more than what is used.
    Seats(i32),
}

impl Op {
    /// What a delegate must hold for it (A3).
    pub fn needs(&self) -> &'static str {
        match self {
            Self::Invite { .. } | Self::Resend(_) => "USERS_CREATE",
            Self::Edit(..) => "USERS_EDIT",
            Self::Delete(..) => "USERS_DELETE",
            Self::CreateTemplate { .. } | Self::EditTemplate { .. } | Self::DeleteTemplate { .. } => {
                "USERS_MANAGE"
            }
            _ => "USERS_VIEW",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Step {
    pub tenant: usize,
    pub caller: Caller,
    pub op: Op,
}
