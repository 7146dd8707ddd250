use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::time::{Duration, sleep};

use crate::{Json, Mail, mail};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/mail_server.py");

/// A mail server of its own, which goes wrong as a test tells it to.
pub struct MailServer {
    /// Where it listens.
    pub port: u16,
    child: Child,
    folder: TempDir,
}

impl MailServer {
    /// One that takes all mail, without TLS.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With flags of `mail_server.py`. Where one of them is `--tls`, its certificate is for `localhost`.
    pub fn start_with(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pem = folder.path().join("certificate.pem");
        std::fs::write(&pem, cert.pem() + &signing_key.serialize_pem()).unwrap();
        let mut child = Command::new(python())
            .arg(PROGRAM)
            .arg("--folder")
            .arg(folder.path())
            .arg("--certificate")
            .arg(&pem)
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { port: port.trim().parse().expect("the mail server says its port"), child, folder }
    }

    /// Its address for who sends without TLS.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// The certificate that it shows, which is its own authority.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Goes wrong from now on: at `mail`, `rcpt`, `data`, or when the mail is `taken`
    /// but not yet answered, by an answer, `drop` or `hang`. `{}` ends it.
    pub fn fail(&self, faults: Json) {
        let part = self.folder.path().join("faults.part");
        std::fs::write(&part, faults.to_string()).unwrap();
        std::fs::rename(part, self.folder.path().join("faults.json")).unwrap();
    }

    /// The mail that has arrived since the last call, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        mail::take(self.folder.path())
    }

    /// The only mail that has arrived since the last call.
    pub fn mail(&self) -> Mail {
        let [mail] = <[Mail; 1]>::try_from(self.mails()).expect("one mail");
        mail
    }

    /// Waits until somebody is left hanging.
    pub async fn hangs(&self) {
        let sign = self.folder.path().join("hangs");
        until(|| sign.exists()).await;
        std::fs::remove_file(sign).unwrap();
    }

    /// Waits until so many mails have arrived, and answers them.
    pub async fn mails_of(&self, count: usize) -> Vec<Mail> {
        until(|| mail::count(self.folder.path()) >= count).await;
        self.mails()
    }
}

/// Waits for what another process does.
async fn until(done: impl Fn() -> bool) {
    for _ in 0..3000 {
        if done() {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("it does not happen");
}

/// A Python that knows aiosmtpd: Debian's own where another one comes first.
fn python() -> &'static Path {
    let knows = |python: &&Path| {
        let check = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        check.is_ok_and(|status| status.success())
    };
    let known = [Path::new("python3"), Path::new("/usr/bin/python3")];
    known.into_iter().find(knows).expect("a python3 with aiosmtpd (Debian: python3-aiosmtpd)")
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
