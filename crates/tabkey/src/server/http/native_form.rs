//! Forms that a browser posts by itself, before the WASM is there or without it: answered with a redirect. Runs in: the
//! server.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use http_body_util::BodyExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{cookies::Cookies, flash, form, headers};
use tabkey_core::{ENDED_HEADER, Error, Flash, LocalPath, REFUSED_HEADER};

/// With which the framework tells its own script of a redirect.
const REDIRECT: HeaderName = HeaderName::from_static(server_fn::redirect::REDIRECT_HEADER);

/// Where a form came from and where its sender wants to go.
pub struct NativeForm {
    next: Option<LocalPath>,
    /// The page with the form.
    page: String,
    /// Of the link that led to the page: without it the form could not be filled in again.
    token: Option<String>,
    /// What the next page hears of it: where it is done, and where it failed.
    done: Option<Flash>,
    failed: Flash,
}

impl NativeForm {
    /// `Some` when the browser wants a page back. A form of ours names where it leads to; an adopter's that does not leads
    /// back to its page.
    pub fn take(parts: &Parts, body: &[u8], public_url: &str, is_ours: bool) -> Option<Self> {
        if !headers::wants_page(&parts.headers) {
            return None;
        }
        let path = |field| form::value(body, field).and_then(|path| LocalPath::parse(&path));
        // A page with a token in its address sends no `Referer`: its form says where it is. An adopter's fields of these names
        // are theirs, and a secret in one belongs into no address.
        let page = path("page").filter(|_| is_ours).or_else(|| own_page(&parts.headers, public_url));
        let token = form::value(body, "token").filter(|_| is_ours);
        let next = path("next").or_else(|| page.clone().filter(|_| !is_ours));
        let page = page.as_ref().map_or("/sign-in", LocalPath::path).to_owned();
        let done = flash::outcome(parts.uri.path()).filter(|_| is_ours);
        let failed = if is_ours { flash::typed(body) } else { Flash::default() };
        Some(Self { next, page, token, done, failed })
    }

    /// 303 to where the person wanted to go, or back to the form with codes (never words: anyone can forge an address) and what
    /// was typed.
    pub async fn redirect(self, response: Response, cookies: Cookies<'_>) -> Response {
        let (mut parts, body) = response.into_parts();
        let is_done = parts.status.is_success() || parts.status.is_redirection();
        let flash = if is_done { self.done.as_ref() } else { Some(&self.failed) };
        if let Some(cookie) = flash.and_then(|flash| flash::keep(cookies, flash)) {
            parts.headers.append(header::SET_COOKIE, cookie);
        }
        let location = if is_done {
            // Where the call itself leads somewhere, to a path of this site, that counts.
            let led = parts.headers.get(header::LOCATION).and_then(|led| led.to_str().ok()).map(str::to_owned);
            led.unwrap_or_else(|| self.next.unwrap_or_else(LocalPath::home).as_str().to_owned())
        } else {
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            // An adopter's own words are read by nobody here; a guard's refusal is known all the same.
            let refused = parts.extensions.get::<Error>().cloned();
            let error = serde_json::from_slice(&body).ok().or(refused).unwrap_or_else(Error::busy);
            self.back_with(&error)
        };
        parts.status = StatusCode::SEE_OTHER;
        for name in
            [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::WWW_AUTHENTICATE, header::RETRY_AFTER, REDIRECT]
        {
            parts.headers.remove(name);
        }
        for name in [REFUSED_HEADER, ENDED_HEADER] {
            parts.headers.remove(name);
        }
        let location = HeaderValue::from_str(&location).unwrap_or_else(|_| HeaderValue::from_static("/"));
        parts.headers.insert(header::LOCATION, location);
        Response::from_parts(parts, axum::body::Body::empty())
    }

    fn back_with(&self, error: &Error) -> String {
        let mut query = format!("?code={}", error.code());
        match error {
            Error::InvalidInput { fields } => {
                for (name, wrong) in fields {
                    query += &format!("&field.{}={}", utf8_percent_encode(name, NON_ALPHANUMERIC), word(wrong));
                }
            }
            Error::SessionEnded(ended) => query += &format!("&reason={}&at={}", ended.reason.as_str(), ended.at),
            Error::LinkInvalid { why } => query += &format!("&why={}", word(why)),
            Error::TooManyAttempts { retry_after } => query += &format!("&retry_after={retry_after}"),
            _ => {}
        }
        if let Some(token) = &self.token {
            query += &format!("&token={}", utf8_percent_encode(token, NON_ALPHANUMERIC));
        }
        if let Some(next) = &self.next {
            query += &format!("&next={}", utf8_percent_encode(next.as_str(), NON_ALPHANUMERIC));
        }
        format!("{}{query}", self.page)
    }
}

/// How a code is written.
fn word(code: &impl serde::Serialize) -> String {
    serde_json::to_value(code).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The path of the `Referer`, if it is a page of this site: of the public origin, or of the host that was asked.
fn own_page(headers: &HeaderMap, public_url: &str) -> Option<LocalPath> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_path = |rest: &&str| rest.is_empty() || rest.starts_with(['/', '?', '#']);
    let path = referer.strip_prefix(public_url).filter(is_path).or_else(|| {
        let (_, rest) = referer.split_once("://")?;
        rest.strip_prefix(host?).filter(is_path)
    })?;
    let path = path.split(['?', '#']).next()?;
    LocalPath::parse(if path.is_empty() { "/" } else { path })
}
