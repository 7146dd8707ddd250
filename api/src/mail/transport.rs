use std::time::Duration;

use anyhow::{Context, Result};
use entity::DeliveryFailure;
use lettre::{
    Address, AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Body, Mailbox, MultiPart, SinglePart, header},
    transport::smtp::{self, PoolConfig},
};
use tokio::{sync::broadcast, time::timeout};

use super::Letter;
use crate::config::{Config, MailSetting};

/// How long a mail server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a mail may take as a whole: less than a worker's lease, so that no other one sends it, too.
const WHOLE_MAIL: Duration = Duration::from_secs(90);

/// Turns letters into messages and hands them over.
pub struct Mailer {
    from: Mailbox,
    base_url: String,
    transport: Transport,
    sent: broadcast::Sender<SentLink>,
}

enum Transport {
    File(AsyncFileTransport<Tokio1Executor>),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

/// A link that has just been sent, for whoever watches (the demo prints it).
#[derive(Clone, Debug)]
pub struct SentLink {
    /// Whom it went to.
    pub to: String,
    /// The link.
    pub link: String,
}

/// Why a mail was not handed over. The server's own text is for the log alone.
#[derive(Debug)]
pub struct NotSent {
    /// The same in the contract's words.
    pub failure: DeliveryFailure,
    /// Whether trying again is pointless.
    pub for_good: bool,
    /// What the server, or the library, said.
    pub inside: String,
}

impl Mailer {
    /// Hands over as the settings say.
    pub fn new(config: &Config, base_url: String) -> Result<Self> {
        let transport = match &config.mail {
            MailSetting::File(dir) => {
                std::fs::create_dir_all(dir)
                    .with_context(|| format!("cannot write mail to {}", dir.display()))?;
                Transport::File(AsyncFileTransport::new(dir))
            }
            MailSetting::Smtp(url) => Transport::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(&url.0)?
                    .timeout(Some(PATIENCE))
                    .pool_config(PoolConfig::new().max_size(4))
                    .build(),
            ),
        };
        Ok(Self { from: config.mail_from.clone(), base_url, transport, sent: broadcast::Sender::new(64) })
    }

    /// The link of an invitation.
    pub fn invitation_link(&self, token: &str) -> String {
        format!("{}/accept-invite#token={token}", self.base_url)
    }

    /// The link to choose a password by.
    pub fn password_reset_link(&self, token: &str) -> String {
        format!("{}/reset-password#token={token}", self.base_url)
    }

    /// Tells of every link that is sent.
    pub fn watch(&self) -> broadcast::Receiver<SentLink> {
        self.sent.subscribe()
    }

    /// Hands a letter over.
    pub async fn send(&self, letter: Letter) -> std::result::Result<(), NotSent> {
        let message = self.message(&letter).map_err(|error| NotSent {
            failure: DeliveryFailure::AddressRejected,
            for_good: true,
            inside: error.to_string(),
        })?;
        match &self.transport {
            Transport::File(folder) => folder.send(message).await.map(drop).map_err(|error| NotSent {
                failure: DeliveryFailure::Unreachable,
                for_good: false,
                inside: error.to_string(),
            })?,
            Transport::Smtp(server) => match timeout(WHOLE_MAIL, server.send(message)).await {
                Ok(answer) => answer.map(drop).map_err(|error| refused(&error))?,
                Err(_) => return Err(too_slow()),
            },
        }
        if let Some(link) = letter.link {
            // Nobody needs to watch.
            let _ = self.sent.send(SentLink { to: letter.to, link });
        }
        Ok(())
    }

    fn message(&self, letter: &Letter) -> Result<Message> {
        // An address and no name: it was parsed when it was stored, so that nothing in it can end the header.
        let to = Mailbox::new(None, letter.to.parse::<Address>()?);
        let automatic = header::HeaderValue::new(
            header::HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.as_str())
            .date_now()
            .message_id(None)
            .raw_header(automatic)
            .multipart(
                MultiPart::alternative()
                    .singlepart(part(&letter.text, header::ContentType::TEXT_PLAIN))
                    .singlepart(part(&letter.html, header::ContentType::TEXT_HTML)),
            )?;
        Ok(message)
    }
}

/// The text as it is: quoted-printable, which the link's length would ask for, breaks it into pieces. Its lines are far
/// below the 998 octets that mail allows.
fn part(text: &str, content_type: header::ContentType) -> SinglePart {
    let encoding = if text.is_ascii() {
        header::ContentTransferEncoding::SevenBit
    } else {
        header::ContentTransferEncoding::EightBit
    };
    let body = Body::dangerous_pre_encoded(text.replace('\n', "\r\n").into_bytes(), encoding);
    SinglePart::builder().header(content_type).body(body)
}

/// What a mail server's answer means: by the enhanced code that its text begins with (RFC 3463), or else by its code.
/// What lasts only for now and is then given up was never a refusal: the mailbox was full, or nobody could be reached.
fn refused(error: &smtp::Error) -> NotSent {
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    let enhanced = text.split_whitespace().next().unwrap_or_default();
    let subject = enhanced.strip_prefix("5.").or_else(|| enhanced.strip_prefix("4."));
    let full = subject.map_or(matches!(code.as_str(), "552" | "452"), |s| s == "2.2");
    let recipient = subject.map_or(matches!(code.as_str(), "550" | "551" | "553"), |s| {
        (s.starts_with("1.") && !matches!(s, "1.7" | "1.8")) || s == "2.1"
    });
    let failure = match error.is_permanent() {
        _ if full => DeliveryFailure::MailboxFull,
        true if recipient => DeliveryFailure::AddressRejected,
        true => DeliveryFailure::Refused,
        false => DeliveryFailure::Unreachable,
    };
    NotSent { failure, for_good: error.is_permanent(), inside: format!("{error}: {text}") }
}

fn too_slow() -> NotSent {
    let inside = format!("the mail server took more than {WHOLE_MAIL:?}");
    NotSent { failure: DeliveryFailure::Unreachable, for_good: false, inside }
}
