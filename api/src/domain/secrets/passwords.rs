//! Passwords: argon2id, off the async runtime, one hash a core at a time and a bounded queue (L2).

use std::{num::NonZero, sync::Arc, thread::available_parallelism};

use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use tokio::{sync::Semaphore, task::spawn_blocking};
use zxcvbn::{Score, zxcvbn};

use crate::{
    clock::Entropy,
    domain::{Error, Result},
};

/// Characters that a password has at least (L2).
pub const MIN_LENGTH: usize = 12;
/// Characters that a password has at most (L2).
pub const MAX_LENGTH: usize = 256;
/// How many may wait for each core before the next is turned away.
const QUEUE_PER_CORE: usize = 32;
/// Why somebody is turned away.
const BUSY: Error =
    Error::Unavailable("Too many people are signing in at this moment. Try again in a few seconds.");

/// What is wrong with a password's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthFault {
    /// Below [`MIN_LENGTH`].
    TooShort,
    /// Above [`MAX_LENGTH`].
    TooLong,
}

/// Hashes and checks passwords.
pub struct Passwords {
    cores: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    places: usize,
    entropy: Arc<dyn Entropy>,
    /// What the password of nobody is checked against, so that it takes as long (L1).
    nobody: String,
}

/// Checks the length alone; a password is taken as it is (B4).
pub fn length(password: &str) -> std::result::Result<(), LengthFault> {
    match password.chars().count() {
        ..MIN_LENGTH => Err(LengthFault::TooShort),
        MIN_LENGTH..=MAX_LENGTH => Ok(()),
        _ => Err(LengthFault::TooLong),
    }
}

impl Passwords {
    /// One hash a core at a time.
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let places = cores * (QUEUE_PER_CORE + 1);
        let (mut salt, mut hash) = ([0; 16], [0; 32]);
        entropy.fill(&mut salt);
        entropy.fill(&mut hash);
        // As a hash looks, but of nothing: to make one would cost 19 MiB for as long as the server rests.
        let [salt, hash] = [&salt[..], &hash[..]].map(|bytes| BASE64_STANDARD_NO_PAD.encode(bytes));
        let today = Params::default();
        let (m, t, p) = (today.m_cost(), today.t_cost(), today.p_cost());
        Self {
            cores: Arc::new(Semaphore::new(cores)),
            queue: Arc::new(Semaphore::new(places)),
            places,
            nobody: format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${hash}"),
            entropy,
        }
    }

    /// The hash to store, in PHC form.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let mut salt = [0; 16];
        self.entropy.fill(&mut salt);
        let password = password.to_owned();
        self.run(move || hash_now(password.as_bytes(), &salt)).await?
    }

    /// Whether `password` is the one of `hash`; without a hash it is not, and takes as long to say so (L1).
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        // No stored password is this long: hashing it whole would only give its sender work to cause.
        let too_long = length(password) == Err(LengthFault::TooLong);
        let known = hash.is_some() && !too_long;
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let password = if too_long { String::new() } else { password.to_owned() };
        let matches = self.run(move || {
            let hash =
                PasswordHash::new(&hash).map_err(|e| Error::Internal(format!("a stored hash: {e}")))?;
            Ok::<_, Error>(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(matches.await?? && known)
    }

    /// Another hash of a password that is right, where the stored one was made with weaker parameters than today's.
    pub async fn renew(&self, password: &str, stored: &str) -> Result<Option<String>> {
        let today = Params::default();
        let weaker =
            PasswordHash::new(stored).ok().and_then(|hash| Params::try_from(&hash).ok()).is_none_or(|of| {
                of.m_cost() < today.m_cost() || of.t_cost() < today.t_cost() || of.p_cost() < today.p_cost()
            });
        if weaker { self.hash(password).await.map(Some) } else { Ok(None) }
    }

    /// What to do better about a password that a guesser finds at once, `words` about its owner counted in (L2); none
    /// where it is good enough.
    pub async fn check_strength(&self, password: &str, words: &[&str]) -> Result<Option<String>> {
        let password = password.to_owned();
        let words: Vec<String> = words.iter().flat_map(|word| parts(word)).collect();
        self.run(move || {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let entropy = zxcvbn(&password, &words);
            (entropy.score() < Score::Three).then(|| advice(&entropy))
        })
        .await
    }

    /// How many are being hashed or wait for it.
    pub fn queued(&self) -> usize {
        self.places - self.queue.available_permits()
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _place = self.queue.clone().try_acquire_owned().map_err(|_| BUSY)?;
        let core = self.cores.clone().acquire_owned().await.map_err(|_| BUSY)?;
        let done = spawn_blocking(move || {
            // Held until the work ends, even where whoever asked has gone.
            let _core = core;
            work()
        });
        done.await.map_err(|e| Error::Internal(format!("hashing: {e}")))
    }
}

/// Argon2's defaults are OWASP's parameters: argon2id, 19 MiB, two passes, one lane.
fn hash_now(password: &[u8], salt: &[u8]) -> Result<String> {
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password, salt)
        .map_err(|e| Error::Internal(format!("hashing: {e}")))?;
    Ok(hash.to_string())
}

/// A word and the words in it, which somebody would build a password from: of an address also what is before the `@`.
fn parts(word: &str) -> Vec<String> {
    let sides = word.split('@').filter(|side| side.len() < word.len());
    let inner = word.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().count() >= 3);
    std::iter::once(word).chain(sides).chain(inner).map(str::to_lowercase).collect()
}

fn advice(entropy: &zxcvbn::Entropy) -> String {
    let mut sentences = vec!["This password is too easy to guess.".to_owned()];
    if let Some(feedback) = entropy.feedback() {
        sentences.extend(feedback.warning().map(|w| w.to_string()));
        sentences.extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[tokio::test]
    async fn l2_a_password_is_known_again_and_no_other_is() {
        let passwords = Passwords::new(Arc::new(SystemEntropy));
        let hash = passwords.hash("correct horse battery").await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify("correct horse battery", Some(hash.clone())).await.expect("an answer"));
        assert!(!passwords.verify("correct horse batterz", Some(hash)).await.expect("an answer"));
        assert!(!passwords.verify("nobody signs in with this", None).await.expect("an answer"));
    }

    #[tokio::test]
    async fn l2_the_own_address_is_no_password() {
        let passwords = Passwords::new(Arc::new(SystemEntropy));
        let weak = passwords.check_strength("ann.bergmann2024", &["ann.bergmann@acme.example"]).await;
        assert!(weak.expect("an answer").is_some());
        let strong = passwords.check_strength("violet-kettle-94-orbit", &["ann.bergmann@acme.example"]).await;
        assert_eq!(strong.expect("an answer"), None);
    }
}
