//! The application in this process, over HTTP.
#![cfg(feature = "ssr")]

use reqwest::StatusCode;
use tabkey::testing::{Person, TestNode};

const SETTINGS: &str = "[app]\nmost = 2";

async fn list(node: &TestNode, person: &Person) -> Vec<String> {
    let request = reqwest::Client::new().get(format!("{}/api/notes", node.url)).bearer_auth(&person.access_token);
    request.send().await.expect("an answer").json().await.expect("a list")
}

async fn add(node: &TestNode, person: &Person, text: &str) -> StatusCode {
    let request = reqwest::Client::new().post(format!("{}/api/notes/add", node.url)).bearer_auth(&person.access_token);
    request.form(&[("text", text)]).send().await.expect("an answer").status()
}

#[tokio::test]
async fn a_person_reads_their_own_notes_and_nobody_elses() {
    let node = TestNode::start(app::application(), SETTINGS, &[]).await.expect("a node");
    let (ann, bob) = (node.sign_up("ann@example.org").await, node.sign_up("bob@example.org").await);
    let (ann, bob) = (ann.expect("signed up"), bob.expect("signed up"));

    assert_eq!(add(&node, &ann, "Buy milk").await, StatusCode::OK);
    assert_eq!(add(&node, &ann, "One too many").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(add(&node, &bob, &"n".repeat(501)).await, StatusCode::UNPROCESSABLE_ENTITY);

    assert_eq!(list(&node, &ann).await, ["Buy milk", "Welcome, ann."]);
    assert_eq!(list(&node, &bob).await, ["Welcome, bob."]);
    node.stop().await;
}

#[tokio::test]
async fn only_an_admin_sees_the_totals() {
    let node = TestNode::start(app::application(), SETTINGS, &[]).await.expect("a node");
    node.sign_up("ann@example.org").await.expect("signed up");
    let totals = async |person: Person| {
        let request = reqwest::Client::new().get(format!("{}/api/notes/totals", node.url));
        request.bearer_auth(person.access_token).send().await.expect("an answer").status()
    };

    assert_eq!(totals(node.sign_in("ann@example.org").await.expect("signed in")).await, StatusCode::FORBIDDEN);
    node.grant("ann@example.org", "admin").await.expect("granted");
    assert_eq!(totals(node.sign_in("ann@example.org").await.expect("signed in")).await, StatusCode::OK);
}
