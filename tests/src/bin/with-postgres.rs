//! Runs a command with a throwaway PostgreSQL server beside it:
//! `cargo run -p tests --bin with-postgres -- cargo nextest run`.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    process::{Command, ExitCode},
};

use tests::postgres;

/// What pgtemp asks of `sudo -u postgres PROGRAM …`, where there is no sudo. It becomes the server itself, so that
/// the signal that ends it arrives.
const SUDO: &str =
    "#!/bin/sh\nuser=$2\nshift 2\nexec setpriv --reuid=\"$user\" --regid=\"$user\" --init-groups \"$@\"\n";

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: with-postgres COMMAND [ARGUMENT]…");
        return ExitCode::from(2);
    };
    if !postgres::can_start() {
        return again_with_sudo();
    }
    let server = postgres::server();
    let mut command = Command::new(program);
    command.args(arguments).env(postgres::VARIABLE, postgres::url(&server));
    let code = run(command);
    server.shutdown();
    code
}

fn run(mut command: Command) -> ExitCode {
    match command.status() {
        // Ended by a signal: no code of its own.
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("{}: {error}", command.get_program().display());
            ExitCode::from(127)
        }
    }
}

/// Runs this program again, as it was called, with a stand-in for `sudo` on its path.
fn again_with_sudo() -> ExitCode {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let sudo = folder.path().join("sudo");
    fs::write(&sudo, SUDO).expect("a file can be written");
    fs::set_permissions(&sudo, fs::Permissions::from_mode(0o755)).expect("it can be made a program");
    let path = env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(folder.path().to_owned()).chain(env::split_paths(&path));
    let path = env::join_paths(path).expect("the folder has no colon in its name");
    let this = env::current_exe().expect("a program knows where it is");
    let mut command = Command::new(this);
    command.args(env::args_os().skip(1)).env("PATH", path);
    run(command)
}
