use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Body, Mailbox, MultiPart, SinglePart, header},
    transport::smtp::PoolConfig,
};
use tokio::{sync::broadcast, task::spawn_blocking, time::timeout};

use super::{Letter, not_sent::NotSent};
use crate::config::{Config, MailSetting, WrongSetting};

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
    Folder(PathBuf),
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

impl Mailer {
    /// Hands over as the settings say.
    pub fn new(config: &Config, base_url: String) -> Result<Self> {
        let transport = match &config.mail {
            MailSetting::File(dir) => {
                writable(dir).map_err(|error| {
                    WrongSetting::new("mail", format!("should be a folder that can be written to: {error}"))
                })?;
                Transport::Folder(dir.clone())
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
        let to = letter.to.parse().map_err(NotSent::bad_address)?;
        match &self.transport {
            Transport::Folder(folder) => {
                let (folder, mail) = (folder.clone(), self.message(to, &letter, true)?.formatted());
                let written = spawn_blocking(move || put(&folder, &mail)).await;
                written.map_err(NotSent::unreachable)?.map_err(NotSent::unreachable)?;
            }
            Transport::Smtp(server) => self.send_by(server, to, &letter).await?,
        }
        if let Some(link) = letter.link {
            // Nobody needs to watch.
            let _ = self.sent.send(SentLink { to: letter.to, link });
        }
        Ok(())
    }

    /// Hands a letter to a mail server, in a form that the oldest one takes: only a local part beyond ASCII is asked of
    /// it, since nothing else stands for that.
    async fn send_by(
        &self,
        server: &AsyncSmtpTransport<Tokio1Executor>,
        to: Address,
        letter: &Letter,
    ) -> std::result::Result<(), NotSent> {
        let to = with_ascii_domain(to)?;
        let plain = to.user().is_ascii();
        let message = self.message(to, letter, false)?;
        match timeout(WHOLE_MAIL, server.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            // The library's own refusal: the server does not take such an address.
            Ok(Err(error)) if !plain && error.is_client() => Err(NotSent::bad_address(error)),
            Ok(Err(error)) => Err(NotSent::answered(&error)),
            Err(_) => Err(NotSent::unreachable(format!("the mail server took more than {WHOLE_MAIL:?}"))),
        }
    }

    /// `to` is an address and no name: it was parsed, so that nothing in it can end the header. `eight_bit` where what
    /// is beyond ASCII may stand as it is.
    fn message(
        &self,
        to: Address,
        letter: &Letter,
        eight_bit: bool,
    ) -> std::result::Result<Message, NotSent> {
        let automatic = header::HeaderValue::new(
            header::HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.as_str())
            .date_now()
            .message_id(None)
            .raw_header(automatic)
            .multipart(
                MultiPart::alternative()
                    .singlepart(part(&letter.text, header::ContentType::TEXT_PLAIN, eight_bit))
                    .singlepart(part(&letter.html, header::ContentType::TEXT_HTML, eight_bit)),
            );
        message.map_err(NotSent::bad_address)
    }
}

/// Makes the folder where it is missing, and writes a file to it that is gone at once.
fn writable(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    tempfile::tempfile_in(folder).map(drop)
}

/// Puts a mail into the folder, whole or not at all: whoever watches the folder never reads half of one. Only the
/// server's own user may read it, since the link in it is a secret.
fn put(folder: &Path, mail: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix("").rand_bytes(16).suffix(".part").tempfile_in(folder)?;
    file.write_all(mail)?;
    file.as_file().sync_all()?;
    let whole = file.path().with_extension("eml");
    file.persist_noclobber(whole)?;
    Ok(())
}

/// The same address, its domain as every mail server knows it.
fn with_ascii_domain(to: Address) -> std::result::Result<Address, NotSent> {
    if to.domain().is_ascii() {
        return Ok(to);
    }
    let domain = idna::domain_to_ascii(to.domain()).map_err(NotSent::bad_address)?;
    Address::new(to.user(), domain).map_err(NotSent::bad_address)
}

/// ASCII goes as it is: quoted-printable, which the link's length would ask for, breaks it into pieces. Its lines are
/// far below the 998 octets that mail allows.
fn part(text: &str, content_type: header::ContentType, eight_bit: bool) -> SinglePart {
    let lines = text.replace('\n', "\r\n");
    let body = if text.is_ascii() {
        Body::dangerous_pre_encoded(lines.into_bytes(), header::ContentTransferEncoding::SevenBit)
    } else if eight_bit {
        Body::dangerous_pre_encoded(lines.into_bytes(), header::ContentTransferEncoding::EightBit)
    } else {
        Body::new(lines)
    };
    SinglePart::builder().header(content_type).body(body)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, thread};

    use super::*;

    #[test]
    fn i4_whoever_watches_the_folder_never_reads_half_a_mail() {
        const MAILS: usize = 200;
        let folder = tempfile::tempdir().expect("a folder");
        let mail = vec![b'x'; 256 * 1024];
        let is_mail = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "eml");
        let mut read = 0;
        thread::scope(|scope| {
            let writer = scope.spawn(|| (0..MAILS).for_each(|_| put(folder.path(), &mail).expect("a mail")));
            loop {
                let last = writer.is_finished();
                let files = fs::read_dir(folder.path()).expect("the folder");
                for path in files.map(|file| file.expect("a file").path()).filter(is_mail) {
                    assert_eq!(fs::metadata(&path).expect("a mail").permissions().mode() & 0o077, 0);
                    assert_eq!(fs::read(&path).expect("a mail").len(), mail.len());
                    fs::remove_file(path).expect("a mail");
                    read += 1;
                }
                if last {
                    break;
                }
            }
        });
        assert_eq!(read, MAILS);
    }
}
