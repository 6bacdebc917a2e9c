//! The commands of every application on Tabkey: serve, check, and the urgent jobs of an operator. Runs in: the server.

use std::{process::ExitCode, sync::Arc};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use leptos::prelude::*;

use super::{
    Application, StartError,
    auth::{
        Auth, keys, services,
        users::{self, Actor},
    },
    check,
    config::Config,
    keys::Rotate,
    serve, telemetry,
};
use tabkey_core::{Error, FieldError, Role};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the app (the default)
    Serve,
    /// Say whether a start would succeed, and what it would make and migrate; changes nothing
    Check,
    /// Look after accounts
    #[command(subcommand)]
    User(User),
    /// Let other services listen to what ends
    #[command(subcommand)]
    Service(Service),
    /// Look at and replace the keys of the tokens
    #[command(subcommand)]
    Keys(KeysCommand),
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Every key, and what it is good for
    List,
    /// Make new keys, published before they are used: nobody notices
    Rotate {
        /// Sign with the new key at once: another service may not know it for as long as it keeps the published keys
        #[arg(long)]
        now: bool,
        /// The signing keys are known to somebody else: remove them, so that every access token is refused and tabs get a new one
        #[arg(long, conflicts_with = "now")]
        compromised: bool,
    },
}

#[derive(Subcommand)]
enum Service {
    /// Make a token for a service, and the entry of the configuration that admits it
    New { name: String },
}

