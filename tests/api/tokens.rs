//! Access tokens: what is in them, and what is not taken for one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

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

/// Who holds the key that signs: what they make is refused for what it says, not for its signature.
struct Forger {
    key: SigningKey,
    header: Value,
    claims: Value,
}

impl Forger {
    const SECRET: [u8; 32] = [7; 32];

    async fn of(app: &TestApp, browser: &Browser) -> Self {
        let id: i64 =
            app.database().await.one("SELECT id FROM keys WHERE kind = 'signing' ORDER BY active_from LIMIT 1").await;
        let sealed: Vec<u8> = app
            .database()
            .await
            .one("SELECT sealed FROM keys WHERE kind = 'signing' ORDER BY active_from LIMIT 1")
            .await;
        let (nonce, sealed) = sealed.split_at(24);
        let aad = format!("tabkey signing key {id}");
        let cipher = XChaCha20Poly1305::new(&Self::SECRET.into());
        let nonce = XNonce::from(<[u8; 24]>::try_from(nonce).unwrap());
        let seed = cipher.decrypt(&nonce, Payload { msg: sealed, aad: aad.as_bytes() }).expect("the key opens");
        let [header, claims, _] = <[String; 3]>::try_from(parts(browser.token.as_ref().unwrap())).unwrap();
        let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        let key = SigningKey::from_bytes(&seed.try_into().unwrap());
        Self { key, header: read(&header), claims: read(&claims) }
    }

    /// Signs the texts as they are.
    fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes()).to_bytes());
        format!("{message}.{signature}")
    }

    fn with_header(&self, name: &str, value: Option<Value>) -> String {
        self.sign(&altered(&self.header, name, value), &self.claims.to_string())
    }

    fn with_claim(&self, name: &str, value: Option<Value>) -> String {
        self.sign(&self.header.to_string(), &altered(&self.claims, name, value))
    }
}

fn altered(of: &Value, name: &str, value: Option<Value>) -> String {
    let mut altered = of.clone();
    match value {
        Some(value) => altered[name] = value,
        None => drop(altered.as_object_mut().unwrap().remove(name)),
    }
    altered.to_string()
}

/// An app whose sealing secret the test knows, somebody signed in, and who forges their token.
async fn with_a_forger() -> (TestApp, Browser, Forger) {
    let secret = "07".repeat(32);
    let app = TestApp::with(&[("SECRET_KEY", &secret)]);
    let browser = app.signed_up("ann@example.org").await;
    let forger = Forger::of(&app, &browser).await;
    (app, browser, forger)
}

async fn accepted(browser: &Browser, token: String) {
    let mut browser = browser.clone();
    browser.token = Some(token.clone());
    assert_eq!(browser.who_am_i().await.status, 200, "{token}");
}

#[tokio::test]
async fn what_the_forger_signs_unaltered_is_believed() {
    let (_app, browser, forger) = with_a_forger().await;
    let same = forger.sign(&forger.header.to_string(), &forger.claims.to_string());

    accepted(&browser, same).await;
    accepted(&browser, forger.with_claim("nbf", Some(forger.claims["iat"].clone()))).await;
    accepted(&browser, forger.with_claim("jti", Some(json!("01890a5d-ac96-774b-bcce-b302099a8057")))).await;
}

#[tokio::test]
async fn r1_r2_r6_r7_a_header_that_is_not_ours_is_refused_though_its_signature_is_good() {
    let (_app, browser, forger) = with_a_forger().await;
    let rows = [
        ("alg", Some(json!("none"))),
        ("alg", Some(json!("None"))),
        ("alg", Some(json!(""))),
        ("alg", Some(json!("HS256"))),
        ("alg", Some(json!("HS512"))),
        ("alg", Some(json!("RS256"))),
        ("alg", Some(json!("PS512"))),
        ("alg", Some(json!("ES256"))),
        ("alg", Some(json!("Ed25519"))),
        ("alg", Some(json!("eddsa"))),
        ("alg", Some(json!(["EdDSA"]))),
        ("alg", None),
        ("typ", Some(json!("JWT"))),
        ("typ", Some(json!("rt+jwt"))),
        ("typ", Some(json!("at+jwt "))),
        ("typ", Some(json!(1))),
        ("typ", Some(Value::Null)),
        ("typ", None),
        ("kid", Some(json!("unknown"))),
        ("kid", Some(json!(""))),
        ("kid", Some(json!("../../secret.key"))),
        ("kid", Some(json!("' OR 1=1 --"))),
        ("kid", Some(Value::Null)),
        ("kid", None),
        ("crit", Some(json!([]))),
        ("crit", Some(json!(["exp"]))),
        ("crit", Some(json!(["b64"]))),
        ("crit", Some(json!("exp"))),
    ];
    for (name, value) in rows {
        refused(&browser, forger.with_header(name, value)).await;
    }
}

#[tokio::test]
async fn r2_a_key_that_a_token_brings_along_is_not_used() {
    let (_app, browser, forger) = with_a_forger().await;
    let own = SigningKey::from_bytes(&[9; 32]);
    let x = URL_SAFE_NO_PAD.encode(own.verifying_key().as_bytes());
    let stranger = Forger { key: own, header: forger.header.clone(), claims: forger.claims.clone() };
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig", "alg": "EdDSA"});
    // Nobody listens there; if anybody asked, the reply would be late.
    let url = json!("http://127.0.0.1:9/jwks.json");
    for (name, value) in [("jwk", jwk), ("jku", url.clone()), ("x5u", url), ("x5c", json!(["MIIB"]))] {
        refused(&browser, stranger.with_header(name, Some(value))).await;
    }
    refused(&browser, stranger.with_header("kid", Some(json!(x)))).await;

    // The public key as a secret, the oldest trick.
    let header = altered(&forger.header, "alg", Some(json!("HS256")));
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), encode(&forger.claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(forger.key.verifying_key().as_bytes()).unwrap();
    mac.update(message.as_bytes());
    refused(&browser, format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))).await;
}

