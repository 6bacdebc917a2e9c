//! The document of the HTTP interface, `docs/openapi.json`: it says what there is, and replies are as it says.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};
use tabkey_core::EndReason;

use super::support::{Browser, Contract, Operation, PASSWORD, REFRESH, Reply, Stream, TestApp, faults, find, until};

const SOON: Duration = Duration::from_secs(5);
const NEW: &str = "eight blue doors hum";
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
const NOBODY: &str = "0199a3c0-0000-7000-8000-000000000000";
/// Calls that are no server functions: an event stream each, and what operators, browsers and other services ask.
const STREAMS: [&str; 2] = ["events", "revocations"];
const OPERATION: [&str; 6] = ["alive", "change_password_page", "csp_report", "jwks", "metrics", "ready"];

/// What a server function is called, and what it takes.
type Calls = BTreeMap<String, (Method, String, BTreeSet<String>)>;

/// Every value of the document, itself first.
fn walk<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(value);
    let members = value.as_object().into_iter().flat_map(|object| object.values());
    members.chain(value.as_array().into_iter().flatten()).for_each(|member| walk(member, found));
}

fn documented(contract: &Contract) -> Calls {
    let is_server_function = |name: &str| !STREAMS.contains(&name) && !OPERATION.contains(&name);
    let operations = contract.operations().into_iter().filter(|operation| is_server_function(operation.name));
    operations
        .map(|operation| {
            let query = operation.value["parameters"].as_array().into_iter().flatten();
            let query = query.filter(|parameter| parameter["in"] == "query").filter_map(|one| one["name"].as_str());
            let form = &operation.value["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
            let form = form["properties"].as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str));
            let fields = query.chain(form).map(str::to_owned).collect();
            (operation.name.to_owned(), (operation.method, operation.path.to_owned(), fields))
        })
        .collect()
}

/// What stands in the source between two marks.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("{begin} in {text}"));
    rest.split_once(end).unwrap_or_else(|| panic!("{end} after {begin} in {text}")).0
}

/// The server functions as they are written.
fn written() -> Calls {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/tabkey/src/api");
    let mut found = Calls::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("text");
        for function in text.split("#[server(prefix").skip(1) {
            let path = format!("/api/{}", between(function, "endpoint = \"", "\""));
            let method = if between(function, "input = ", ",") == "GetUrl" { Method::GET } else { Method::POST };
            let name = between(function, "pub async fn ", "(").to_owned();
            let fields = between(function, "pub async fn ", ") ->").split("#[server(default)]").skip(1);
            let fields = fields.map(|field| field.trim().split(':').next().unwrap_or_default().to_owned()).collect();
            assert!(found.insert(name, (method, path, fields)).is_none());
        }
    }
    found
}

#[test]
fn the_document_is_of_this_version_and_whole_in_itself() {
    let Contract { document } = Contract::read();
    let mut values = Vec::new();
    walk(&document, &mut values);

    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    for reference in values.iter().filter_map(|value| value["$ref"].as_str()) {
        assert!(find(&document, reference).is_some(), "{reference} leads nowhere");
    }
    let known = document["components"]["securitySchemes"].as_object().expect("schemes");
    for one in values.iter().filter_map(|value| value["security"].as_array()).flatten() {
        assert!(one.as_object().expect("a requirement").keys().all(|name| known.contains_key(name)), "{one}");
    }
    for required in values.iter().filter(|value| value["required"].is_array()) {
        for name in required["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(required["properties"].get(name).is_some(), "{name} is required, and not there: {required}");
        }
    }
}

#[test]
fn every_reason_that_a_server_gives_is_an_example_and_none_is_promised_to_be_the_last() {
    let Contract { document } = Contract::read();
    let reason = &document["components"]["schemas"]["EndReason"];
    // A tab says these two of itself.
    let of_a_tab = [EndReason::Unloaded, EndReason::Unconfirmed];
    let of_a_server = EndReason::ALL.iter().copied().filter(|reason| !of_a_tab.contains(reason)).map(EndReason::as_str);

    assert!(reason.get("enum").is_none());
    assert_eq!(reason["examples"], json!(of_a_server.collect::<Vec<_>>()));
}

