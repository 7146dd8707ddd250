//! The program itself, run as a process.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use tempfile::NamedTempFile;

/// `rolecall serve` as a process of its own, on the real clock.
pub struct Process {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    child: Child,
    log: NamedTempFile,
}

impl Process {
    /// Starts it with these flags, and with these variables besides the test's own.
    pub(crate) fn start(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let log = NamedTempFile::new().unwrap();
        // A file that may not grow is an error to it, as a full disk is, and not its end.
        let mut child = Command::new("env")
            .arg("--ignore-signal=XFSZ")
            .arg(program())
            .arg("serve")
            .args(["--listen", "127.0.0.1:0"])
            .args(flags)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let url = url.unwrap_or_else(|| panic!("it does not start: {}", fs::read_to_string(&log).unwrap()));
        Self { url, child, log }
    }

    /// Ends it by SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Ends it by SIGTERM. Answers what it has logged.
    pub fn stop(mut self) -> String {
        self.terminate();
        assert!(self.child.wait().unwrap().success());
        fs::read_to_string(&self.log).unwrap()
    }

    /// Lets no file of it be written beyond so many bytes, as if its disk were full; `None` ends that.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let soft = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let mut limit = Command::new("prlimit");
        limit.args(["--pid", &self.child.id().to_string(), &format!("--fsize={soft}:unlimited")]);
        assert!(limit.status().expect("util-linux has it").success());
    }

    /// Waits until it has ended.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

/// The program, as it was built with the tests.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().find(|folder| folder.join("deps").is_dir()).unwrap();
    profile.join("program")
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