#[tokio::test]
async fn r4_r5_claims_that_are_not_ours_are_refused_though_their_signature_is_good() {
    let (_app, browser, forger) = with_a_forger().await;
    let now = forger.claims["iat"].as_i64().unwrap();
    let mut rows: Vec<(&str, Option<Value>)> = vec![
        ("aud", Some(json!("other"))),
        ("aud", Some(json!(["tabkey"]))),
        ("aud", Some(json!(["tabkey", "other"]))),
        ("aud", Some(json!(""))),
        ("aud", Some(Value::Null)),
        ("iss", Some(json!("https://evil.example"))),
        ("iss", Some(json!([forger.claims["iss"]]))),
        ("iss", Some(json!(format!("{}/", forger.claims["iss"].as_str().unwrap())))),
        ("exp", Some(json!("9999999999"))),
        ("exp", Some(json!((now + 60).to_string()))),
        ("exp", Some(json!(now as f64 + 60.5))),
        ("exp", Some(json!(1e30))),
        ("exp", Some(json!(u64::MAX))),
        ("exp", Some(json!([now + 60]))),
        ("exp", Some(json!(true))),
        ("exp", Some(Value::Null)),
        ("nbf", Some(json!(now + 3_600))),
        ("nbf", Some(json!("0"))),
        ("iat", Some(json!(now.to_string()))),
        ("auth_time", Some(json!("0"))),
        ("sub", Some(json!("ann@example.org"))),
        ("sub", Some(json!(1))),
        ("sub", Some(json!(""))),
        ("sid", Some(json!("1"))),
        ("gen", Some(json!(-1))),
        ("gen", Some(json!(1.5))),
        ("gen", Some(json!(9_007_199_254_740_993_u64))),
        ("gen", Some(json!("1"))),
        ("cv", Some(json!(1.5))),
        ("cv", Some(json!(u64::MAX))),
        ("roles", Some(json!("admin"))),
        ("roles", Some(json!([1]))),
        ("jti", Some(json!("x"))),
        ("client_id", Some(json!("other"))),
    ];
    let names: Vec<String> = forger.claims.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), 12);
    rows.extend(names.iter().map(|name| (name.as_str(), None)));
    for (name, value) in rows {
        refused(&browser, forger.with_claim(name, value)).await;
    }
    // Past its life it is genuine all the same, and a refresh helps.
    let mut late = browser.clone();
    late.token = Some(forger.with_claim("exp", Some(json!(now - 1))));
    assert_eq!(late.who_am_i().await.failure(), (401, "token_expired"));
}

#[tokio::test]
async fn r3_what_is_not_three_clean_parts_is_refused_though_its_signature_is_good() {
    let (_app, browser, forger) = with_a_forger().await;
    let (header, claims) = (forger.header.to_string(), forger.claims.to_string());
    let good = forger.sign(&header, &claims);
    let [h, c, s] = <[String; 3]>::try_from(parts(&good)).unwrap();
    let twice = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    let rows = [
        // Twice the same member, and who wins.
        forger.sign(&header, &twice(&claims, r#""sub":"01890a5d-ac96-774b-bcce-b302099a8057""#)),
        forger.sign(&header, &twice(&claims, r#""exp":9999999999"#)),
        forger.sign(&twice(&header, r#""alg":"none""#), &claims),
        forger.sign(&twice(&header, r#""typ":"JWT""#), &claims),
        // JSON that is none, or none of ours.
        forger.sign(&header, &format!("{claims} {{}}")),
        forger.sign(&header, &format!("\u{feff}{claims}")),
        forger.sign(&header, "[]"),
        forger.sign(&header, "null"),
        forger.sign(&header, ""),
        forger.sign("[]", &claims),
        forger.sign("", &claims),
        // Other spellings of the same bytes.
        format!("{h}=.{c}.{s}"),
        format!("{h}.{c}==.{s}"),
        format!("{good}=="),
        format!("{h}. {c}.{s}"),
        format!("{h}.{c}.{}", s.replace(['-', '_'], "+") + "+"),
        // Parts too many and too few.
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{s}"),
        format!("{h}.{c}"),
        format!("{h}.{c}."),
        format!("{h}..{s}"),
        format!("{h}.{s}"),
        String::from(".."),
        String::from("rubbish"),
        // Longer than any of ours.
        forger.sign(&header, &altered(&forger.claims, "padding", Some(json!("x".repeat(4_000))))),
    ];
    for token in rows {
        refused(&browser, token).await;
    }
    accepted(&browser, good).await;
}

#[tokio::test]
async fn a_token_with_another_ones_signature_is_refused() {
    let app = TestApp::start();
    let browser = app.signed_up("ann@example.org").await;
    let [header, claims, signature] = <[String; 3]>::try_from(parts(browser.token.as_ref().unwrap())).unwrap();
    let mut read: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&claims).unwrap()).unwrap();
    read["roles"] = json!(["admin"]);

    refused(&browser, format!("{header}.{}.{signature}", encode(&read))).await;
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