#[test]
fn no_operation_shares_its_name_and_no_reply_may_have_more_than_is_said() {
    let contract = Contract::read();
    let operations = contract.operations();

    let names: BTreeSet<_> = operations.iter().map(|operation| operation.name).collect();

    assert_eq!(names.len(), operations.len());
    let mut values = Vec::new();
    walk(&contract.document["components"]["schemas"], &mut values);
    walk(&contract.document["paths"], &mut values);
    // But a browser's report, which is the browser's.
    let open = values.iter().filter(|value| value["type"] == "object" && value.get("additionalProperties").is_none());
    assert_eq!(open.count(), 1);
}

#[test]
fn a_reply_with_a_field_more_or_less_or_of_another_kind_is_against_the_document() {
    let Contract { document } = Contract::read();
    let schema = json!({"$ref": "#/components/schemas/Account"});
    let good = json!({"email": "ann@example.org", "email_verified": true, "display_name": "Ann", "created_at": 7});
    assert_eq!(faults(&document, &schema, &good, ""), [""; 0]);
    let (mut more, mut less, mut other) = (good.clone(), good.clone(), good);
    more["phone"] = json!("1");
    less.as_object_mut().expect("an object").remove("created_at");
    other["email_verified"] = json!("yes");

    for wrong in [more, less, other] {
        assert_eq!(faults(&document, &schema, &wrong, "").len(), 1, "{wrong}");
    }
}

#[test]
fn every_server_function_is_in_the_document_by_its_name_with_its_fields() {
    let documented = documented(&Contract::read());

    assert_eq!(documented, written(), "left: docs/openapi.json; right: the source");
    let named = documented.values().map(|(method, path, _)| (path.clone(), method.to_string()));
    let registered = server_fn::axum::server_fn_paths().map(|(path, method)| (path.to_owned(), method.to_string()));
    let (named, registered): (BTreeSet<_>, BTreeSet<_>) = (named.collect(), registered.collect());
    assert_eq!(named, registered, "left: docs/openapi.json; right: the server");
}

#[tokio::test]
async fn every_call_of_the_document_is_there_and_says_what_is_wrong_with_an_empty_one() {
    let contract = Contract::read();
    // Under any other profile the password continues nothing: that is not found.
    let app = TestApp::with(&[("SESSION__PROFILE", "banking")]);
    let mut browser = app.browser();
    for operation in contract.operations() {
        let reply = contract.call(&mut browser, operation.name, &[]).await;
        assert!(![404, 405].contains(&reply.status), "{} {}: {}", operation.method, operation.path, reply.status);
        let other = if operation.method == Method::GET { Method::POST } else { Method::GET };
        let is_other = |one: &Operation| one.path == operation.path && one.method == other;
        if !contract.operations().iter().any(is_other) {
            let reply = browser.send(browser.request(other, operation.path)).await;
            assert_eq!(reply.failure(), (405, "method_not_allowed"), "{}", operation.path);
            contract.holds_of_any("MethodNotAllowed", &reply);
        }
    }
}

/// Makes calls that succeed, and knows which they were.
struct Success {
    contract: Contract,
    names: BTreeSet<String>,
}

impl Success {
    async fn of(&mut self, browser: &mut Browser, name: &str, fields: &[(&str, &str)]) -> Reply {
        let reply = self.contract.call(browser, name, fields).await;
        assert!(reply.status < 400, "{name}: {} {}", reply.status, reply.text);
        self.names.insert(name.to_owned());
        reply
    }

    async fn sign_up(&mut self, app: &TestApp, email: &str) -> Browser {
        let mut browser = app.browser();
        let form = [("email", email), ("password", PASSWORD), ("display_name", "Ann Lee")];
        self.of(&mut browser, "sign_up", &form).await;
        let token = app.mail(email, "Confirm your email address").await.token();
        self.of(&mut app.browser(), "verify_email", &[("token", &token)]).await;
        browser
    }

    async fn sign_in(&mut self, app: &TestApp, email: &str, password: &str) -> Browser {
        let mut browser = app.browser().with_user_agent(FIREFOX);
        let form = [("email", email), ("password", password), ("remember", "false")];
        self.of(&mut browser, "sign_in", &form).await;
        browser
    }

