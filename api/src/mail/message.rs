use askama::Template;
use chrono::{DateTime, Utc};

/// A mail in words, before it becomes a message. Names in it are escaped by the templates.
pub struct Letter {
    /// Whom it goes to, as it was typed.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// The link that it carries.
    pub link: Option<String>,
    /// As plain text.
    pub text: String,
    /// As a page.
    pub html: String,
}

/// What a mail says.
struct Content {
    subject: String,
    before: Vec<String>,
    button: Option<Button>,
    after: Vec<String>,
}

struct Button {
    label: &'static str,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/letter.txt", escape = "none")]
struct Text<'a> {
    before: &'a [String],
    button: &'a Option<Button>,
    after: &'a [String],
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    subject: &'a str,
    before: &'a [String],
    button: &'a Option<Button>,
    after: &'a [String],
}

const UNEXPECTED: &str = "If you did not expect this mail, you can ignore it.";

impl Letter {
    /// A link to sign up by; `again` where it replaces an earlier one.
    pub fn invitation(
        to: &str,
        tenant: &str,
        link: String,
        until: DateTime<Utc>,
        again: bool,
    ) -> askama::Result<Self> {
        let mut after = vec![format!("The link works once, until {}.", moment(until))];
        if again {
            after.push("Links that you were sent earlier do not work any more.".into());
        }
        after.push(UNEXPECTED.into());
        let content = Content {
            subject: format!("You are invited to {tenant}"),
            before: vec![format!("{tenant} has invited you. Choose your name and password to begin.")],
            button: Some(Button { label: "Accept the invitation", link }),
            after,
        };
        content.letter(to)
    }

    /// A link to choose a new password by.
    pub fn password_reset(
        to: &str,
        tenant: &str,
        link: String,
        until: DateTime<Utc>,
    ) -> askama::Result<Self> {
        let content = Content {
            subject: format!("Choose a new password for {tenant}"),
            before: vec![format!(
                "At {tenant}, somebody, probably you, has forgotten the password of this address."
            )],
            button: Some(Button { label: "Choose a new password", link }),
            after: vec![
                format!("The link works once, until {}.", moment(until)),
                "If it was not you, ignore this mail: your password stays as it is.".into(),
            ],
        };
        content.letter(to)
    }

    /// A notice that the password was changed.
    pub fn password_changed(to: &str, tenant: &str) -> askama::Result<Self> {
        let content = Content {
            subject: format!("Your password for {tenant} was changed"),
            before: vec![format!("The password of this address at {tenant} has just been changed.")],
            button: None,
            after: vec![
                "If it was not you, choose a new password at once and tell an admin of your team.".into(),
            ],
        };
        content.letter(to)
    }

    /// A notice to a former address.
    pub fn email_changed(to: &str, tenant: &str) -> askama::Result<Self> {
        let content = Content {
            subject: format!("Your email address at {tenant} was changed"),
            before: vec![format!(
                "Your account at {tenant} has another email address now. This one no longer works."
            )],
            button: None,
            after: vec!["If you did not expect this, tell an admin of your team.".into()],
        };
        content.letter(to)
    }
}

impl Content {
    fn letter(self, to: &str) -> askama::Result<Letter> {
        let Self { subject, before, button, after } = self;
        let text = Text { before: &before, button: &button, after: &after }.render()?;
        let html = Html { subject: &subject, before: &before, button: &button, after: &after }.render()?;
        Ok(Letter { to: to.to_owned(), subject, link: button.map(|button| button.link), text, html })
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i1_names_in_a_mail_are_text_and_never_markup() {
        let tenant = "<script>alert(1)</script> & Söhne";
        let link = "http://localhost/accept-invite#token=abc".to_owned();
        let letter =
            Letter::invitation("a@b.example", tenant, link, DateTime::UNIX_EPOCH, false).expect("a letter");
        assert!(!letter.html.contains("<script>"), "{}", letter.html);
        assert!(
            letter.text.contains(tenant)
                && letter.text.contains("\nhttp://localhost/accept-invite#token=abc\n")
        );
    }
}
