//! Streams of an application that end with the session, and cut none of ours.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    response::Response,
    routing::get,
};
use futures::{StreamExt, stream};
use tabkey::{
    Error, SignedIn,
    guard::Call,
    server::{AppState, Application},
    testing::{Person, TestNode},
};

use super::support::{Place, client, nothing, shell};

/// A line at once, and then nothing for as long as anybody listens.
async fn live(call: Call, me: SignedIn) -> Result<Response, Error> {
    let lines = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"here\n"))]).chain(stream::pending());
    Ok(Response::new(Body::from_stream(call.while_signed_in(&me, lines).await?)))
}

async fn start(place: &Place) -> TestNode {
    let routes = Router::<AppState>::new().route("/live", get(live));
    place.start(Application::new("kit", nothing, shell).routes(routes), &[]).await.expect("a node")
}

async fn listen(node: &TestNode, path: &str, person: &Person) -> reqwest::Response {
    let request = client().get(format!("{}{path}", node.url)).bearer_auth(&person.access_token);
    let mut stream = request.send().await.expect("an answer");
    assert_eq!(stream.status(), 200);
    stream.chunk().await.expect("a first line");
    stream
}

#[tokio::test]
async fn a_stream_of_the_application_ends_with_its_session_and_with_no_other() {
    let place = Place::new().await;
    let node = start(&place).await;
    let (ann, bob) = (node.sign_up("ann@example.org").await, node.sign_up("bob@example.org").await);
    let (ann, bob) = (ann.expect("signed up"), bob.expect("signed up"));
    let (mut hers, mut his) = (listen(&node, "/live", &ann).await, listen(&node, "/live", &bob).await);

    node.sign_out("ann@example.org").await.expect("signed out");

    let ended = tokio::time::timeout(Duration::from_secs(5), hers.chunk()).await.expect("within seconds");
    assert_eq!(ended.expect("no failure"), None);
    let silent = tokio::time::timeout(Duration::from_millis(300), his.chunk()).await;
    assert!(silent.is_err(), "bob's goes on");
    let again = client().get(format!("{}/live", node.url)).bearer_auth(&ann.access_token).send().await;
    assert_eq!(again.expect("an answer").status(), 401);
    node.stop().await;
}

#[tokio::test]
async fn a_stream_of_the_application_ends_when_the_roles_change_that_a_guard_may_have_asked_for() {
    let place = Place::new().await;
    let node = start(&place).await;
    let ann = node.sign_up("ann@example.org").await.expect("signed up");
    let mut hers = listen(&node, "/live", &ann).await;

    node.grant("ann@example.org", "editor").await.expect("granted");

    let ended = tokio::time::timeout(Duration::from_secs(5), hers.chunk()).await.expect("within seconds");
    assert_eq!(ended.expect("no failure"), None);
    node.stop().await;
}

#[tokio::test]
async fn however_many_an_application_opens_the_tab_hears_of_its_ending() {
    let place = Place::new().await;
    let node = start(&place).await;
    let ann = node.sign_up("ann@example.org").await.expect("signed up");
    let mut ours = listen(&node, "/api/events", &ann).await;
    let mut theirs = Vec::new();
    for _ in 0..20 {
        theirs.push(listen(&node, "/live", &ann).await);
    }

    node.sign_out("ann@example.org").await.expect("signed out");

    let mut heard = String::new();
    while let Some(more) =
        tokio::time::timeout(Duration::from_secs(5), ours.chunk()).await.expect("in time").expect("it")
    {
        heard.push_str(&String::from_utf8_lossy(&more));
    }
    assert!(heard.contains("event: session_ended"), "{heard}");
    node.stop().await;
}
