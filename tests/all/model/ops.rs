//! Random operations. They name people and templates by number, so that a shorter sequence still makes sense.

use proptest::{collection::vec, option::weighted, prelude::*, sample::select, strategy::Union};

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
    /// By the token of a session that has ended.
    Ended(u8),
    Nobody,
    Stranger,
}

/// Somebody, or a template.
#[derive(Clone, Debug)]
pub enum Which {
    Any(u8),
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
#[derive(Clone, Debug)]
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

#[derive(Clone, Debug)]
pub struct Step {
    pub tenant: usize,
    pub caller: Caller,
    pub op: Op,
}

/// Mostly of a few, so that people often hold what others are given.
fn permission() -> impl Strategy<Value = usize> {
    prop_oneof![8 => select(&[0, 5, 20, 25][..]), 2 => 10..15_usize, 1 => 0..31_usize]
}

pub fn some(most: usize) -> impl Strategy<Value = Set> {
    vec(permission(), 0..=most).prop_map(|numbers| Set::numbered(&numbers))
}

fn boxes() -> impl Strategy<Value = Boxes> {
    let both = (weighted(0.5, some(2)), weighted(0.3, some(3)));
    both.prop_map(|(check, uncheck)| {
        let check = check.unwrap_or_default();
        Boxes { check, uncheck: uncheck.unwrap_or_default().minus(check) }
    })
}

fn field<T: Clone + std::fmt::Debug + 'static>(
    present: f64,
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Field<T>> {
    weighted(present, weighted(0.85, value)).prop_map(|field| match field {
        None => Field::Keep,
        Some(None) => Field::Null,
        Some(Some(value)) => Field::Set(value),
    })
}

/// Null only where it can clear: a `REQUIRED` in each edit would hide the rest.
fn firm<T: Clone + std::fmt::Debug + 'static>(
    present: f64,
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Field<T>> {
    let set = prop_oneof![30 => value.prop_map(Field::Set), 1 => Just(Field::Null)];
    weighted(present, set).prop_map(Option::unwrap_or_default)
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        40 => any::<u8>().prop_map(Which::Any),
        4 => Just(Which::Own),
        2 => any::<u8>().prop_map(Which::OfOtherTenant),
        1 => any::<u8>().prop_map(Which::Gone),
        1 => any::<u8>().prop_map(Which::OtherKind),
        1 => Just(Which::Nonsense),
    ]
}

fn address() -> impl Strategy<Value = (Address, u8)> {
    let address = prop_oneof![
        30 => (0..8_u8).prop_map(Address::New),
        12 => any::<u8>().prop_map(Address::Of),
        1 => Just(Address::Wrong),
        1 => Just(Address::Blank),
    ];
    (address, 0..4_u8)
}

const NAMES: [&str; 8] = ["Alpha", " Beta ", "alpha", "Gamma", "ＡＬＰＨＡ", "beta", "Delta", "Ann"];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => select(&NAMES[..]).prop_map(str::to_owned),
        1 => Just("  ".to_owned()),
        1 => Just("x".repeat(101)),
    ]
}

fn description() -> impl Strategy<Value = String> {
    select(&["One", "Another"][..]).prop_map(str::to_owned)
}

fn seen() -> impl Strategy<Value = Seen> {
    weighted(0.3, prop_oneof![4 => Just(0_i64), 1 => Just(-1), 1 => Just(1)])
}

fn invite() -> impl Strategy<Value = Op> {
    let crm = weighted(0.4, any::<bool>());
    (address(), prop::bool::weighted(0.15), weighted(0.4, which()), crm, some(2)).prop_map(
        |(address, admin, template, crm, check)| Op::Invite { address, admin, template, crm, check },
    )
}

fn patch() -> impl Strategy<Value = Patch> {
    let status = select(&[Status::Suspended, Status::Active][..]);
    let boxes = weighted(0.5, boxes()).prop_map(Option::unwrap_or_default);
    let text = (firm(0.2, address()), field(0.2, name()));
    let rest = (field(0.25, which()), weighted(0.25, any::<bool>()), boxes, prop::bool::weighted(0.1));
    let roles = (firm(0.15, any::<bool>()), firm(0.25, status));
    (text, roles, rest).prop_map(|((email, name), (admin, status), (template, crm, boxes, nulls))| Patch {
        email,
        name,
        admin,
        status,
        template,
        crm,
        boxes,
        nulls,
    })
}

fn of_templates() -> impl Strategy<Value = Op> {
    let create = (name(), weighted(0.3, description()), some(3))
        .prop_map(|(name, description, check)| Op::CreateTemplate { name, description, check });
    let edit = (which(), firm(0.3, name()), field(0.2, description()), boxes(), seen()).prop_map(
        |(which, name, description, boxes, seen)| Op::EditTemplate { which, name, description, boxes, seen },
    );
    let delete = (which(), weighted(0.5, which()), prop::bool::weighted(0.25), seen()).prop_map(
        |(which, replacement, detach, seen)| Op::DeleteTemplate { which, replacement, detach, seen },
    );
    prop_oneof![2 => create, 5 => edit, 3 => delete]
}

fn op() -> impl Strategy<Value = Op> {
    let seconds = select(&[10, 61, 61, 5 * 3600, 8 * 86400][..]);
    Union::new_weighted(vec![
        (18, invite().boxed()),
        (8, which().prop_map(Op::Resend).boxed()),
        (42, (which(), patch(), seen()).prop_map(|(who, patch, seen)| Op::Edit(who, patch, seen)).boxed()),
        (7, (which(), seen()).prop_map(|(who, seen)| Op::Delete(who, seen)).boxed()),
        (30, of_templates().boxed()),
        (8, which().prop_map(Op::Look).boxed()),
        (4, Just(Op::Deliver).boxed()),
        (4, any::<u8>().prop_map(Op::Accept).boxed()),
        (2, any::<u8>().prop_map(Op::SignIn).boxed()),
        (4, Just(Op::SignOut).boxed()),
        (8, seconds.prop_map(Op::Advance).boxed()),
        (5, (-2..5_i32).prop_map(Op::Seats).boxed()),
    ])
}

pub fn step() -> impl Strategy<Value = Step> {
    let caller = prop_oneof![
        40 => any::<u8>().prop_map(Caller::Active),
        1 => any::<u8>().prop_map(Caller::Ended),
        1 => Just(Caller::Nobody),
        1 => Just(Caller::Stranger),
    ];
    let tenant = prop_oneof![3 => Just(0_usize), 1 => Just(1_usize)];
    (tenant, caller, op()).prop_map(|(tenant, caller, op)| Step { tenant, caller, op })
}
