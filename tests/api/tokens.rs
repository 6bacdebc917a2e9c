//! Access tokens: what is in them, and what is not taken for one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::support::{Browser, TestApp, claims};

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn parts(token: &str) -> Vec<String> {
    token.split('.').map(str::to_owned).collect()
}

async fn refused(browser: &Browser, token: String) {
    let mut browser = browser.clone();
    browser.token = Some(token.clone());
    let reply = browser.who_am_i().await;
    assert_eq!(reply.failure(), (401, "token_invalid"), "{token}");
    assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

#[tokio::test]
async fn r8_a_token_says_nothing_about_the_person_but_an_opaque_id() {
    let app = TestApp::start();
    let browser = app.signed_up("ann@example.org").await;
    let token = browser.token.clone().unwrap();

    let claims = claims(&token);

    let mut names: Vec<&String> = claims.as_object().unwrap().keys().collect();
    names.sort();
    let expected = ["aud", "auth_time", "client_id", "cv", "exp", "gen", "iat", "iss", "jti", "roles", "sid", "sub"];
    assert_eq!(names, expected);
    assert_eq!((&claims["aud"], &claims["client_id"]), (&json!("tabkey"), &json!("tabkey")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts(&token)[0]).unwrap()).unwrap();
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
}

#[tokio::test]
async fn r10_the_jwks_holds_public_keys_only() {
    let app = TestApp::start();
    let browser = app.signed_up("ann@example.org").await;
    let header = &parts(browser.token.as_ref().unwrap())[0];
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();

    let reply = app.browser().get("/.well-known/jwks.json").await;

    let keys = reply.body["keys"].as_array().unwrap();
    assert!(keys.iter().any(|key| key["kid"] == header["kid"]));
    for key in keys {
        assert_eq!((&key["kty"], &key["crv"], &key["use"]), (&json!("OKP"), &json!("Ed25519"), &json!("sig")));
        assert!(key.get("d").is_none());
    }
    assert!(reply.header("cache-control").contains("max-age"));
}

#[tokio::test]
async fn r1_to_r7_an_altered_token_is_none() {
    let app = TestApp::start();
    let browser = app.signed_up("ann@example.org").await;
    let token = browser.token.clone().unwrap();
    let [header, claims, signature] = <[String; 3]>::try_from(parts(&token)).unwrap();
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();

    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES256")),
        ("typ", json!("JWT")),
        ("kid", json!("unknown")),
        ("crit", json!(["exp"])),
        ("jwk", json!({"kty": "OKP"})),
    ] {
        let mut altered = read(&header);
        altered[name] = value;
        refused(&browser, format!("{}.{claims}.{signature}", encode(&altered))).await;
    }
    for (name, value) in [
        ("exp", json!(9_999_999_999_u64)),
        ("exp", json!("9999999999")),
        ("sub", json!("01890a5d-ac96-774b-bcce-b302099a8057")),
        ("roles", json!(["admin"])),
        ("aud", json!("other")),
    ] {
        let mut altered = read(&claims);
        altered[name] = value;
        refused(&browser, format!("{header}.{}.{signature}", encode(&altered))).await;
    }
    refused(&browser, format!("{header}.{claims}.")).await;
    refused(&browser, format!("{header}.{claims}")).await;
    refused(&browser, format!("{token}.{signature}")).await;
    refused(&browser, "rubbish".into()).await;
}

#[tokio::test]
async fn r6_a_refresh_token_is_no_access_token() {
    let app = TestApp::start();
    let browser = app.signed_up("ann@example.org").await;

    refused(&browser, browser.jar[super::support::REFRESH].clone()).await;
}

#[tokio::test]
async fn two_authorization_headers_count_as_none() {
    let app = TestApp::start();
    let mut browser = app.signed_up("ann@example.org").await;

    let request = browser.request(reqwest::Method::GET, "/api/who_am_i").header("authorization", "Bearer other");

    assert_eq!(browser.send(request).await.failure(), (401, "token_invalid"));
}
