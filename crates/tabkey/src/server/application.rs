//! What an application adds to Tabkey: its pages, its routes, its own state. Runs in: the server.

use std::{panic::AssertUnwindSafe, process::ExitCode, sync::Arc};

use axum::{Extension, Router};
use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{
    StartError, command_line,
    config::Config,
    http::{AppState, ContentPolicy, Own, Provide, own_calls, router},
    mail::{ENGLISH, Letters},
    node::{Node, Opening},
    site,
    store::{Additions, Hooks, Migrations},
};

/// An application on Tabkey, before it has a configuration:
///
/// ```no_run
/// # use leptos::prelude::*;
/// # fn app() -> impl IntoView {}
/// # fn shell(_: LeptosOptions) -> impl IntoView {}
/// # async fn start() -> std::process::ExitCode {
/// # let notes = axum::Router::new();
/// tabkey::server::Application::new("notes", app, shell)
///     .routes(notes)
///     .state(std::sync::Arc::new(Vec::<String>::new()))
///     .main()
///     .await
/// # }
/// ```
pub struct Application<A, S> {
    pub(super) letters: &'static Letters,
    app: fn() -> A,
    shell: fn(LeptosOptions) -> S,
    pub(super) version: Option<&'static str>,
    pub(super) additions: Additions,
    policy: ContentPolicy,
    routes: Router<AppState>,
    own: Own,
    /// What each value of its own does to its routes, once they are all there.
    extensions: Vec<Extend>,
    settings: Vec<Read>,
}

type Extend = Box<dyn FnOnce(Router<AppState>) -> Router<AppState> + Send>;

type Read = fn(&Config) -> Result<State, StartError>;

/// How a value comes to calls and pages, and how to routes.
type State = (Provide, Extend);

fn state<T: Clone + Send + Sync + 'static>(value: T) -> State {
    let extension = value.clone();
    (Arc::new(move || provide_context(value.clone())), Box::new(move |routes| routes.layer(Extension(extension))))
}

impl<A, S> Application<A, S>
where
    A: IntoView + 'static,
    S: IntoView + 'static,
{
    /// `name` is that of the executable, of the table of its migrations (`_<name>_migrations`) and, where no `Leptos.toml` says
    /// otherwise, of the files that the build made (`/pkg/<name>.js`). `app` lists the pages, `shell` draws the document around
    /// them.
    pub fn new(name: &'static str, app: fn() -> A, shell: fn(LeptosOptions) -> S) -> Self {
        let (own, extensions, settings) = (Own::default(), Vec::new(), Vec::new());
        let additions = Additions { name, ..Additions::default() };
        let (policy, routes) = (ContentPolicy::default(), Router::new());
        Self { version: None, letters: &ENGLISH, app, shell, additions, policy, routes, own, extensions, settings }
    }

    /// What `--version` says, mostly `env!("CARGO_PKG_VERSION")`; Tabkey's own without it.
    pub fn version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    /// Routes beside the pages and the server functions: their handlers take [`super::auth::SignedIn`] where somebody must be
    /// signed in. They have no address of ours, or the start ends.
    pub fn routes(mut self, routes: Router<AppState>) -> Self {
        self.routes = self.routes.merge(routes);
        self
    }

    /// Runs before every call of a server function and every page, to provide what they find with `use_context`.
    pub fn context(mut self, provide: impl Fn() + Send + Sync + 'static) -> Self {
        self.own.add(Arc::new(provide));
        self
    }

    /// A value of the application's own, a pool perhaps: `use_context::<T>()` in calls and pages, `Extension<T>` in the handlers
    /// of routes.
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.take(state(value));
        self
    }

    /// The keys under `[app]` of `Leptos.toml` (see [`Config::app`]), found where a [`Self::state`] is. What is wrong with them
    /// ends the start, and `check` says so.
    pub fn settings<T: DeserializeOwned + Clone + Send + Sync + 'static>(mut self) -> Self {
        self.settings.push(|config| config.app::<T>().map(state));
        self
    }

    /// The words of the mails; English where nothing is said.
    pub fn letters(mut self, letters: &'static Letters) -> Self {
        self.letters = letters;
        self
    }

    /// The application's own tables, made with `sqlx::migrate!`: one [`sqlx::migrate::Migrator`] for both databases, or
    /// [`Migrations::of`] one each; said again, the last counts. They run after ours and in the same transaction, each once,
    /// whichever node is first.
    pub fn migrations(mut self, migrations: impl Into<Migrations>) -> Self {
        self.additions.migrations = Some(migrations.into());
        self
    }

    /// What the application does when something happens to an account, in the same transaction. Of several, each runs, in the
    /// order in which they were added; in a copy of an account their parts stand side by side.
    pub fn hooks(mut self, hooks: impl Hooks) -> Self {
        self.additions.hooks.add(hooks);
        self
    }

    /// What pages may load and use beside this site's own files: `.policy(|policy| policy.img_src("https://cdn.example"))`.
    pub fn policy(mut self, policy: impl FnOnce(ContentPolicy) -> ContentPolicy) -> Self {
        self.policy = policy(self.policy);
        self
    }

    /// Does what the process was started for: serves, or looks after accounts, keys and services (`--help`).
    pub async fn main(self) -> ExitCode {
        command_line::main(self).await
    }

    fn take(&mut self, (provide, extend): State) {
        self.own.add(provide);
        self.extensions.push(extend);
    }

    /// Errors: what no start succeeds with, seen without opening anything.
    pub(super) fn settle(&mut self, config: &Config) -> Result<(), StartError> {
        is_name(self.additions.name)?;
        if self.additions.name == "tabkey" && self.additions.migrations.is_some() {
            return Err(StartError("the table _tabkey_migrations is ours: give the application another name".into()));
        }
        own_calls::are_apart()?;
        self.policy.check()?;
        for read in std::mem::take(&mut self.settings) {
            self.take(read(config)?);
        }
        Ok(())
    }

    /// Opens everything and takes the address; port 0 takes a free one. Errors: one sentence for the operator.
    pub async fn bind(mut self, config: Config) -> Result<Node, StartError> {
        self.settle(&config)?;
        self.open(config).await
    }

    /// The same once it is settled.
    pub(super) async fn open(self, config: Config) -> Result<Node, StartError> {
        let routes = self.extensions.into_iter().fold(self.routes, |routes, extend| extend(routes));
        let (app, shell, options) = (self.app, self.shell, site::options(self.additions.name)?);
        let opening = Opening { letters: self.letters, additions: self.additions, own: self.own, policy: self.policy };
        Node::bind(config, options, opening, move |state| apart(|| router(state, routes, app, shell))).await
    }
}

/// Errors: it could not stand in addresses, the names of tables and the log.
fn is_name(name: &str) -> Result<(), StartError> {
    let is_of = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let begins = name.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
    if begins && name.len() <= 40 && name.bytes().all(is_of) {
        return Ok(());
    }
    Err(StartError(format!(
        "{name:?} is no name of an application: lower-case letters, digits, _ and -, a letter first, at most 40"
    )))
}

/// The framework tells by a panic alone that two routes are one. Errors: a route of the application is one of ours.
fn apart(build: impl FnOnce() -> Router) -> Result<Router, StartError> {
    std::panic::catch_unwind(AssertUnwindSafe(build)).map_err(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let why = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it does not say why");
        StartError(format!(
            "a route of the application stands where one of Tabkey's does ({why}): give yours another address"
        ))
    })
}