#[derive(Subcommand)]
enum User {
    /// The newest accounts
    List {
        /// How many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// One account and its devices
    Show { email: String },
    /// End every session of an account
    SignOut { email: String },
    /// Let every session of an account run out, each at its next refresh
    SignInAgain { email: String },
    /// Let an account in no more, and end its sessions
    Block { email: String },
    /// Let a blocked account in again
    Unblock { email: String },
    /// Give an account a role, such as admin
    Grant { email: String, role: String },
    /// Take a role from an account
    RevokeRole { email: String, role: String },
}

/// Does what the process was started for; whatever is wrong is one sentence on standard error.
pub(super) async fn main<A, S>(application: Application<A, S>) -> ExitCode
where
    A: IntoView + 'static,
    S: IntoView + 'static,
{
    let name = application.additions.name;
    let version = application.version.unwrap_or(env!("CARGO_PKG_VERSION"));
    let arguments = Arguments::command().name(name).version(version).get_matches();
    let command = Arguments::from_arg_matches(&arguments).unwrap_or_else(|error| error.exit()).command;
    match run(application, command.unwrap_or(Command::Serve)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run<A, S>(mut application: Application<A, S>, command: Command) -> Result<(), StartError>
where
    A: IntoView + 'static,
    S: IntoView + 'static,
{
    let config = Config::load()?;
    telemetry::init(config.server.json_log);
    application.settle(&config)?;
    match command {
        Command::Serve => serve(application.open(config).await?).await,
        Command::Check => {
            for line in check(&config, &application.additions).await? {
                println!("{line}");
            }
            Ok(())
        }
        Command::Service(Service::New { name }) => {
            let (token, entry) = services::create(&name).map_err(|_| {
                StartError("this is no name of a service: lower-case letters, digits, _ and -, at most 64".into())
            })?;
            println!("The service's token, shown this once:\n{}\n", token.0);
            println!("Its entry in Leptos.toml:\n[server]\nservices = [\"{entry}\"]");
            Ok(())
        }
        Command::Keys(command) => {
            let auth = Auth::open(Arc::new(config), application.letters, &application.additions).await?;
            let done = look_after_keys(&auth, command).await;
            auth.close().await;
            done.map_err(|error| {
                StartError(format!("the database did not answer ({error}): the keys are as they were"))
            })
        }
        Command::User(command) => {
            let auth = Auth::open(Arc::new(config), application.letters, &application.additions).await?;
            let done = user(&auth, command).await;
            auth.close().await;
            done.map_err(|error| match error {
                Error::NotFound => StartError("no account has this address".into()),
                Error::InvalidInput { fields } if fields.get("role") == Some(&FieldError::TooMany) => {
                    StartError(format!(
                        "this account has {} roles, and its access tokens can carry no more: take one from it first",
                        Role::MAX_PER_ACCOUNT
                    ))
                }
                Error::InvalidInput { fields } if fields.contains_key("role") => StartError(
                    "this is no name of a role: lower-case letters, digits, _ and -, a letter first, at most 32".into(),
                ),
                Error::InvalidInput { fields } if fields.contains_key("email") => {
                    StartError("this is not an email address".into())
                }
                Error::Busy { .. } => StartError("the database did not answer: nothing was done".into()),
                error => StartError(format!("refused ({error}), by a rule of the application's own: nothing was done")),
            })
        }
    }
}

async fn user(auth: &Auth, command: User) -> Result<(), Error> {
    const BY: Actor<'static> = Actor::CommandLine;
    match command {
        User::List { limit } => {
            for user in users::list(auth, limit).await? {
                println!("{}  {}  {} live sessions  {}", user.id, user.email, user.sessions, user.display_name);
            }
        }
        User::Show { email } => {
            let user = users::find(auth, &email).await?;
            let (roles, sessions) = users::show(auth, &user).await?;
            println!("{}  {}  {}\nroles: {}", user.id, user.email, user.display_name, roles.join(", "));
            for session in sessions {
                println!(
                    "{}  {}  {}  last used {}",
                    session.id,
                    session.name,
                    session.address,
                    time(session.last_used_at)
                );
            }
        }
        User::SignOut { email } => {
            println!("{} sessions ended", users::sign_out(auth, BY, &users::find(auth, &email).await?).await?)
        }
        User::SignInAgain { email } => {
            users::sign_in_again(auth, BY, &users::find(auth, &email).await?).await?;
            println!("each session ends at its next refresh");
        }
        User::Block { email } => match users::block(auth, BY, &users::find(auth, &email).await?).await? {
            Some(ended) => println!("blocked, {ended} sessions ended"),
            None => println!("was blocked already"),
        },
        User::Unblock { email } => {
            println!(
                "{}",
                if users::unblock(auth, BY, &users::find(auth, &email).await?).await? {
                    "unblocked"
                } else {
                    "was not blocked"
                }
            );
        }
        User::Grant { email, role } => {
            let granted = users::grant(auth, BY, &users::find(auth, &email).await?, &role).await?;
            println!("{}", if granted { "granted" } else { "had it already" });
        }
        User::RevokeRole { email, role } => {
            let revoked = users::revoke_role(auth, BY, &users::find(auth, &email).await?, &role).await?;
            println!("{}", if revoked { "revoked" } else { "did not have it" });
        }
    }
    Ok(())
}

async fn look_after_keys(auth: &Auth, command: KeysCommand) -> Result<(), Error> {
    match command {
        KeysCommand::List => {
            for key in keys::list(auth) {
                let state = match key.state {
                    keys::State::Next(from) => format!("next from {}", time(from)),
                    keys::State::Active(since) if key.kid.is_some() => format!("signing since {}", time(since)),
                    keys::State::Active(since) => format!("deriving since {}", time(since)),
                    keys::State::Verifying(until) => format!("verifying until {}", time(until)),
                    keys::State::Retired => "retired".into(),
                    keys::State::Unreadable => "unreadable: sealed by another secret".into(),
                };
                println!("{}  {}  {}  {state}", key.id, key.kind, key.kid.as_deref().unwrap_or("-"));
            }
        }
        KeysCommand::Rotate { compromised: true, .. } => {
            let (kid, _) = keys::rotate(auth, Rotate::Compromised).await?;
            println!("{kid} signs from now on, the keys before it are gone: every access token is refused");
        }
        KeysCommand::Rotate { now: true, .. } => {
            let (kid, _) = keys::rotate(auth, Rotate::Now).await?;
            println!("{kid} signs from now on");
        }
        KeysCommand::Rotate { .. } => {
            let (kid, from) = keys::rotate(auth, Rotate::Ahead).await?;
            println!("{kid} is published now and signs from {} on", time(from));
        }
    }
    Ok(())
}

fn time(millis: i64) -> String {
    let since = std::time::Duration::from_millis(millis.unsigned_abs());
    humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + since).to_string()
}
