//! An application's node for the application's own tests: in their process, with a database of its own. Runs in: tests.

use std::{collections::HashMap, path::Path, sync::Arc};

use leptos::prelude::*;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

pub use super::mail::Kept as Mail;
use super::{
    Application, Database, StartError, Stop,
    auth::{self, Auth, By, Visitor, users},
    config::Config,
    mail,
};
use tabkey_core::{Error, User};

/// What everybody's password is here.
pub const PASSWORD: &str = "seven green lamps sing";

/// A node that serves on a free port of this machine, until this is dropped. Several may run in one process.
pub struct TestNode {
    /// `http://127.0.0.1:…`, without a trailing slash.
    pub url: String,
    auth: Arc<Auth>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    _folder: TempDir,
}

/// Somebody with an account, signed in on one device.
pub struct Person {
    pub user: User,
    /// For `Authorization: Bearer …`, as long as `session.access_token_ttl`.
    pub access_token: String,
    /// The refresh token, for the `Cookie` of a request that draws a page.
    pub refresh_token: String,
}

impl TestNode {
    /// `settings` are environment variables: `[("TABKEY_SESSION__ACCESS_TOKEN_TTL", "5s")]`; `DATABASE_URL` names another
    /// database than a new file. `toml` stands for `Leptos.toml`. Passwords are hashed quickly and badly. Errors: why an operator's
    /// node would not start.
    pub async fn start<A, S>(
        application: Application<A, S>,
        toml: &str,
        settings: &[(&str, &str)],
    ) -> Result<Self, StartError>
    where
        A: IntoView + 'static,
        S: IntoView + 'static,
    {
        let folder = tempfile::tempdir().map_err(|error| StartError(format!("no temporary folder ({error})")))?;
        let config = config(folder.path(), toml, settings)?;
        let node = application.bind(config).await?;
        let address = node.address().map_err(|error| StartError(error.to_string()))?;
        let auth = node.auth.clone();
        let (stop, stopping) = oneshot::channel();
        let serving = tokio::spawn(node.serve(async move {
            let _ = stopping.await;
            Stop::Now
        }));
        Ok(Self { url: format!("http://{address}"), auth, stop: Some(stop), serving, _folder: folder })
    }

    /// Signs somebody up, on a device of their own. Errors: as the call's, a hook's refusal among them.
    pub async fn sign_up(&self, email: &str) -> Result<Person, Error> {
        person(auth::sign_up(&self.auth, &visitor(), email, PASSWORD.into(), "").await?)
    }

    /// Signs somebody in who has an account, on another device. Errors: as the call's.
    pub async fn sign_in(&self, email: &str) -> Result<Person, Error> {
        person(auth::sign_in(&self.auth, &visitor(), email, PASSWORD.into(), None).await?)
    }

    /// As an operator does on the command line. Tokens from before are stale.
    pub async fn grant(&self, email: &str, role: &str) -> Result<(), Error> {
        let by = users::Actor::CommandLine;
        users::grant(&self.auth, by, &users::find(&self.auth, email).await?, role).await.map(drop)
    }

    /// As an operator does on the command line: every session of the account ends.
    pub async fn sign_out(&self, email: &str) -> Result<(), Error> {
        let by = users::Actor::CommandLine;
        users::sign_out(&self.auth, by, &users::find(&self.auth, email).await?).await.map(drop)
    }

    /// Mails that have gone out, the newest first; they do within moments of what they tell.
    pub async fn mails(&self) -> Vec<Mail> {
        match self.auth.mailer.outbox() {
            Some(folder) => mail::list(folder).await,
            None => Vec::new(),
        }
    }

    pub fn database(&self) -> Database {
        Database::new(self.auth.store.clone())
    }

    /// What a node does once a minute: what is old goes, deleted accounts among it.
    pub async fn clean_up(&self) {
        self.auth.clean_up().await;
    }

    /// Answers once everything is closed.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = (&mut self.serving).await;
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

fn config(folder: &Path, toml: &str, settings: &[(&str, &str)]) -> Result<Config, StartError> {
    let file = folder.join("Leptos.toml");
    std::fs::write(&file, toml).map_err(|error| StartError(error.to_string()))?;
    let mut variables = HashMap::from([
        ("DATABASE_URL".to_owned(), format!("sqlite:{}/test.db", folder.display())),
        ("TABKEY_SECRET_KEY".into(), "5a".repeat(32)),
        ("LEPTOS_SITE_ADDR".into(), "127.0.0.1:0".into()),
        ("TABKEY_MAIL__OUTBOX".into(), format!("{}/outbox", folder.display())),
        ("TABKEY_PASSWORDS__ARGON2_MEMORY_KIB".into(), "64".into()),
        ("TABKEY_PASSWORDS__ARGON2_ITERATIONS".into(), "1".into()),
    ]);
    variables.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Config::read(&file, &variables)
}

fn person(granted: auth::Granted) -> Result<Person, Error> {
    let access_token = granted.grant.access_token.reveal().to_owned();
    Ok(Person { user: granted.grant.user, access_token, refresh_token: granted.refresh_token.0.clone() })
}

fn visitor() -> Visitor {
    Visitor {
        address: auth::UNKNOWN_ADDRESS,
        by: By::Person,
        user_agent: String::new(),
        brands: None,
        platform: None,
        mobile: None,
        refresh_token: None,
        bearer: None,
    }
}
