//! Which host a request is for, before anything stands on it. Runs in: the server.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Url;

use super::{client_address::is_trusted, state::AppState};
use tabkey_core::{Error, FieldError};

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Exactly one `Host`, as RFC 9112 §3.2 demands, and one that is a host: the framework makes a URL of it. None is needed in
/// HTTP/1.0, which the checks of balancers speak, nor where the request line names it. Errors: 400 `invalid_input`.
pub async fn one(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if let Err(wrong) = judge(&request) {
        let mut response = Error::field("host", wrong).into_response();
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let is_trusted = peer.is_some_and(|peer| is_trusted(peer, &state.auth.config.server.trusted_proxies));
    let headers = request.headers_mut();
    if !is_trusted || !names_scheme(headers) {
        headers.remove(FORWARDED_PROTO);
    }
    if headers.get(header::HOST).is_some_and(|host| host.is_empty()) {
        headers.remove(header::HOST);
    }
    next.run(request).await
}

fn judge(request: &Request) -> Result<(), FieldError> {
    // The target of the whole server (RFC 9112 §3.2.4): it is no path, so the framework would read it as the end of the host,
    // and panic after a port.
    if request.uri().path() == "*" {
        return Err(FieldError::Malformed);
    }
    let authority = request.uri().authority();
    if authority.is_some_and(|authority| authority.as_str().is_empty() || !is_host(authority.as_str().as_bytes())) {
        return Err(FieldError::Malformed);
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => Err(FieldError::Duplicate),
        (Some(host), None) if is_host(host.as_bytes()) => Ok(()),
        (Some(_), None) => Err(FieldError::Malformed),
        (None, _) if authority.is_some() || request.version() < Version::HTTP_11 => Ok(()),
        (None, _) => Err(FieldError::Required),
    }
}

/// A name, an IPv4 address or an IPv6 one in brackets, with a port or without. Empty is legal: of a request for nobody in
/// particular.
fn is_host(host: &[u8]) -> bool {
    let is_legal = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte);
    let Ok(text) = std::str::from_utf8(host) else { return false };
    host.is_empty() || host.iter().all(is_legal) && Url::parse(&format!("http://{text}/")).is_ok()
}

/// What stands before `://` in the framework's URL.
fn names_scheme(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(FORWARDED_PROTO).iter();
    values.next().is_none_or(|value| value == "http" || value == "https") && values.next().is_none()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use proptest::prelude::*;

    use super::*;

    fn judged(version: Version, target: &str, hosts: &[&[u8]]) -> Result<(), FieldError> {
        let mut request = Request::builder().version(version).uri(target);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        judge(&request.body(Body::empty()).unwrap())
    }

    #[test]
    fn r44_what_is_no_host_is_none_whatever_it_looks_like() {
        for host in [
            "",
            "a",
            "app.example.org",
            "app.example.org.",
            "a_b.example",
            "xn--bcher-kva.example",
            "a:",
            "a:0",
            "a:65535",
            "127.0.0.1:3000",
            "[::1]",
            "[::1]:3000",
            "localhost",
            "A.EXAMPLE",
        ] {
            assert_eq!(judged(Version::HTTP_11, "/", &[host.as_bytes()]), Ok(()), "{host}");
        }
        for host in [
            &b"a:99999"[..],
            b"a:-1",
            b"a:b",
            b"a:1:2",
            b":80",
            b"a b",
            b"a/b",
            b"a?b",
            b"a#b",
            b"a\\b",
            b"user@a",
            b"user:pw@a",
            b"[::1",
            b"::1",
            b"[::1]x",
            b"[x]",
            b"[]",
            b"a]",
            b"b\xfccher.example",
            "bücher.example".as_bytes(),
            b"a,b c",
            b"<a>",
            b"\"a\"",
            b"a|b",
            b"a^b",
            b"1.2.3.999",
            b"%zz",
            b"%00",
            b"a%20b",
            b"xn--a",
        ] {
            assert_eq!(judged(Version::HTTP_11, "/", &[host]), Err(FieldError::Malformed), "{host:?}");
        }
    }

    #[test]
    fn a_target_that_is_no_path_does_not_become_part_of_the_host() {
        assert!(Url::parse("http://127.0.0.1:3000*").is_err(), "at which the framework panics");
        for host in [&b"127.0.0.1:3000"[..], b"app.example.org", b""] {
            assert_eq!(judged(Version::HTTP_11, "*", &[host]), Err(FieldError::Malformed), "{host:?}");
        }
        assert_eq!(judged(Version::HTTP_10, "*", &[]), Err(FieldError::Malformed));
        assert_eq!(judged(Version::HTTP_11, "/*", &[b"127.0.0.1:3000"]), Ok(()));
    }

    #[test]
    fn r44_one_host_is_named_once() {
        assert_eq!(judged(Version::HTTP_11, "/", &[]), Err(FieldError::Required));
        assert_eq!(judged(Version::HTTP_11, "/", &[b"a", b"a"]), Err(FieldError::Duplicate));
        assert_eq!(judged(Version::HTTP_10, "/readyz", &[]), Ok(()), "a balancer's check");
        assert_eq!(judged(Version::HTTP_10, "/", &[b"a:99999"]), Err(FieldError::Malformed));
        assert_eq!(judged(Version::HTTP_10, "/", &[b"a", b"a"]), Err(FieldError::Duplicate));
        assert_eq!(judged(Version::HTTP_11, "http://a/", &[b"a"]), Ok(()));
        assert_eq!(judged(Version::HTTP_11, "http://user@a/", &[b"a"]), Err(FieldError::Malformed));
        assert_eq!(judged(Version::HTTP_11, "http://a:99999/", &[b"a"]), Err(FieldError::Malformed));
    }

    proptest! {
        // The framework's router panics at what is no URL.
        #[test]
        fn whatever_is_let_through_makes_a_url(host in "[ -~]{0,40}|[a-z0-9.:\\[\\]%-]{0,20}") {
            if is_host(host.as_bytes()) && !host.is_empty() {
                let url = format!("http://{host}/path");
                prop_assert!(Url::parse(&url).is_ok());
            }
        }
    }
}
