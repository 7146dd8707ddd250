//! Random sequences of operations by random people in two tenants, on the server and on a model that is written from
//! the rules of product.md alone (A, S, U, R, I, B1, T1): after each step both must say the same of everything.
//!
//! `PROPTEST_CASES` runs more of them; a failure tells the `PROPTEST_RNG_SEED` that repeats it.

mod acts;
mod answers;
mod cast;
mod ops;
mod random;
mod requests;
mod resolve;
mod rules;
mod sessions;
mod set;
mod state;
mod templates;
mod users;
mod world;

use std::{
    cell::Cell,
    hash::{BuildHasher, RandomState},
};

use proptest::{
    collection::vec,
    test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner},
};

use self::{
    cast::{Cast, cast},
    ops::Step,
    random::step,
    world::World,
};
use crate::prelude::*;

const CASES: u32 = 24;
const STEPS: usize = 40;
/// How long a failing sequence is made shorter, in milliseconds.
const SHRINKING: u32 = 90_000;

fn config() -> Config {
    let set = |variable| std::env::var_os(variable).is_some();
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if !set("PROPTEST_CASES") {
        config.cases = CASES;
    }
    if !set("PROPTEST_MAX_SHRINK_TIME") {
        config.max_shrink_time = SHRINKING;
    }
    if !set("PROPTEST_MAX_SHRINK_ITERS") {
        config.max_shrink_iters = u32::MAX - 1;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(RandomState::new().hash_one(()));
    }
    config
}

async fn run(app: &TestApp, casts: &[Cast; 2], steps: &[Step], number: u32) -> Result<(), TestCaseError> {
    let mut world = World::new(app, casts, number).await;
    for step in steps {
        if let Err(difference) = world.step(step).await {
            let trace = world.trace.join("\n");
            return Err(TestCaseError::fail(format!("{trace}\n\n{difference}")));
        }
    }
    Ok(())
}

#[rstest]
fn the_server_does_what_the_rules_say(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = runtime.block_on(TestApp::start(db));
    let config = config();
    let seed = config.rng_seed;
    let number = Cell::new(0);
    let cases = ([cast(), cast()], vec(step(), STEPS - 10..=STEPS + 5));
    let outcome = TestRunner::new(config).run(&cases, |(casts, steps)| {
        number.set(number.get() + 1);
        runtime.block_on(run(&app, &casts, &steps, number.get()))
    });
    runtime.block_on(async { drop(app) });
    match outcome {
        Ok(()) => {}
        // The trace says what the steps come to, and is shorter.
        Err(TestError::Fail(reason, _)) => panic!("{reason}\n\n{seed:?}"),
        Err(aborted) => panic!("{aborted}"),
    }
}
