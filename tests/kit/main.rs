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
use tabkey::{
    SignedIn,
    server::{AppState, Application},
    testing::TestNode,
};
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

const VOLUME: (&str, &str) = ("TABKEY_APP__VOLUME", "11");

#[tokio::test]
async fn calls_pages_and_routes_find_what_the_application_brought_and_two_run_in_one_process() {
    let mut nodes = Vec::new();
    for greeting in ["salve", "ave"] {
        let toml = format!("[app]\ngreeting = \"{greeting}\"");
        // In a task of its own, as a runtime with several threads asks for.
        let starting = tokio::spawn(async move { TestNode::start(application(), &toml, &[VOLUME]).await });
        nodes.push((greeting, starting.await.expect("no panic").expect("a node")));
    }
    let get = async |url: String| support::client().get(url).send().await.expect("an answer");

    for (greeting, node) in &nodes {
        let call = get(format!("{}/api/kit/motto", node.url)).await;
        assert_eq!(call.text().await.expect("text"), format!("\"{greeting} carpe diem 11\""));
        let by_hand = get(format!("{}/by-hand", node.url)).await;
        assert_eq!(by_hand.text().await.expect("text"), format!("{greeting} carpe diem"));
        assert_eq!(get(format!("{}/mine", node.url)).await.status(), 401);
        assert!(get(format!("{}/", node.url)).await.text().await.expect("text").contains("carpe diem"));
    }
    for (_, node) in nodes {
        node.stop().await;
    }
}

#[tokio::test]
async fn what_is_wrong_under_app_ends_the_start_in_one_sentence_without_the_value() {
    let toml = "[app]\ngreeting = [\"a secret\"]";

    let error = TestNode::start(application(), toml, &[VOLUME]).await.err().expect("no node").0;

    assert!(error.starts_with("[app] in Leptos.toml cannot be used: ") && error.contains("greeting"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}
