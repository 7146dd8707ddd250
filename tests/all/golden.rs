//! Files that hold what a test is to see.

use std::{env, fs, path::Path};

/// Compares `text` with a file under `tests/`. With `UPDATE_GOLDEN=1` in the environment it is written instead.
#[track_caller]
pub fn assert_same(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&path, text).unwrap();
        return;
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == text,
        "tests/{file} says otherwise. Where the change is meant, run the test with UPDATE_GOLDEN=1 and commit the \
         file.\n{}",
        difference(&stored, text)
    );
}

/// The lines that only one of the two has, `-` those of the file, `+` those that were seen.
fn difference(stored: &str, seen: &str) -> String {
    let only = |these: &str, those: &str, sign: char| -> String {
        these
            .lines()
            .filter(|line| !those.lines().any(|l| l == *line))
            .map(|l| format!("{sign} {l}\n"))
            .collect()
    };
    format!("{}{}", only(stored, seen, '-'), only(seen, stored, '+'))
}
