//! Calls of an adopter, guarded at the edge as ours are. Runs in: the server.

mod words;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
};
use leptos::prelude::*;
use metrics_exporter_prometheus::PrometheusBuilder;
use server_fn::codec::{GetUrl, Json, PostUrl};
use tower::ServiceExt;

use crate::server::{
    auth::Auth,
    config::Config,
    http::{AppState, router},
    mail::ENGLISH,
};
use tabkey_core::Error;

#[server(prefix = "/api", endpoint = "adopter/note", input = PostUrl, output = Json)]
async fn note(#[server(default)] text: String, #[server(default)] tags: Vec<String>) -> Result<usize, Error> {
    if text == "wrong" { Err(Error::Forbidden) } else { Ok(text.len() + tags.len()) }
}

#[server(prefix = "/api", endpoint = "adopter/notes", input = GetUrl, output = Json)]
async fn notes(#[server(default)] search: String) -> Result<String, Error> {
    if search == "wrong" { Err(Error::Forbidden) } else { Ok(search) }
}

#[server(prefix = "/api", endpoint = "adopter/upload", input = Json, output = Json)]
async fn upload(content: String) -> Result<usize, Error> {
    Ok(content.len())
}

#[server(prefix = "/api", endpoint = "adopter/leads", input = PostUrl, output = Json)]
async fn leads(#[server(default)] to: String) -> Result<(), Error> {
    leptos_axum::redirect(&to);
    Ok(())
}

const FORM: &str = "application/x-www-form-urlencoded";
const EVIL: &str = "https://evil.example/page";

struct App {
    _folder: tempfile::TempDir,
    auth: Arc<Auth>,
    router: Router,
}

impl App {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("it works");
        let mut config = Config::for_tests();
        config.store.url = format!("sqlite:{}", folder.path().join("test.db").display()).into();
        let auth = Auth::open(Arc::new(config), &ENGLISH, &Default::default()).await.expect("it works");
        let leptos = LeptosOptions::builder().output_name("tabkey").build();
        let state = AppState::new(auth.clone(), leptos, PrometheusBuilder::new().build_recorder().handle());
        Self { _folder: folder, auth, router: router(state, Router::new(), || (), |_| ()) }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Response {
        let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:3000");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(body.into()).expect("it works")).await.expect("it works")
    }

    async fn post(&self, path: &str, body: &str) -> Response {
        self.ask("POST", path, &[("content-type", FORM)], body.to_owned()).await
    }

    /// As a browser posts a form by itself.
    async fn submit(&self, path: &str, body: &str, referer: &str) -> Response {
        let headers = [("content-type", FORM), ("accept", "text/html,*/*"), ("referer", referer)];
        self.ask("POST", path, &headers, body.to_owned()).await
    }
}

async fn text(response: Response) -> String {
    let body = axum::body::to_bytes(response.into_body(), 65_536).await.expect("it works");
    String::from_utf8(body.to_vec()).expect("it works")
}

fn location(response: &Response) -> &str {
    response.headers().get(header::LOCATION).map_or("", |value| value.to_str().expect("it works"))
}

