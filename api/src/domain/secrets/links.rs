use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

const MAC_LENGTH: usize = 32;

/// Makes and checks the secrets that links in mail carry: HMACs over (purpose, tenant, user, nonce, expiry). The nonce
/// stands in the database, the key does not: neither alone lets anybody build a link (I1). Links are made with the newest
/// key, and those of the older ones count as well, so that a key can be replaced while links are on their way.
pub struct Links {
    newest: Vec<u8>,
    older: Vec<Vec<u8>>,
}

/// What a link is for; one of another purpose is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signing up.
    Invitation,
    /// Choosing a new password.
    PasswordReset,
}

/// A link that has been read but not checked.
pub struct Link {
    /// The tenant that it claims.
    pub tenant: Uuid,
    /// The user that it claims.
    pub user: Uuid,
    mac: [u8; MAC_LENGTH],
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Invitation => b"invitation",
            Self::PasswordReset => b"password-reset",
        }
    }
}

impl Links {
    /// Signs with `newest`, at least 32 random bytes, and accepts what any of `older` has signed.
    pub fn new(newest: Vec<u8>, older: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { newest, older: older.into_iter().collect() }
    }

    /// The secret of a link.
    pub fn token(
        &self,
        purpose: Purpose,
        tenant: Uuid,
        user: Uuid,
        nonce: &[u8],
        expires_at: DateTime<Utc>,
    ) -> String {
        let mac = mac(&self.newest, purpose, tenant, user, nonce, expires_at).finalize().into_bytes();
        let bytes = [tenant.as_bytes(), user.as_bytes(), mac.as_slice()].concat();
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads the secret of a link; none where it cannot be one.
    pub fn parse(token: &str) -> Option<Link> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (tenant, rest) = bytes.split_first_chunk::<16>()?;
        let (user, mac) = rest.split_first_chunk::<16>()?;
        Some(Link {
            tenant: Uuid::from_bytes(*tenant),
            user: Uuid::from_bytes(*user),
            mac: mac.try_into().ok()?,
        })
    }

    /// Whether `link` is the one that this nonce and expiry belong to, in constant time.
    pub fn verify(&self, link: &Link, purpose: Purpose, nonce: &[u8], expires_at: DateTime<Utc>) -> bool {
        // All of them, so that the time does not tell which key it was.
        std::iter::once(&self.newest).chain(&self.older).fold(false, |known, key| {
            let mac = mac(key, purpose, link.tenant, link.user, nonce, expires_at);
            known | mac.verify_slice(&link.mac).is_ok()
        })
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(
    key: &[u8],
    purpose: Purpose,
    tenant: Uuid,
    user: Uuid,
    nonce: &[u8],
    expires_at: DateTime<Utc>,
) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key length");
    let expiry = expires_at.timestamp_micros().to_be_bytes();
    // Each part behind its length, so that no two different lists of parts read the same.
    for part in [purpose.label(), tenant.as_bytes(), user.as_bytes(), nonce, &expiry] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i1_a_link_counts_for_its_nonce_expiry_person_and_key_alone() {
        let (links, other) = (Links::new(vec![1; 32], []), Links::new(vec![2; 32], []));
        let (tenant, user, end) = (Uuid::from_u128(1), Uuid::from_u128(2), DateTime::UNIX_EPOCH);
        let token = links.token(Purpose::Invitation, tenant, user, b"nonce", end);
        let link = Links::parse(&token).expect("a link");
        assert_eq!((link.tenant, link.user), (tenant, user));
        assert!(links.verify(&link, Purpose::Invitation, b"nonce", end));
        assert!(!links.verify(&link, Purpose::Invitation, b"other", end));
        assert!(!links.verify(&link, Purpose::Invitation, b"nonce", end + chrono::TimeDelta::seconds(1)));
        assert!(!other.verify(&link, Purpose::Invitation, b"nonce", end));
        assert!(Links::new(vec![2; 32], [vec![1; 32]]).verify(&link, Purpose::Invitation, b"nonce", end));
        let stolen = Link { user: Uuid::from_u128(3), ..link };
        assert!(!links.verify(&stolen, Purpose::Invitation, b"nonce", end));
        assert!(Links::parse(&token[1..]).is_none());
    }
}
