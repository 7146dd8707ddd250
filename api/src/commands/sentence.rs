use std::error::Error as _;

use clap::{
    Arg, Command, CommandFactory, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::cli::Cli;
use crate::config::setting;

/// One sentence of what clap spreads over several lines: the setting, by variable and flag, and what it should be. No
/// value is repeated: it may be a password that stands at the wrong place.
pub fn sentence(error: &Error) -> String {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(all)) => all.iter().map(|one| name(one)).collect::<Vec<_>>().join(" and "),
        Some(ContextValue::String(one)) => name(one),
        _ => String::new(),
    };
    match error.kind() {
        ErrorKind::ValueValidation => {
            let expected = error.source().map(ToString::to_string).unwrap_or_default();
            format!("{argument} is wrong: {expected}.")
        }
        ErrorKind::InvalidValue => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(values)) if !values.is_empty() => {
                format!("{argument} is wrong: it should be {}.", values.join(" or "))
            }
            _ => format!("{argument} is wrong: it should have a value."),
        },
        ErrorKind::MissingRequiredArgument => format!("{argument} should be given, and is not."),
        ErrorKind::ArgumentConflict => {
            format!("{argument} should be given once, and not together with others.")
        }
        ErrorKind::TooManyValues => format!("{argument} should have no value."),
        ErrorKind::InvalidSubcommand => "There is no such command: `rolecall --help` lists them.".into(),
        ErrorKind::UnknownArgument => match suggested(error) {
            _ if argument.is_empty() => "A word stands where there should be flags alone.".into(),
            Some(flag) => format!("There is no {argument}: {} is meant, perhaps.", name(&flag)),
            None => format!("There is no {argument}: `--help` lists what there is."),
        },
        ErrorKind::InvalidUtf8 => "A setting is not UTF-8, and should be.".into(),
        other => {
            other.as_str().map_or_else(|| "The command cannot be read.".into(), |what| format!("{what}."))
        }
    }
}

fn suggested(error: &Error) -> Option<String> {
    match error.get(ContextKind::SuggestedArg)? {
        ContextValue::String(flag) => Some(flag.clone()),
        _ => None,
    }
}

/// What an argument is called, of clap's `--listen <LISTEN>`: a setting by its variable, too. A word that is no flag has
/// no name.
fn name(argument: &str) -> String {
    let flag = argument.split([' ', '=']).next().unwrap_or_default();
    match flag.strip_prefix("--").filter(|flag| is_setting(&Cli::command(), flag)) {
        Some(of) => setting(of),
        None if flag.starts_with('-') => flag.to_owned(),
        None => String::new(),
    }
}

/// Whether a flag has a variable: what a command is merely told has none.
fn is_setting(command: &Command, flag: &str) -> bool {
    let has_variable = |arg: &Arg| arg.get_long() == Some(flag) && arg.get_env().is_some();
    command.get_arguments().any(has_variable) || command.get_subcommands().any(|sub| is_setting(sub, flag))
}
