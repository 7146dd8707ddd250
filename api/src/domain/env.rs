use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::secrets::{Links, Passwords};
use crate::{
    clock::{Clock, Entropy, uuid_v7},
    db::Db,
};

/// What every operation needs of the world: storage, time, randomness, secrets and settings.
pub struct Env {
    /// The database.
    pub db: Db,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Makes and checks the links in mail (I1).
    pub links: Links,
    /// Hashes and checks passwords (L2).
    pub passwords: Passwords,
    /// What goes on after its request was answered.
    pub background: TaskTracker,
    /// Durations.
    pub settings: Settings,
}

/// The durations that an operator can set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long an invitation works (I1).
    pub invite_ttl: TimeDelta,
    /// How long an address is left alone after a mail (I2, I4).
    pub resend_cooldown: TimeDelta,
    /// How long a session lasts unless it is used (L3).
    pub session_idle: TimeDelta,
    /// How long a session lasts at most (L3).
    pub session_max: TimeDelta,
}

impl Env {
    /// This instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A new id for a row.
    pub fn new_id(&self) -> Uuid {
        uuid_v7(&*self.clock, &*self.entropy)
    }

    /// `N` random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}
