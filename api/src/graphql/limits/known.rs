//! Documents that have been parsed and found small enough: a client sends the same few again and again. What they cost
//! depends on variables, and is weighed each time.

use std::{
    num::NonZeroUsize,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use async_graphql::parser::types::ExecutableDocument;
use lru::LruCache;

/// How many are kept.
const KEPT: NonZeroUsize = NonZeroUsize::new(128).expect("not zero");
/// How many bytes the text of one may have; parsed, it takes some thirty times as many.
const LENGTH: usize = 2_048;

static KNOWN: LazyLock<Mutex<LruCache<String, Arc<ExecutableDocument>>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(KEPT)));

/// The document of a text that was kept.
pub fn find(text: &str) -> Option<ExecutableDocument> {
    let found = known().get(text).cloned()?;
    Some(ExecutableDocument::clone(&found))
}

/// Keeps a document that is small enough.
pub fn keep(text: &str, document: &ExecutableDocument) {
    if text.len() <= LENGTH {
        let document = Arc::new(document.clone());
        known().put(text.to_owned(), document);
    }
}

fn known() -> MutexGuard<'static, LruCache<String, Arc<ExecutableDocument>>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use async_graphql::{Request, Variables};
    use serde_json::json;

    use super::{super::document, *};

    const PAGE: &str = "query ($n: Int) { users(first: $n) { nodes { access { explain { granted } } } } }";

    fn cost_is_fine(text: &str, size: i32) -> bool {
        document(&mut Request::new(text).variables(Variables::from_json(json!({ "n": size })))).is_ok()
    }

    #[test]
    fn b3_a_document_that_is_known_is_weighed_with_its_variables_each_time() {
        let ten = format!(
            "query ($n: Int) {{ {} }}",
            (0..10)
                .map(|n| format!(
                    "u{n}: users(first: $n) {{ nodes {{ access {{ explain {{ granted }} }} }} }} "
                ))
                .collect::<String>()
        );
        for _ in 0..2 {
            assert!(cost_is_fine(PAGE, 100));
            assert!(cost_is_fine(&ten, 1));
            assert!(find(&ten).is_some());
            assert!(!cost_is_fine(&ten, 100));
        }
    }

    #[test]
    fn b3_only_small_documents_that_passed_are_kept() {
        let long = format!("{{ viewer {{ user {{ id }} }} }} #{}", "x".repeat(LENGTH));
        assert!(cost_is_fine(&long, 1));
        assert!(find(&long).is_none());
        let bomb = "{ viewer { user { ...a } } } fragment a on User { ...a }";
        assert!(document(&mut Request::new(bomb)).is_err());
        assert!(find(bomb).is_none());
    }
}
