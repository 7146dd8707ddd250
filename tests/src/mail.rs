use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use mail_parser::MessageParser;

/// A mail as it was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Whom it goes to.
    pub to: String,
    /// Whom it comes from.
    pub from: String,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its page.
    pub html: String,
    /// All of it, as it came over the wire.
    pub raw: String,
}

impl Mail {
    /// The secret of the link in it.
    pub fn token(&self) -> String {
        let (_, behind) =
            self.text.split_once("#token=").unwrap_or_else(|| panic!("a link in {}", self.text));
        behind.split_whitespace().next().unwrap().to_owned()
    }
}

/// How many mails are in a folder.
pub(crate) fn count(folder: &Path) -> usize {
    files(folder).count()
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let paths = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
}

/// Reads the mails in a folder, oldest first, and removes them.
pub(crate) fn take(folder: &Path) -> Vec<Mail> {
    let mut files: Vec<_> = files(folder).collect();
    files.sort_by_cached_key(|path| written_at(path));
    files.into_iter().map(|path| parse(&path)).collect()
}

fn written_at(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|file| file.modified()).unwrap()
}

fn parse(path: &Path) -> Mail {
    let raw = fs::read(path).unwrap();
    fs::remove_file(path).unwrap();
    let message = MessageParser::default().parse(&raw).expect("a mail that can be parsed");
    let address = |list: Option<&mail_parser::Address>| {
        list.and_then(|list| list.first()).and_then(|a| a.address()).unwrap_or_default().to_owned()
    };
    Mail {
        to: address(message.to()),
        from: address(message.from()),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).expect("plain text").into_owned(),
        html: message.body_html(0).expect("a page").into_owned(),
        raw: String::from_utf8_lossy(&raw).into_owned(),
    }
}
