//! Documents that are known by their hash: those that clients have sent before (Apollo's automatic persisted queries),
//! and those of the operator's list, which then are all that is run.

use std::{
    fmt::Write,
    sync::{Mutex, PoisonError},
};

use axum::http::StatusCode;
use lru::LruCache;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::graphql::{Refusal, bad_request};
use crate::config::Documents;

/// How many documents are kept, and how many bytes of them (B3).
const MAX_KEPT: usize = 1_000;
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// What clients know that they have to send the text by.
const NOT_FOUND: &str = "PersistedQueryNotFound";

/// The documents that need not be sent.
pub struct Persisted {
    listed: Option<Documents>,
    kept: Mutex<Kept>,
}

struct Kept {
    documents: LruCache<String, String>,
    bytes: usize,
}

/// The document of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    /// Its text.
    pub text: String,
    /// Under which hash to keep it once it has been run.
    keep: Option<String>,
}

impl Persisted {
    /// With a list, nothing but what is on it is run.
    pub fn new(listed: Option<Documents>) -> Self {
        Self { listed, kept: Mutex::new(Kept { documents: LruCache::unbounded(), bytes: 0 }) }
    }

    /// The document that a request has, or names by its hash.
    pub fn document(
        &self,
        text: Option<String>,
        extensions: Option<&Map<String, Value>>,
        not_found: StatusCode,
    ) -> Result<Document, Refusal> {
        let hash = match extensions.and_then(|extensions| extensions.get("persistedQuery")) {
            None => None,
            Some(persisted) => Some(hash_of(persisted)?),
        };
        if let Some(listed) = &self.listed {
            return listed_document(listed, text, hash);
        }
        match (text, hash) {
            (None, None) => Err(bad_request("The parameter query is missing.".into())),
            (Some(text), None) => Ok(Document { text, keep: None }),
            (Some(text), Some(hash)) if sha256(&text) == hash => Ok(Document { text, keep: Some(hash) }),
            (Some(_), Some(_)) => Err(bad_request("The hash is not that of the query.".into())),
            (None, Some(hash)) => match self.find(&hash) {
                Some(text) => Ok(Document { text, keep: None }),
                None => Err(Refusal(not_found, "PERSISTED_QUERY_NOT_FOUND", NOT_FOUND.into())),
            },
        }
    }

    fn find(&self, hash: &str) -> Option<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).documents.get(hash).cloned()
    }

    /// Keeps a document that could be run, and lets those go that were not asked for the longest.
    pub fn keep(&self, Document { text, keep }: Document) {
        let Some(hash) = keep else { return };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += text.len();
        if let Some(before) = kept.documents.put(hash, text) {
            kept.bytes -= before.len();
        }
        while kept.bytes > MAX_BYTES || kept.documents.len() > MAX_KEPT {
            let Some((_, oldest)) = kept.documents.pop_lru() else { break };
            kept.bytes -= oldest.len();
        }
    }
}

fn listed_document(
    listed: &Documents,
    text: Option<String>,
    hash: Option<String>,
) -> Result<Document, Refusal> {
    let found = match (text, hash) {
        (Some(text), _) => Some(text).filter(|text| listed.contains(text)),
        (None, Some(hash)) => listed.get(&hash).map(str::to_owned),
        (None, None) => None,
    };
    let refusal =
        || Refusal(StatusCode::FORBIDDEN, "FORBIDDEN", "This document is not on the server's list.".into());
    found.map(|text| Document { text, keep: None }).ok_or_else(refusal)
}

fn hash_of(persisted: &Value) -> Result<String, Refusal> {
    let wrong =
        || bad_request("persistedQuery has version 1 and a sha256Hash of 64 hexadecimal digits.".into());
    if persisted.get("version") != Some(&Value::from(1)) {
        return Err(wrong());
    }
    let hash = persisted.get("sha256Hash").and_then(Value::as_str).map(str::to_ascii_lowercase);
    hash.filter(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .ok_or_else(wrong)
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(persisted: &Persisted, text: &str) -> String {
        let hash = sha256(text);
        persisted.keep(Document { text: text.to_owned(), keep: Some(hash.clone()) });
        hash
    }

    #[test]
    fn b3_only_so_many_documents_are_kept_and_those_in_use_stay() {
        let persisted = Persisted::new(None);
        let first = keep(&persisted, "{ first }");
        let second = keep(&persisted, "{ second }");
        for n in 0..MAX_KEPT {
            assert!(persisted.find(&first).is_some(), "{n}");
            keep(&persisted, &format!("{{ a{n} }}"));
        }
        assert_eq!(persisted.find(&second), None);
        assert_eq!(persisted.kept.lock().expect("a lock").documents.len(), MAX_KEPT);
    }

    #[test]
    fn b3_only_so_many_bytes_are_kept() {
        let persisted = Persisted::new(None);
        let large = |n: usize| format!("# {n} {}", "x".repeat(MAX_BYTES / 10));
        let hashes: Vec<String> = (0..12).map(|n| keep(&persisted, &large(n))).collect();
        keep(&persisted, &large(11));
        let found: Vec<bool> = hashes.iter().map(|hash| persisted.find(hash).is_some()).collect();
        assert_eq!(found.iter().filter(|found| **found).count(), 9);
        assert!(!found[0] && found[11]);
        let kept = persisted.kept.lock().expect("a lock");
        assert_eq!(kept.bytes, kept.documents.iter().map(|(_, text)| text.len()).sum::<usize>());
    }
}
