use std::{process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use clap::Args;
use tokio::sync::broadcast::error::RecvError;

use super::{cli::logging, demo_data, serve::stop_signal};
use crate::{
    app::{App, Parts},
    clock::{Entropy, SystemClock, SystemEntropy},
    config::{Config, MailSetting, Secret},
    domain::{Visitor, sessions},
};

/// What `demo` takes.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    config: Config,
    /// How many users the company has, for more than the 17 of the story
    #[arg(long, default_value_t = 17, value_parser = users)]
    users: u32,
}

fn users(text: &str) -> std::result::Result<u32, &'static str> {
    let number = text.parse().ok().filter(|number| (17..=100_000).contains(number));
    number.ok_or("it should be a number from 17 to 100000")
}

/// Seats of the story.
const SEATS: i32 = 20;

/// Serves a company that is made up and gone when it ends.
pub async fn run(Options { config, users }: Options) -> Result<ExitCode> {
    let mut stop = Box::pin(stop_signal()?);
    let folder = tempfile::Builder::new().prefix("rolecall-demo-").tempdir()?;
    let mut config = logging(config)?;
    config.database_url = format!("sqlite://{}?mode=rwc", folder.path().join("rolecall.db").display());
    config.mail = MailSetting::File(folder.path().join("mail"));
    let playground = !config.no_playground;
    let mut key = vec![0; 32];
    SystemEntropy.fill(&mut key);
    let app = App::build(Parts {
        config,
        secret: Secret(key),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        migrate: true,
    });
    let app = app.await?;
    let extra = users.saturating_sub(17);
    let limit = if extra == 0 { SEATS } else { i32::try_from(users + users / 8).unwrap_or(i32::MAX) };
    let env = app.env();
    tokio::select! {
        seeded = demo_data::seed(&env, limit, extra as usize) => seeded.context("cannot write the demo's company")?,
        // A large company takes a while, and its folder goes with it.
        () = &mut stop => return Ok(ExitCode::SUCCESS),
    }
    let visitor = Visitor::local(app.env());
    let signed_in =
        sessions::sign_in(&visitor, demo_data::TENANT, demo_data::ADMIN, demo_data::PASSWORD).await?;
    print_how_to_use(&app, &signed_in.token, playground)?;
    let mut links = app.worker().watch();
    let printing = tokio::spawn(async move {
        loop {
            match links.recv().await {
                Ok(sent) => println!("mail to {}: {}", sent.to, sent.link),
                Err(RecvError::Lagged(missed)) => println!("{missed} more mails"),
                Err(RecvError::Closed) => break,
            }
        }
    });
    let served = app.run(stop).await;
    printing.abort();
    served?;
    folder.close()?;
    Ok(ExitCode::SUCCESS)
}

fn print_how_to_use(app: &App, token: &str, playground: bool) -> Result<()> {
    let address = format!("http://{}", app.addr()?);
    let (tenant, admin, password) = (demo_data::TENANT, demo_data::ADMIN, demo_data::PASSWORD);
    println!("listening on {address}");
    println!();
    if playground {
        println!("  page      {address}/graphql");
    }
    println!("  tenant    {tenant}");
    println!("  admin     {admin}");
    println!("  password  {password}   (everybody's)");
    println!("  token     {token}");
    println!();
    println!("Try it:");
    println!();
    println!(
        "curl -s {address}/graphql -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\"
    );
    println!(
        "  -d '{{\"query\":\"{{ viewer {{ user {{ name role }} }} seatUsage {{ used limit state }} users(first: 3) {{ \
         nodes {{ email status }} }} }}\"}}'"
    );
    println!();
    println!("Each link that is mailed is printed here. Ctrl-C ends it, and everything in it is gone.");
    println!();
    Ok(())
}
