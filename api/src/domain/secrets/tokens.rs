//! Session tokens: the tenant and 256 random bits, stored only as a hash (L3).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Entropy;

/// Tells a leaked token apart at a glance, for people and for scanners.
const PREFIX: &str = "rcs_";

/// A new token and its hash.
pub fn new(tenant: Uuid, entropy: &dyn Entropy) -> (String, Vec<u8>) {
    let mut bytes = [0; 48];
    bytes[..16].copy_from_slice(tenant.as_bytes());
    entropy.fill(&mut bytes[16..]);
    let token = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
    let hash = hash(&token);
    (token, hash)
}

/// The tenant that a token claims, and its hash; none where it cannot be one.
pub fn parse(token: &str) -> Option<(Uuid, Vec<u8>)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
    let bytes: [u8; 48] = bytes.try_into().ok()?;
    let tenant = Uuid::from_slice(&bytes[..16]).ok()?;
    Some((tenant, hash(token)))
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
