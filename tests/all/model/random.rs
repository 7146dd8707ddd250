//! Random operations.

use proptest::{collection::vec, option::weighted, prelude::*, sample::select, strategy::Union};

use super::{
    ops::{Address, Caller, Op, Patch, Seen, Step, Which},
    requests::Field,
    set::{Boxes, Set},
    state::Status,
};

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

/// Mostly several fields at once; often one alone, so that little else stands in its way.
fn edit() -> impl Strategy<Value = Op> {
    let like = |status| any::<u8>().prop_map(move |n| Which::Like(status, n));
    let only_status = |status| Patch { status: Field::Set(status), ..Patch::default() };
    let only_email = |email| Patch { email: Field::Set(email), ..Patch::default() };
    let reactivation = (like(Status::Suspended), Just(only_status(Status::Active)));
    let suspension = (like(Status::Active), Just(only_status(Status::Suspended)));
    let addresses = prop_oneof![which(), like(Status::Invited), like(Status::Suspended)];
    let move_house = (addresses, address().prop_map(only_email));
    let what = prop_oneof![12 => (which(), patch()), 3 => reactivation, 1 => suspension, 3 => move_house];
    (what, seen()).prop_map(|((who, patch), seen)| Op::Edit(who, patch, seen))
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
    let invited = any::<u8>().prop_map(|n| Which::Like(Status::Invited, n));
    let resend = prop_oneof![which(), invited];
    let seconds = select(&[10, 61, 61, 5 * 3600, 8 * 86400][..]);
    Union::new_weighted(vec![
        (18, invite().boxed()),
        (8, resend.prop_map(Op::Resend).boxed()),
        (46, edit().boxed()),
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
        20 => any::<u8>().prop_map(Caller::Active),
        20 => any::<u8>().prop_map(Caller::Delegate),
        2 => any::<u8>().prop_map(Caller::Ended),
        1 => Just(Caller::Nobody),
        1 => Just(Caller::Stranger),
    ];
    let tenant = prop_oneof![3 => Just(0_usize), 1 => Just(1_usize)];
    (tenant, caller, op()).prop_map(|(tenant, caller, op)| Step { tenant, caller, op })
}
