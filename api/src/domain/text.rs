//! Texts that people type: trimmed, bounded, without control characters (B4), and compared after NFKC and case folding
//! (U1).

use std::str::FromStr;

use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization;

const MAX_EMAIL: usize = 254;
const MAX_NAME: usize = 100;
const MAX_DESCRIPTION: usize = 500;
const MAX_SEARCH: usize = 200;

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// Nothing but white space.
    Required,
    /// Longer than `max` characters.
    TooLong {
        /// How many are allowed.
        max: usize,
    },
    /// Has NUL or another control character.
    InvalidText,
    /// Not an address that mail can be sent to.
    InvalidEmail,
}

/// An email address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// As it was typed, trimmed: so it is shown and written to.
    pub as_typed: String,
    /// As it is compared (U1).
    pub key: String,
}

/// A text as it is compared: NFKC and full case folding, so that other spellings of the same are equal (U1, R1).
pub fn key(text: &str) -> String {
    let normal: String = text.nfkc().collect();
    caseless::default_case_fold_str(&normal).nfkc().collect()
}

impl Email {
    /// Parses an address.
    pub fn parse(typed: &str) -> Result<Self, TextFault> {
        let as_typed = line(typed, MAX_EMAIL)?;
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        // What is compared must be an address too: NFKC can turn one letter into several.
        for spelling in [as_typed.as_str(), key(&as_typed).as_str()] {
            EmailAddress::parse_with_options(spelling, options).map_err(|_| TextFault::InvalidEmail)?;
            lettre::Address::from_str(spelling).map_err(|_| TextFault::InvalidEmail)?;
        }
        Ok(Self { key: key(&as_typed), as_typed })
    }
}

/// A person's name (R1).
pub fn person_name(typed: &str) -> Result<String, TextFault> {
    line(typed, MAX_NAME)
}

/// The name of a role template or a tenant (R1).
pub fn template_name(typed: &str) -> Result<String, TextFault> {
    line(typed, MAX_NAME)
}

/// A description, which may have line breaks; a blank one is none (R1).
pub fn description(typed: &str) -> Result<Option<String>, TextFault> {
    let text = typed.trim().replace("\r\n", "\n");
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(TextFault::InvalidText);
    }
    at_most(&text, MAX_DESCRIPTION)?;
    Ok(Some(text).filter(|t| !t.is_empty()))
}

/// What to search for, as keys are compared; a blank one is none (U9).
pub fn search(typed: &str) -> Result<Option<String>, TextFault> {
    match line(typed, MAX_SEARCH) {
        Ok(text) => Ok(Some(key(&text))),
        Err(TextFault::Required) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// A tenant's slug: 3 to 63 of a–z, 0–9 and inner hyphens (T4).
pub fn slug(typed: &str) -> Option<String> {
    let valid = (3..=63).contains(&typed.len())
        && typed.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !typed.starts_with('-')
        && !typed.ends_with('-');
    valid.then(|| typed.to_owned())
}

fn line(typed: &str, max: usize) -> Result<String, TextFault> {
    let text = typed.trim();
    if text.is_empty() {
        return Err(TextFault::Required);
    }
    if text.chars().any(char::is_control) {
        return Err(TextFault::InvalidText);
    }
    at_most(text, max)?;
    Ok(text.to_owned())
}

fn at_most(text: &str, max: usize) -> Result<(), TextFault> {
    if text.chars().count() > max { Err(TextFault::TooLong { max }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u1_other_spellings_of_an_address_are_the_same() {
        let key = |typed: &str| Email::parse(typed).map(|e| e.key);
        assert_eq!(key("Ann@Example.com"), key(" ann@example.COM "));
        assert_eq!(key("ﬁona@example.com"), key("FIONA@example.com"));
        assert_eq!(key("straße@example.com"), key("STRASSE@example.com"));
        assert_ne!(key("ann@example.com"), key("anne@example.com"));
    }

    #[test]
    fn b1_what_is_no_address_is_refused() {
        for wrong in
            ["ann", "ann@", "@example.com", "a b@example.com", "ann@localhost", "Ann <ann@example.com>"]
        {
            assert_eq!(Email::parse(wrong), Err(TextFault::InvalidEmail), "{wrong}");
        }
        assert_eq!(Email::parse(" "), Err(TextFault::Required));
        assert_eq!(Email::parse("a\0@example.com"), Err(TextFault::InvalidText));
        assert_eq!(
            Email::parse(&format!("{}@example.com", "a".repeat(300))),
            Err(TextFault::TooLong { max: 254 })
        );
    }

    #[test]
    fn b4_descriptions_alone_may_have_line_breaks() {
        assert_eq!(description(" a\r\nb "), Ok(Some("a\nb".into())));
        assert_eq!(description("  "), Ok(None));
        assert_eq!(person_name("a\nb"), Err(TextFault::InvalidText));
    }
}