    /// Devices, the log, the password, a copy, and the end of it all.
    async fn of_a_person(&mut self, app: &TestApp) {
        let mut ann = self.sign_up(app, "ann@example.org").await;
        for name in ["refresh", "who_am_i", "my_account", "ask_to_verify_email", "export_account"] {
            self.of(&mut ann, name, &[]).await;
        }
        let there = self.sign_in(app, "ann@example.org", PASSWORD).await;
        self.of(&mut ann, "rename_device", &[("id", &there.session()), ("name", "Kitchen")]).await;
        self.of(&mut ann, "devices", &[]).await;
        self.of(&mut ann, "revoke_device", &[("id", &there.session())]).await;
        self.sign_in(app, "ann@example.org", PASSWORD).await;
        let log = self.of(&mut ann, "my_activity", &[]).await;
        let lines = log.body.as_array().expect("lines");
        let line = lines.iter().find(|line| line["kind"] == "signed_in").expect("a sign-in")["id"].to_string();
        self.of(&mut ann, "my_activity", &[("before", &line)]).await;
        self.of(&mut ann, "not_me", &[("id", &line)]).await;
        self.of(&mut ann, "revoke_other_devices", &[]).await;
        self.of(&mut ann, "step_up", &[("password", PASSWORD)]).await;
        self.of(&mut ann, "change_password", &[("current_password", PASSWORD), ("new_password", NEW)]).await;
        self.of(&mut ann, "refresh", &[]).await;
        // With sessions that have ended.
        self.of(&mut ann, "export_account", &[]).await;
        self.of(&mut ann, "sign_out", &[]).await;
        let mut ann = self.sign_in(app, "ann@example.org", NEW).await;
        self.of(&mut ann, "delete_account", &[]).await;
    }

    /// What links in mails lead to.
    async fn of_links(&mut self, app: &TestApp) {
        let mut bob = self.sign_up(app, "bob@example.org").await;
        self.of(&mut bob, "change_email", &[("email", "new@example.org")]).await;
        let token = app.mail("new@example.org", "Confirm your new email address").await.token();
        self.of(&mut app.browser(), "confirm_email", &[("token", &token)]).await;
        let token = app.mail("bob@example.org", "Your email address was changed").await.token();
        self.of(&mut app.browser(), "undo_email", &[("token", &token)]).await;
        self.of(&mut app.browser(), "forgot_password", &[("email", "bob@example.org")]).await;
        let token = app.mail("bob@example.org", "Choose a new password").await.token();
        self.of(&mut app.browser(), "reset_password", &[("token", &token), ("new_password", NEW)]).await;
        self.sign_up(app, "eve@example.org").await;
        self.sign_in(app, "eve@example.org", PASSWORD).await;
        let token = app.mail("eve@example.org", "A new device signed in").await.token();
        self.of(&mut app.browser(), "not_me_by_link", &[("token", &token)]).await;
    }

    async fn of_an_admin(&mut self, app: &TestApp) {
        let mut admin = self.sign_up(app, "admin@example.org").await;
        let mut carl = self.sign_up(app, "carl@example.org").await;
        let id = self.of(&mut carl, "who_am_i", &[]).await.body["id"].as_str().expect("an id").to_owned();
        assert!(app.command(&["user", "grant", "admin@example.org", "admin"]).status.success());
        until(async || admin.who_am_i().await, |reply| reply.status == 401).await;
        self.of(&mut admin, "refresh", &[]).await;
        for name in ["admin_grant_role", "admin_revoke_role"] {
            self.of(&mut admin, name, &[("id", &id), ("role", "clerk")]).await;
        }
        self.sign_in(app, "carl@example.org", PASSWORD).await;
        self.of(&mut admin, "admin_sign_in_again", &[("id", &id)]).await;
        self.of(&mut admin, "admin_user", &[("id", &id)]).await;
        for name in ["admin_sign_out", "admin_block", "admin_user", "admin_unblock"] {
            self.of(&mut admin, name, &[("id", &id)]).await;
        }
        self.of(&mut admin, "admin_users", &[("search", "carl"), ("sort", "last_used")]).await;
        self.of(&mut admin, "admin_users", &[]).await;
        self.of(&mut admin, "admin_overview", &[]).await;
        self.of(&mut admin, "admin_log", &[]).await;
        self.of(&mut admin, "admin_log", &[("kind", "signed_up"), ("user", "carl@example.org")]).await;
    }
}

