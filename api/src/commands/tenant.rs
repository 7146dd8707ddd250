use std::{process::ExitCode, sync::Arc};

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{cli::logging, serve};
use crate::{
    app,
    clock::{SystemClock, SystemEntropy},
    config::{Config, Secret},
    domain::{
        Error, Visitor,
        ids::{self, Kind},
        tenants::{self, Created, Summary},
    },
};

/// What can be done with tenants.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Creates a tenant with one invited admin
    Create(Create),
    /// Invites an admin, or sends again to one who is still invited
    InviteAdmin(InviteAdmin),
    /// Sets the seat limit
    SetSeats(SetSeats),
    /// Lists the tenants
    List(List),
}

/// What `tenant create` takes.
#[derive(Args, Debug)]
pub struct Create {
    #[command(flatten)]
    config: Config,
    /// 3 to 63 of a–z, 0–9 and inner hyphens
    #[arg(long)]
    slug: String,
    /// Shown to people
    #[arg(long)]
    name: String,
    /// How many users it may have
    #[arg(long, value_parser = number)]
    seats: i32,
    /// Who is invited as its first admin
    #[arg(long)]
    admin_email: String,
}

/// What `tenant invite-admin` takes.
#[derive(Args, Debug)]
pub struct InviteAdmin {
    #[command(flatten)]
    config: Config,
    /// Which tenant
    #[arg(long)]
    slug: String,
    /// Whom
    #[arg(long)]
    email: String,
}

/// What `tenant set-seats` takes.
#[derive(Args, Debug)]
pub struct SetSeats {
    #[command(flatten)]
    config: Config,
    /// Which tenant
    #[arg(long)]
    slug: String,
    /// How many users it may have
    #[arg(long, value_parser = number)]
    seats: i32,
}

/// What `tenant list` takes.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    config: Config,
}

fn number(text: &str) -> std::result::Result<i32, &'static str> {
    text.parse().map_err(|_| "it should be a number such as 50")
}

/// Prints one JSON value on stdout.
pub async fn run(command: Command) -> Result<ExitCode> {
    let answer = match command {
        Command::Create(Create { config, slug, name, seats, admin_email }) => {
            let (visitor, base) = connect(config, Links::Made).await?;
            created(tenants::create(&visitor, &slug, &name, seats, &admin_email).await, &base)?
        }
        Command::InviteAdmin(InviteAdmin { config, slug, email }) => {
            let (visitor, base) = connect(config, Links::Made).await?;
            created(tenants::invite_admin(&visitor, &slug, &email).await, &base)?
        }
        Command::SetSeats(SetSeats { config, slug, seats }) => {
            let (visitor, _) = connect(config, Links::NotMade).await?;
            summary(&tenants::set_seats(&visitor, &slug, seats).await.map_err(told)?)
        }
        Command::List(List { config }) => {
            let (visitor, _) = connect(config, Links::NotMade).await?;
            tenants::list(&visitor).await.map_err(told)?.iter().map(summary).collect()
        }
    };
    println!("{answer}");
    Ok(ExitCode::SUCCESS)
}

/// Whether a command makes a link, and so needs the key for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Made,
    NotMade,
}

async fn connect(config: Config, links: Links) -> Result<(Visitor, String)> {
    let config = logging(config)?;
    let secret = match links {
        Links::Made => serve::secret(&config)?,
        Links::NotMade => Secret(Vec::new()),
    };
    let env = app::environment(&config, secret, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    env.db.migrate().await.context("cannot apply the migrations")?;
    let base = config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
    Ok((Visitor::local(env), base))
}

fn created(outcome: Result<Created, Error>, base: &str) -> Result<Value> {
    let Created { tenant, admin, invite_token } = outcome.map_err(told)?;
    Ok(json!({
        "tenantId": ids::encode(Kind::Tenant, tenant.id),
        "slug": tenant.slug,
        "adminId": ids::encode(Kind::User, admin),
        "inviteUrl": format!("{base}/accept-invite#token={invite_token}"),
        "inviteToken": invite_token,
    }))
}

fn summary(Summary { tenant, usage }: &Summary) -> Value {
    json!({
        "tenantId": ids::encode(Kind::Tenant, tenant.id),
        "slug": tenant.slug,
        "name": tenant.name,
        "used": usage.used,
        "limit": usage.limit,
    })
}

/// A refusal as one sentence for each thing to put right.
fn told(error: Error) -> anyhow::Error {
    match error {
        Error::Refused(faults) => {
            let sentences = faults.into_iter().map(|f| match f.path.is_empty() {
                true => f.message,
                false => format!("{}: {}", f.path.join("."), f.message),
            });
            anyhow!(sentences.collect::<Vec<_>>().join(" "))
        }
        other => other.into(),
    }
}
