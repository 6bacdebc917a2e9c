//! The calls that are made, on connections that nobody shares.

use std::time::Duration;

use serde_json::Value;

const PASSWORD: &str = "seven green lamps sing";
const REFRESH: &str = "__Host-Http-refresh=";

/// One that is used by one task makes one connection to each node.
pub struct Client(reqwest::Client);

/// What a sign-in or a refresh gives.
pub struct Session {
    pub id: String,
    pub token: String,
    cookie: String,
}

/// What a node says of a token.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    /// 401 `session_ended`, `revoked`.
    Revoked,
    Other(u16, String),
}

impl Answer {
    pub fn is_accepted(&self) -> bool {
        *self == Self::Accepted
    }
}

impl Client {
    pub fn new() -> Self {
        // A node lets go of a silent connection after 30 s.
        let client =
            reqwest::Client::builder().timeout(Duration::from_secs(60)).pool_idle_timeout(Duration::from_secs(10));
        Self(client.build().expect("a client"))
    }

    pub async fn sign_up(&self, node: &str, email: &str) -> Session {
        let form = [("email", email), ("password", PASSWORD), ("display_name", "Ann Lee")];
        self.grant(self.0.post(format!("{node}/api/sign_up")).form(&form)).await.expect("an account")
    }

    pub async fn sign_in(&self, node: &str, email: &str) -> Session {
        let form = [("email", email), ("password", PASSWORD)];
        self.grant(self.0.post(format!("{node}/api/sign_in")).form(&form)).await.expect("a session")
    }

    /// Errors: the status that is not 200.
    pub async fn refresh(&self, node: &str, session: &Session) -> Result<Session, u16> {
        self.grant(self.0.post(format!("{node}/api/refresh")).header("cookie", &session.cookie)).await
    }

    pub async fn revoke(&self, node: &str, by: &Session, session: &str) {
        let request = self.0.post(format!("{node}/api/devices/revoke")).bearer_auth(&by.token).form(&[("id", session)]);
        let response = request.send().await.expect("the node answers");
        let (status, text) = (response.status().as_u16(), response.text().await.expect("a body"));
        assert_eq!((status, text.as_str()), (200, r#"{"revoked":1}"#));
    }

    pub async fn who_am_i(&self, node: &str, token: &str) -> Answer {
        let request = self.0.get(format!("{node}/api/who_am_i")).bearer_auth(token);
        let response = request.send().await.expect("the node answers");
        let (status, text) = (response.status().as_u16(), response.text().await.expect("a body"));
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        match (status, body["code"].as_str(), body["reason"].as_str()) {
            (200, ..) => Answer::Accepted,
            (401, Some("session_ended"), Some("revoked")) => Answer::Revoked,
            _ => Answer::Other(status, text),
        }
    }

    /// An event stream that is open.
    pub async fn listen(&self, node: &str, token: &str) -> reqwest::Response {
        let request = self.0.get(format!("{node}/api/events")).bearer_auth(token);
        let mut response = request.send().await.expect("the node answers");
        assert_eq!(response.status(), 200);
        response.chunk().await.expect("a stream").expect("its first line");
        response
    }

    async fn grant(&self, request: reqwest::RequestBuilder) -> Result<Session, u16> {
        let response = request.send().await.expect("the node answers");
        let status = response.status().as_u16();
        if status != 200 {
            return Err(status);
        }
        let cookies = response.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
        let cookie = cookies.filter(|cookie| cookie.starts_with(REFRESH)).find_map(|cookie| cookie.split(';').next());
        let cookie = cookie.expect("a refresh cookie").to_owned();
        let body: Value = response.json().await.expect("a grant");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Ok(Session { id: text(&body["session"]["id"]), token: text(&body["access_token"]), cookie })
    }
}
