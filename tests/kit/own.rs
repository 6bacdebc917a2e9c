//! What an application may not be, and what its pages may do.

use axum::{Router, routing::get};
use tabkey::server::{AppState, Application, ContentPolicy};

use super::support::{Place, client, nothing, shell};

async fn refused<A, S>(application: Application<A, S>) -> String
where
    A: leptos::IntoView + 'static,
    S: leptos::IntoView + 'static,
{
    Place::new().await.start(application, &[]).await.err().expect("no node").0
}

#[tokio::test]
async fn a_name_that_is_no_name_ends_the_start() {
    for name in ["", "Notes", "my notes", "1st", "a;b", "../etc", "notes\n", "ünot", &"a".repeat(41)] {
        let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
        let said = refused(Application::new(name, nothing, shell)).await;
        assert!(said.contains("is no name of an application"), "{said}");
    }
    let said = refused(Application::new("tabkey", nothing, shell).migrations(sqlx::migrate!("tests/kit/migrations")));
    assert!(said.await.contains("_tabkey_migrations is ours"));
}

#[tokio::test]
async fn a_password_made_of_the_applications_name_is_none() {
    let node = Place::new().await.start(Application::new("notebook", nothing, shell), &[]).await.expect("a node");
    let form = [("email", "ann@example.org"), ("password", "notebook-notebook"), ("display_name", "")];

    let reply = client().post(format!("{}/api/sign_up", node.url)).form(&form).send().await.expect("an answer");

    let said: serde_json::Value = reply.json().await.expect("JSON");
    assert_eq!(said["fields"]["password"], "contains_identity");
    node.stop().await;
}

#[tokio::test]
async fn a_route_where_one_of_ours_stands_ends_the_start_in_one_sentence() {
    for taken in ["/healthz", "/api/events", "/api/{*rest}", "/.well-known/jwks.json"] {
        let routes = Router::<AppState>::new().route(taken, get(async || "mine"));
        let said = refused(Application::new("kit", nothing, shell).routes(routes)).await;
        assert!(said.starts_with("a route of the application stands where one of Tabkey's does"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[tokio::test]
async fn r38_what_an_own_route_answers_is_kept_by_nobody() {
    let routes = Router::<AppState>::new().route("/mine", get(async || "mine"));
    let application = Application::new("kit", nothing, shell).routes(routes);
    let node = Place::new().await.start(application, &[]).await.expect("a node");

    let reply = client().get(format!("{}/mine", node.url)).send().await.expect("an answer");

    assert_eq!(reply.headers()["cache-control"], "no-store");
    node.stop().await;
}

#[tokio::test]
async fn pages_may_what_the_application_says_and_no_more() {
    let policy = |policy: ContentPolicy| policy.img_src("https://cdn.example").allow("geolocation");
    let node =
        Place::new().await.start(Application::new("kit", nothing, shell).policy(policy), &[]).await.expect("a node");

    let page = client().get(&node.url).header("accept", "text/html").send().await.expect("an answer");

    let said = |name: &str| page.headers()[name].to_str().expect("text").to_owned();
    assert!(said("content-security-policy").contains("img-src 'self' data: https://cdn.example; "));
    assert!(said("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(said("permissions-policy").contains("geolocation=(self), microphone=()"));
    assert_eq!(said("cross-origin-embedder-policy"), "credentialless");
    node.stop().await;
    let said = refused(Application::new("kit", nothing, shell).policy(|policy| policy.connect_src("*"))).await;
    assert!(said.starts_with("the application's policy cannot be used: connect-src \"*\""), "{said}");
}