#[tokio::test]
async fn a_call_of_an_adopter_is_answered() {
    let app = App::start().await;

    assert_eq!(text(app.post("/api/adopter/note", "text=hello&tags[0]=a&tags[1]=b").await).await, "7");
    assert_eq!(text(app.ask("GET", "/api/adopter/notes?search=a", &[], "").await).await, "\"a\"");
    let json = app.ask("POST", "/api/adopter/upload", &[("content-type", "application/json")], r#"{"content":"abc"}"#);
    assert_eq!(text(json.await).await, "3");
    assert_eq!(app.post("/api/adopter/note", "text=wrong").await.status(), StatusCode::FORBIDDEN);
    app.auth.close().await;
}

#[tokio::test]
async fn r40_no_referer_makes_a_redirect_whatever_the_call() {
    let app = App::start().await;
    let html = [("accept", "text/html"), ("referer", EVIL)];
    for path in [
        "/api/who_am_i",
        "/api/devices",
        "/api/account/export",
        "/api/adopter/notes?search=a",
        "/api/adopter/notes?search=wrong",
        "/api/adopter/notes?search=a&search=b",
    ] {
        for method in ["GET", "HEAD"] {
            let response = app.ask(method, path, &html, "").await;
            assert_eq!(location(&response), "", "{method} {path}");
            assert!(!response.status().is_redirection());
        }
    }
    for (body, expected) in
        [("text=a", "/"), ("text=wrong", "/sign-in?code=forbidden"), ("text=a&next=%2Fnotes", "/notes")]
    {
        let response = app.submit("/api/adopter/note", body, EVIL).await;
        assert_eq!((response.status(), location(&response)), (StatusCode::SEE_OTHER, expected), "{body}");
        assert_eq!(text(response).await, "");
    }
    let json = [("content-type", "application/json"), html[0], html[1]];
    let response = app.ask("POST", "/api/adopter/upload", &json, r#"{"content":"abc"}"#).await;
    assert_eq!((response.status(), location(&response)), (StatusCode::OK, ""));
    app.auth.close().await;
}

#[tokio::test]
async fn a_form_of_an_adopter_leads_back_to_its_own_page() {
    let app = App::start().await;
    let page = "http://127.0.0.1:3000/notes?page=2";
    let failed = "/notes?code=forbidden&next=%2Fnotes";
    // What is ours in a form of ours is theirs in theirs: a secret of this name comes into no address.
    for (body, expected) in [("text=a", "/notes"), ("text=wrong", failed), ("text=wrong&token=secret&page=%2F", failed)]
    {
        assert_eq!(location(&app.submit("/api/adopter/note", body, page).await), expected, "{body}");
    }
    app.auth.close().await;
}

#[tokio::test]
async fn r40_a_call_that_leads_off_the_site_is_refused() {
    let app = App::start().await;
    for (to, stays) in [
        ("/notes", true),
        ("/notes?a=https%3A%2F%2Fevil.example", true),
        (EVIL, false),
        ("//evil.example", false),
        ("/%2F/evil.example", false),
        ("/.//evil.example", false),
        ("/a/../b", false),
        ("\\\\evil.example", false),
        ("notes", false),
        ("javascript:alert(1)", false),
    ] {
        let body = format!("to={}", percent_encoding::utf8_percent_encode(to, percent_encoding::NON_ALPHANUMERIC));
        let by_script = app.post("/api/adopter/leads", &body).await;
        let by_form = app.submit("/api/adopter/leads", &body, EVIL).await;
        if stays {
            assert_eq!((by_script.status(), location(&by_script)), (StatusCode::OK, to), "{to}");
            assert_eq!((by_form.status(), location(&by_form)), (StatusCode::SEE_OTHER, to), "{to}");
        } else {
            assert_eq!((by_script.status(), location(&by_script)), (StatusCode::UNPROCESSABLE_ENTITY, ""), "{to}");
            assert_eq!(location(&by_form), "/sign-in?code=invalid_input", "{to}");
        }
    }
    app.auth.close().await;
}

#[tokio::test]
async fn r49_what_is_malformed_twice_there_or_too_large_is_refused() {
    let app = App::start().await;
    for body in ["text=a&text=b", "text=%ff", "text=%zz", "text=a%00", "text=%E2%80%AE"] {
        let response = app.post("/api/adopter/note", body).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(text(response).await.starts_with(r#"{"code":"invalid_input","fields":{"text":"#), "{body}");
        let response = app.ask("GET", &format!("/api/adopter/notes?{}", body.replace("text", "search")), &[], "").await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    let json = [("content-type", "application/json")];
    let content = |length| format!(r#"{{"content":"{}"}}"#, "a".repeat(length));
    let fits = app.ask("POST", "/api/adopter/upload", &json, content(1_000_000)).await;
    assert_eq!(text(fits).await, "1000000");
    let large = app.ask("POST", "/api/adopter/upload", &json, content(2_200_000)).await;
    assert_eq!(text(large).await, r#"{"code":"too_large"}"#);
    let twice = [("content-type", FORM), ("content-type", "text/plain")];
    let open = app.ask("POST", "/api/adopter/note", &twice, "text=a").await;
    assert_eq!(open.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let bad = app.ask("POST", "/api/adopter/upload", &json, "{").await;
    assert_eq!(text(bad).await, r#"{"code":"invalid_input","fields":{}}"#);
    app.auth.close().await;
}

#[tokio::test]
async fn head_answers_as_get_does() {
    let app = App::start().await;
    for path in ["/api/adopter/notes?search=a", "/api/adopter/notes?search=wrong", "/api/devices", "/api/nothing"] {
        let get = app.ask("GET", path, &[], "").await;
        let head = app.ask("HEAD", path, &[], "").await;
        assert_eq!(head.status(), get.status(), "{path}");
        for name in [header::CONTENT_TYPE, header::CACHE_CONTROL, header::WWW_AUTHENTICATE] {
            assert_eq!(head.headers().get(&name), get.headers().get(&name), "{path} {name}");
        }
        assert_eq!(text(head).await, "", "{path}");
    }
    let refused = app.ask("PUT", "/api/adopter/notes", &[], "").await;
    assert_eq!(refused.headers()[header::ALLOW], "GET, HEAD");
    app.auth.close().await;
}

#[tokio::test]
async fn r34_another_site_cannot_post_to_an_adopters_call_either() {
    let app = App::start().await;
    for pair in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        let response = app.ask("POST", "/api/adopter/note", &[("content-type", FORM), pair], "text=a").await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{pair:?}");
    }
    app.auth.close().await;
}
