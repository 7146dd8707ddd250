/// A setting that cannot be used: ends the program with exit code 2 and this sentence.
#[derive(Debug, thiserror::Error)]
#[error("{} {what}.", setting(flag))]
pub struct WrongSetting {
    flag: &'static str,
    what: String,
}

impl WrongSetting {
    /// That one of `--flag`: what is wrong with it and what it should be, without a full stop.
    pub fn new(flag: &'static str, what: impl Into<String>) -> Self {
        Self { flag, what: what.into() }
    }
}

/// What a setting is called: its variable and its flag.
pub fn setting(flag: &str) -> String {
    format!("ROLECALL_{} (--{flag})", flag.replace('-', "_").to_uppercase())
}
