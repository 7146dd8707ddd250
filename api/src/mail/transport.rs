use std::path::PathBuf;

use anyhow::{Context, Result};
use lettre::{
    AsyncFileTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Body, Mailbox, SinglePart, header},
};
use tokio::sync::broadcast;

use super::Letter;
use crate::config::{Config, MailSetting};

/// Turns letters into messages and hands them over.
pub struct Mailer {
    from: Mailbox,
    base_url: String,
    dir: PathBuf,
    sent: broadcast::Sender<SentLink>,
}

/// A link that has just been sent, for whoever watches (the demo prints it).
#[derive(Clone, Debug)]
pub struct SentLink {
    /// Whom it went to.
    pub to: String,
    /// The link.
    pub link: String,
}

impl Mailer {
    /// Hands over as the settings say.
    pub fn new(config: &Config, base_url: String) -> Result<Self> {
        let MailSetting::File(dir) = config.mail.clone();
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot write mail to {}", dir.display()))?;
        Ok(Self { from: config.mail_from.clone(), base_url, dir, sent: broadcast::Sender::new(64) })
    }

    /// The link of an invitation.
    pub fn invitation_link(&self, token: &str) -> String {
        format!("{}/accept-invite#token={token}", self.base_url)
    }

    /// Tells of every link that is sent.
    pub fn watch(&self) -> broadcast::Receiver<SentLink> {
        self.sent.subscribe()
    }

    /// Hands a letter over.
    pub async fn send(&self, letter: Letter) -> Result<()> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(letter.to.parse()?)
            .subject(letter.subject)
            .date_now()
            .message_id(None)
            .singlepart(plain_text(&letter.text))?;
        AsyncFileTransport::<Tokio1Executor>::new(&self.dir).send(message).await?;
        // Nobody needs to watch.
        let _ = self.sent.send(SentLink { to: letter.to, link: letter.link });
        Ok(())
    }
}

/// The text as it is: quoted-printable, which the link's length would ask for, breaks it into pieces. Its lines are far
/// below the 998 octets that mail allows.
fn plain_text(text: &str) -> SinglePart {
    let encoding = if text.is_ascii() {
        header::ContentTransferEncoding::SevenBit
    } else {
        header::ContentTransferEncoding::EightBit
    };
    let body = Body::dangerous_pre_encoded(text.replace('\n', "\r\n").into_bytes(), encoding);
    SinglePart::builder().header(header::ContentType::TEXT_PLAIN).body(body)
}
