//! The text of a document, before it is parsed: the parser takes a piece of stack for each bracket that is open, and
//! time for each token.

use async_graphql::{Pos, ServerError};

use super::too_complex;
use crate::graphql::error::with_code;

/// How many names, numbers, strings and signs a document may have.
const MAX_TOKENS: usize = 5_000;
/// How many brackets may be open at once.
const MAX_NESTING: usize = 64;
/// How long a name or a number may be: the sentence about an unknown one looks for similar ones, letter by letter.
const MAX_WORD: usize = 256;

/// Refuses a text that is too long or nested too deep to be parsed. Reads it once, as the specification's lexer does.
pub fn check(text: &str) -> Result<(), ServerError> {
    let (mut rest, mut tokens, mut open) = (text.as_bytes(), 0_usize, 0_usize);
    while let Some(&first) = rest.first() {
        let length = match first {
            // What is no ASCII is a mark that means nothing, or an error that the parser tells of.
            b' ' | b',' | b'\t' | b'\r' | b'\n' | 0x80.. => {
                rest = &rest[1..];
                continue;
            }
            b'#' => {
                rest = &rest[run(rest, |byte| !matches!(byte, b'\r' | b'\n'))..];
                continue;
            }
            b'"' => string(rest).ok_or_else(unterminated)?,
            b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                let length = run(rest, |byte| byte == b'_' || byte.is_ascii_alphanumeric());
                if length > MAX_WORD {
                    return Err(too_large("a word", MAX_WORD, "letters"));
                }
                length
            }
            b'{' | b'[' | b'(' => {
                open += 1;
                1
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                1
            }
            _ => 1,
        };
        rest = &rest[length..];
        tokens += 1;
        if tokens > MAX_TOKENS {
            return Err(too_large("it", MAX_TOKENS, "tokens"));
        }
        if open > MAX_NESTING {
            return Err(too_large("it", MAX_NESTING, "brackets within each other"));
        }
    }
    Ok(())
}

fn run(text: &[u8], of: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !of(*byte)).unwrap_or(text.len())
}

/// How long the string is that `text` begins with; none where it does not end.
fn string(text: &[u8]) -> Option<usize> {
    const BLOCK: &[u8] = br#"""""#;
    let block = text.starts_with(BLOCK);
    let mut at = if block { 3 } else { 1 };
    loop {
        let rest = text.get(at..)?;
        at += match rest.first()? {
            b'"' if !block => return Some(at + 1),
            b'"' if rest.starts_with(BLOCK) => return Some(at + 3),
            b'\r' | b'\n' if !block => return None,
            b'\\' if !block => 2,
            b'\\' if rest[1..].starts_with(BLOCK) => 4,
            _ => 1,
        };
    }
}

fn too_large(what: &str, most: usize, of: &str) -> ServerError {
    too_complex(format!("The document is too large: {what} has more than {most} {of}."), Pos::default())
}

fn unterminated() -> ServerError {
    let message = "The document cannot be parsed: a string does not end.";
    with_code(ServerError::new(message, None), "GRAPHQL_PARSE_FAILED")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_brackets_in_strings_and_comments_are_text_and_behind_them_are_not() {
        let many = "{".repeat(MAX_NESTING + 1);
        for text in [
            format!("\"{many}\""),
            format!("\"\\\"{many}\""),
            format!("\"\"\"{many}\n\\\"\"\"{many}\"\"\""),
            format!("# \"{many}\n"),
            "{ } ".repeat(MAX_NESTING + 1),
        ] {
            assert!(check(&text).is_ok(), "{text}");
        }
        for text in [
            many.clone(),
            format!("\"\"{many}"),
            format!("\"\\\\\"{many}"),
            format!("\"\"\"\"\"\"{many}"),
            format!("#\r{many}"),
            format!("\"\"\"{many}"),
            format!("\"\n{many}\""),
        ] {
            assert!(check(&text).is_err(), "{text}");
        }
    }
}
