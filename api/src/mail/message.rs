use chrono::{DateTime, Utc};

/// A mail in words, before it becomes a message.
pub struct Letter {
    /// Whom it goes to, as it was typed.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The link that it carries.
    pub link: String,
}

impl Letter {
    /// An invitation.
    pub fn invitation(to: &str, tenant: &str, link: String, expires_at: DateTime<Utc>) -> Self {
        let until = expires_at.format("%-d %B %Y, %H:%M UTC");
        Self {
            to: to.to_owned(),
            subject: format!("You are invited to {tenant}"),
            text: format!(
                "Hello,\n\n\
                 you are invited to join {tenant}. Open this link to choose your name and\n\
                 password:\n\n\
                 {link}\n\n\
                 The link works once, until {until}.\n\
                 If you did not expect this mail, you can ignore it.\n"
            ),
            link,
        }
    }
}