#[tokio::test]
async fn every_call_succeeds_as_the_document_says() {
    let app = TestApp::with(&[("LIMITS__ENABLED", "false")]);
    let mut success = Success { contract: Contract::read(), names: BTreeSet::new() };

    success.of_a_person(&app).await;
    success.of_links(&app).await;
    success.of_an_admin(&app).await;
    for name in OPERATION {
        success.of(&mut app.browser(), name, &[]).await;
    }
    let app = TestApp::with(&[("SESSION__PROFILE", "banking")]);
    let mut teller = app.signed_up("ann@example.org").await;
    success.of(&mut teller, "continue_session", &[("password", PASSWORD)]).await;
    let app = TestApp::with(&[("SESSION__PROFILE", "tab")]);
    let mut tab = app.browser();
    let form = [("email", "ann@example.org"), ("password", PASSWORD)];
    let granted = success.of(&mut tab, "sign_up", &form).await;
    for name in ["refresh", "sign_out"] {
        let token = granted.body["refresh_token"].as_str().expect("a refresh token");
        success.of(&mut tab, name, &[("refresh_token", token)]).await;
    }

    let operations = success.contract.operations();
    let all: BTreeSet<_> = operations.iter().map(|operation| operation.name).collect();
    let heard = success.names.iter().map(String::as_str).chain(STREAMS);
    assert_eq!(heard.collect::<BTreeSet<_>>(), all, "left: what was called; right: the document");
}

#[tokio::test]
async fn streams_tell_what_the_document_says() {
    let contract = Contract::read();
    let (token, entry) = TestApp::service_credential();
    let app = TestApp::as_issuer(&[("SERVER__SERVICES", &entry)]);
    app.signed_up("ann@example.org").await.sign_out().await;
    let ann = app.signed_in("ann@example.org").await;
    let mut stream = ann.listen().await;
    let mut service = app.browser();
    service.token = Some(token);
    let response = contract.request(&service, "revocations", &[]).send().await.expect("the server answers");
    let mut feed = Stream::new(response);

    let mut kept = app.signed_in("ann@example.org").await;
    assert!(app.command(&["user", "grant", "ann@example.org", "clerk"]).status.success());
    until(async || kept.who_am_i().await, |reply| reply.status == 401).await;
    kept.refresh().await;
    contract.call(&mut kept, "revoke_other_devices", &[]).await;

    let mut told = BTreeSet::new();
    while let Some((name, data)) = stream.next(SOON).await {
        contract.holds_of_event("events", &name, &data);
        told.insert(name);
    }
    assert_eq!(told.len(), 3, "{told:?}");
    let mut shapes = BTreeSet::new();
    while shapes.len() < 4 {
        let (name, data) = feed.next(SOON).await.expect("an event");
        contract.holds_of_event("revocations", &name, &data);
        // One session, all but one, other claims; and that it begins.
        shapes.insert((name, [&data["sid"], &data["kept"], &data["reason"]].map(Value::is_string)));
    }
}

/// Sends a request that is refused so, as the document says.
async fn refused(
    contract: &Contract,
    browser: &mut Browser,
    name: &str,
    fields: &[(&str, &str)],
    failure: (u16, &str),
) {
    let reply = contract.call(browser, name, fields).await;
    assert_eq!(reply.failure(), failure, "{name}: {}", reply.text);
}

