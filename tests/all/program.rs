//! The program as a process.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

/// `rolecall`, with none of the settings of whoever runs the tests.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    let settings = std::env::vars_os().map(|(name, _)| name);
    settings.filter(|name| name.to_string_lossy().starts_with("ROLECALL_")).for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// Runs a command line to its end.
pub fn run(line: &str) -> Output {
    program().args(line.split_whitespace()).output().unwrap()
}

/// `rolecall serve` as a process.
pub struct Server {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// Where its mail goes.
    pub mail: PathBuf,
    child: Child,
    log: PathBuf,
    _folder: TempDir,
}

impl Server {
    /// Starts it on a database and waits until it listens.
    pub fn start(database_url: &str, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (mail, log) = (folder.path().join("mail"), folder.path().join("log"));
        let mut child = program()
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", database_url])
            .args(["--mail", &format!("file:{}", mail.display())])
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let url = first.trim().strip_prefix("listening on ").map(str::to_owned);
        let url = url.unwrap_or_else(|| panic!("it does not start: {}", fs::read_to_string(&log).unwrap()));
        Self { url, mail, child, log, _folder: folder }
    }

    /// Ends it by SIGTERM and waits until it has. Answers what it has logged.
    pub fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
    }
}
