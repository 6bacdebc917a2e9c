//! Calls whose failures are an adopter's own. Runs in: the server.

use serde::{Deserialize, Serialize};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

use super::*;
use crate::server::http::guard;

/// An adopter's own error: the framework knows no status for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sorry(String);

impl FromServerFnError for Sorry {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self("it did not work".into())
    }
}

impl From<Error> for Sorry {
    fn from(_: Error) -> Self {
        Self("not for you".into())
    }
}

#[server(prefix = "/api", endpoint = "adopter/mine", input = GetUrl, output = Json)]
async fn mine(#[server(default)] hidden: bool) -> Result<bool, Sorry> {
    let me = guard::signed_in().await;
    if hidden { Ok(me.is_ok()) } else { Ok(me.map(|_| true)?) }
}

#[server(prefix = "/api", endpoint = "adopter/sold_out", input = GetUrl, output = Json)]
async fn buys() -> Result<bool, Sorry> {
    let (_, me) = guard::maybe_signed_in().await?;
    Err(Sorry(if me.is_some() { "sold out".into() } else { "sold out, stranger".into() }))
}

/// An adopter's own error whose shape is near to ours.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Near {
    code: String,
    upstream: String,
}

impl FromServerFnError for Near {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self { code: "busy".into(), upstream: String::new() }
    }
}

#[server(prefix = "/api", endpoint = "adopter/near", input = GetUrl, output = Json)]
async fn nearly() -> Result<bool, Near> {
    Err(Near { code: "token_expired".into(), upstream: "bank".into() })
}

#[tokio::test]
async fn a_guards_refusal_is_told_in_headers_whatever_the_callers_error_type() {
    let app = App::start().await;
    let told = |response: &Response, name: &str| {
        response.headers().get(name).map(|value| value.to_str().expect("text").to_owned())
    };

    for (header, code) in [("x-other", "token_missing"), ("authorization", "token_invalid")] {
        let response = app.ask("GET", "/api/adopter/mine", &[(header, "Bearer rubbish")], "").await;

        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(told(&response, "tabkey-refused").as_deref(), Some(code));
        assert_eq!(told(&response, "www-authenticate").as_deref(), Some("Bearer error=\"invalid_token\""));
        assert_eq!(text(response).await, "\"not for you\"");
    }
    let response = app.ask("GET", "/api/adopter/mine?hidden=true", &[], "").await;
    assert_eq!((response.status(), told(&response, "tabkey-refused")), (StatusCode::OK, None), "nobody was refused");
    for (path, body) in [
        ("/api/adopter/sold_out", r#""sold out, stranger""#),
        ("/api/adopter/near", r#"{"code":"token_expired","upstream":"bank"}"#),
    ] {
        let response = app.ask("GET", path, &[], "").await;
        assert_eq!((response.status(), told(&response, "tabkey-refused")), (StatusCode::INTERNAL_SERVER_ERROR, None));
        assert_eq!(text(response).await, body, "what a call fails with is its own");
    }
    app.auth.close().await;
}
