//! An application of somebody else's on Tabkey, in this process: its state, its settings, its routes, its calls.

mod hooks;
mod own;
mod streams;
mod support;
mod tables;

use std::sync::Arc;

use axum::{Extension, Router, routing::get};
use leptos::prelude::*;
use server_fn::codec::{GetUrl, Json};
use tabkey::server::{AppState, Application, Node, Stop, auth::SignedIn, config::Config};
use tabkey_core::Error;

/// What only the application knows.
#[derive(Clone)]
struct Motto(Arc<str>);

#[derive(Clone, serde::Deserialize)]
struct Settings {
    greeting: String,
    #[serde(default)]
    volume: u8,
}

#[server(prefix = "/api", endpoint = "kit/motto", input = GetUrl, output = Json)]
async fn say_motto() -> Result<String, Error> {
    let (motto, settings) = (expect_context::<Motto>(), expect_context::<Settings>());
    Ok(format!("{} {} {}", settings.greeting, motto.0, settings.volume))
}

async fn by_hand(Extension(motto): Extension<Motto>, Extension(settings): Extension<Settings>) -> String {
    format!("{} {}", settings.greeting, motto.0)
}

#[component]
fn App() -> impl IntoView {
    use leptos_router::{components::*, path};
    view! { <Router><Routes fallback=|| ()><Route path=path!("") view=Page /></Routes></Router> }
}

#[component]
fn Page() -> impl IntoView {
    let motto = use_context::<Motto>().map(|motto| motto.0.to_string());
    view! { <p>{motto}</p> }
}

fn shell(_: LeptosOptions) -> impl IntoView {
    view! { <!DOCTYPE html><html><body><App /></body></html> }
}

fn application() -> Application<impl IntoView + 'static, impl IntoView + 'static> {
    let routes = Router::<AppState>::new()
        .route("/by-hand", get(by_hand))
        .route("/mine", get(|me: SignedIn| async move { me.user_id.to_string() }));
    Application::new("kit", App, shell).routes(routes).state(Motto("carpe diem".into())).settings::<Settings>()
}

fn config(folder: &std::path::Path, own: &str) -> Config {
    let file = folder.join("Leptos.toml");
    std::fs::write(&file, format!("[app]\n{own}\n")).expect("it is written");
    let variables = [
        ("DATABASE_URL", format!("sqlite:{}/kit.db", folder.display())),
        ("LEPTOS_SITE_ADDR", "127.0.0.1:0".into()),
        ("TABKEY_MAIL__OUTBOX", format!("{}/outbox", folder.display())),
        ("TABKEY_APP__VOLUME", "11".into()),
    ];
    Config::read(&file, &variables.map(|(name, value)| (name.to_owned(), value)).into()).expect("a configuration")
}

/// What a runtime with several threads asks for.
async fn spawned(node: impl Future<Output = Result<Node, tabkey::server::StartError>> + Send + 'static) -> Node {
    tokio::spawn(node).await.expect("no panic").expect("a node")
}

#[tokio::test]
async fn calls_pages_and_routes_find_what_the_application_brought_and_two_run_in_one_process() {
    let mut nodes = Vec::new();
    for greeting in ["salve", "ave"] {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path(), &format!("greeting = \"{greeting}\""));
        let node = spawned(application().bind(config)).await;
        let url = format!("http://{}", node.address().expect("an address"));
        let (stop, stopping) = tokio::sync::oneshot::channel();
        let serving = tokio::spawn(node.serve(async move {
            let _ = stopping.await;
            Stop::Now
        }));
        nodes.push((folder, greeting, url, stop, serving));
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let get = async |url: String| reqwest::get(url).await.expect("an answer");

    for (_, greeting, url, ..) in &nodes {
        let call = get(format!("{url}/api/kit/motto")).await;
        assert_eq!(call.text().await.expect("text"), format!("\"{greeting} carpe diem 11\""));
        let by_hand = get(format!("{url}/by-hand")).await;
        assert_eq!(by_hand.text().await.expect("text"), format!("{greeting} carpe diem"));
        assert_eq!(get(format!("{url}/mine")).await.status(), 401);
        assert!(get(format!("{url}/")).await.text().await.expect("text").contains("carpe diem"));
    }
    for (_folder, _, _, stop, serving) in nodes {
        let _ = stop.send(());
        serving.await.expect("it ends");
    }
}

#[tokio::test]
async fn what_is_wrong_under_app_ends_the_start_in_one_sentence_without_the_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), "greeting = [\"a secret\"]");

    let error = application().bind(config).await.err().expect("no node").0;

    assert!(error.starts_with("[app] in Leptos.toml cannot be used: ") && error.contains("greeting"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}
