//! What must hold of whatever strangers send, for a fuzzer to look for what breaks it (`make fuzz`). Each function takes raw
//! bytes and panics where something does not hold. Runs in: tests.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use jsonwebtoken::DecodingKey;
use serde_json::Value;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{client_address, cookies::Cookies, form};
use crate::server::{
    auth::refresh_token,
    keys::{Period, RefreshKey},
};
use tabkey_core::LocalPath;
use tabkey_verifier::trust::{Expected, check};

/// The lines of a header, one a line of the input.
fn headers(name: &'static str, data: &[u8]) -> HeaderMap {
    let values = data.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok());
    values.map(|value| (HeaderName::from_static(name), value)).collect()
}

/// `Cookie`: one of ours is found however the others look, and two are none.
pub fn cookies(data: &[u8]) {
    const OURS: &str = "__Host-Http-refresh";
    let cookies = Cookies { insecure: false, suffix: "" };
    let mut headers = headers("cookie", data);
    let found = cookies.refresh_token(&headers);
    let name = HeaderName::from_static("cookie");
    headers.append(name, HeaderValue::from_static("__Host-Http-refresh=one"));
    let beside = cookies.refresh_token(&headers);
    let is_there = data.windows(OURS.len()).any(|part| part == OURS.as_bytes());
    if found.is_some() {
        assert!(is_there && beside.is_none(), "two of one name are none");
    }
    if !is_there {
        assert_eq!(beside.map(|secret| secret.0.clone()).as_deref(), Some("one"));
    }
}

/// A refresh token: none is believed but one that was derived.
pub fn refresh_token(data: &[u8]) {
    let period = Period { active_from: 0, retired_at: None };
    let key = RefreshKey { id: 1, secret: Zeroizing::new([7; 32]), period };
    let text = String::from_utf8_lossy(data);
    if let Ok(presented) = refresh_token::parse(&text, |_| Some(&key)) {
        assert_eq!(refresh_token::derive(&key, presented.session, presented.generation).0, text);
    }
    let mut bytes = [0; 20];
    bytes.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
    let session = Uuid::from_slice(&bytes[..16]).expect("sixteen bytes");
    let generation = u32::from_be_bytes(bytes[16..].try_into().expect("four bytes"));
    let token = refresh_token::derive(&key, session, generation).0.clone();
    let read = refresh_token::parse(&token, |_| Some(&key)).expect("it was derived");
    assert_eq!((read.session, read.generation), (session, generation));
}

/// An access token: a text that nobody signed is none, and neither is one that was signed (header and claims, a line each) but
/// is not ours in what it says.
pub fn access_token(data: &[u8]) {
    let signing = SigningKey::from_bytes(&[7; 32]);
    let key = DecodingKey::from_ed_der(signing.verifying_key().as_bytes());
    let expected = Expected { issuer: "https://app.example.org".into(), audience: "tabkey".into() };
    let text = String::from_utf8_lossy(data);
    assert!(check(&text, &expected, |_| Some(&key)).is_err(), "nobody signed it");
    let Some((header, claims)) = text.split_once('\n') else { return };
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signing.sign(signed.as_bytes()).to_bytes()));
    if check(&token, &expected, |_| Some(&key)).is_ok() {
        let [header, claims]: [Value; 2] = [header, claims].map(|part| serde_json::from_str(part).expect("JSON"));
        assert_eq!((&header["alg"], &header["typ"]), (&"EdDSA".into(), &"at+jwt".into()));
        assert!(header.get("crit").is_none() && header["kid"].is_string());
        assert_eq!((&claims["iss"], &claims["aud"]), (&"https://app.example.org".into(), &"tabkey".into()));
        assert!(claims["exp"].is_i64() && claims["iat"].is_i64());
    }
}

/// The body of a form: what is read was expected, and once.
pub fn form(data: &[u8]) {
    let allowed = ["email", "password", "remember"];
    let is_ours = form::check(data, form::Fields::These(&allowed)).is_ok();
    let count = data.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).count();
    assert!(!is_ours || count <= allowed.len(), "{count} fields");
    let _ = form::check(data, form::Fields::Any);
    for name in allowed {
        let _ = form::value(data, name);
    }
}

/// Where to go next: on this site, or nowhere.
pub fn local_path(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(path) = LocalPath::parse(&text) else { return };
    let path = path.as_str();
    assert!(path.starts_with('/') && !path.starts_with("//"), "{path}");
    assert!(path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'), "{path}");
    let base = url::Url::parse("https://app.example.org/here").expect("a URL");
    let there = base.join(path).expect("a path of this site");
    assert_eq!(there.origin(), base.origin(), "{path}");
    assert_eq!(LocalPath::parse(path).expect("it was one").as_str(), path);
}

/// `X-Forwarded-For`: counts for nothing from whom nobody trusts.
pub fn client_address(data: &[u8]) {
    let headers = headers("x-forwarded-for", data);
    let peer = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    let near = ["10.0.0.0/8".parse().expect("a network")];
    assert_eq!(client_address::find(peer, &headers, &[]), peer);
    let far = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    assert_eq!(client_address::find(far, &headers, &near), far);
    let mut appended = headers.clone();
    appended.append("x-forwarded-for", HeaderValue::from_static("198.51.100.7"));
    // Whatever a client writes, what the proxy adds to it is believed.
    assert_eq!(client_address::find(peer, &appended, &near).to_string(), "198.51.100.7");
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn all_of_it_holds_of_what_fuzzing_begins_with() {
        type Holds = fn(&[u8]);
        let targets = [
            ("cookies", cookies as Holds),
            ("refresh_token", refresh_token),
            ("access_token", access_token),
            ("form", form),
            ("local_path", local_path),
            ("client_address", client_address),
        ];
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        for (name, holds) in targets {
            let seeds = fs::read_dir(corpus.join(name)).expect(name).filter_map(Result::ok);
            let seeds: Vec<_> = seeds.map(|seed| fs::read(seed.path()).expect("a seed")).collect();
            assert!(seeds.len() >= 3, "{name}: {} seeds", seeds.len());
            seeds.iter().for_each(|seed| holds(seed));
        }
    }
}