#[tokio::test]
async fn refusals_of_a_token_are_as_the_document_says() {
    let contract = Contract::read();
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    let mut lost = app.signed_in("ann@example.org").await;
    let mut stranger = app.browser();
    refused(&contract, &mut stranger, "who_am_i", &[], (401, "token_missing")).await;
    refused(&contract, &mut stranger, "refresh", &[], (401, "token_missing")).await;
    refused(&contract, &mut stranger, "events", &[], (401, "token_missing")).await;
    stranger.token = Some("rubbish".into());
    stranger.jar.insert(REFRESH.into(), "rubbish".into());
    refused(&contract, &mut stranger, "devices", &[], (401, "token_invalid")).await;
    refused(&contract, &mut stranger, "refresh", &[], (401, "token_invalid")).await;
    refused(&contract, &mut stranger, "revocations", &[], (401, "token_invalid")).await;

    contract.call(&mut ann, "revoke_device", &[("id", &lost.session())]).await;
    for name in ["who_am_i", "refresh", "events"] {
        refused(&contract, &mut lost, name, &[], (401, "session_ended")).await;
    }
    refused(&contract, &mut ann, "admin_overview", &[], (403, "forbidden")).await;
    refused(&contract, &mut ann, "admin_block", &[("id", NOBODY)], (403, "forbidden")).await;
    assert!(app.command(&["user", "grant", "ann@example.org", "admin"]).status.success());
    until(async || ann.who_am_i().await, |reply| reply.status == 401).await;
    refused(&contract, &mut ann, "who_am_i", &[], (401, "token_stale")).await;
    app.database().await.run("UPDATE sessions SET proved_at = proved_at - 3600000").await;
    contract.call(&mut ann, "refresh", &[]).await;
    for name in ["revoke_other_devices", "export_account", "admin_block"] {
        refused(&contract, &mut ann, name, &[], (403, "step_up_required")).await;
    }
    refused(&contract, &mut ann, "admin_user", &[("id", NOBODY)], (404, "not_found")).await;
}

#[tokio::test]
async fn refusals_of_a_form_are_as_the_document_says() {
    let contract = Contract::read();
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ACCOUNT", "3")]);
    let mut ann = app.signed_up("ann@example.org").await;
    let mut stranger = app.browser();
    let taken = [("email", "ann@example.org"), ("password", PASSWORD)];
    refused(&contract, &mut stranger, "sign_up", &taken, (409, "email_taken")).await;
    refused(&contract, &mut stranger, "sign_up", &[("password", "short")], (422, "invalid_input")).await;
    refused(&contract, &mut stranger, "sign_in", &[("is_admin", "1")], (422, "invalid_input")).await;
    refused(&contract, &mut stranger, "verify_email", &[("token", "rubbish")], (410, "link_invalid")).await;
    refused(&contract, &mut ann, "rename_device", &[("id", NOBODY), ("name", "Mine")], (404, "not_found")).await;
    refused(&contract, &mut ann, "rename_device", &[("id", "mine")], (422, "invalid_input")).await;
    refused(&contract, &mut ann, "step_up", &[("password", "a wrong password here")], (422, "invalid_input")).await;
    refused(&contract, &mut ann, "who_am_i", &[("as", "admin")], (422, "invalid_input")).await;
    refused(&contract, &mut ann, "continue_session", &[("password", PASSWORD)], (404, "not_found")).await;

    let wrong = [("email", "ann@example.org"), ("password", "a wrong password here")];
    for _ in 0..3 {
        refused(&contract, &mut stranger, "sign_in", &wrong, (401, "wrong_credentials")).await;
    }
    refused(&contract, &mut stranger, "sign_in", &wrong, (429, "too_many_attempts")).await;
}

#[tokio::test]
async fn what_layers_in_front_of_the_calls_answer_is_as_the_document_says() {
    let contract = Contract::read();
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;
    let form = "application/x-www-form-urlencoded";
    let large = browser.request(Method::POST, "/api/sign_in").header("content-type", form).body("a".repeat(100_000));
    let by_itself =
        browser.request(Method::POST, "/api/sign_in").header("accept", "text/html").form(&[("email", "ann")]);
    let rows = [
        ("sign_out", 403, browser.request(Method::POST, "/api/sign_out").header("sec-fetch-site", "cross-site")),
        ("events", 403, browser.request(Method::GET, "/api/events").header("origin", "https://evil.example")),
        ("sign_in", 413, large),
        ("sign_in", 415, browser.request(Method::POST, "/api/sign_in").json(&Value::Null)),
        ("sign_in", 431, browser.request(Method::POST, "/api/sign_in").header("x-large", "a".repeat(20_000))),
        ("sign_in", 303, by_itself),
    ];
    for (name, status, request) in rows {
        let reply = browser.send(request).await;
        assert_eq!(reply.status, status, "{name}: {}", reply.text);
        contract.holds(name, &reply);
    }
    contract.holds_of_any("NotFound", &browser.get("/api/nothing").await);
    let tag = browser.get("/.well-known/jwks.json").await.header("etag");
    let known = browser.request(Method::GET, "/.well-known/jwks.json").header("if-none-match", tag);
    let known = browser.send(known).await;
    assert_eq!(known.status, 304);
    contract.holds("jwks", &known);
}
