//! A request that can be sent twice: recorded, and built anew for each try. Runs in: the browser.
//!
//! The framework's own request can be neither cloned nor rebuilt, and a clone made by the browser shares the abort signal
//! of the first.

use bytes::Bytes;
use futures_util::Stream;
use http::Method;
use js_sys::Uint8Array;
use send_wrapper::SendWrapper;
use server_fn::{
    error::{FromServerFnError, ServerFnErrorErr},
    request::{ClientReq, browser::BrowserFormData},
};
use wasm_bindgen::JsValue;
use web_sys::{AbortSignal, Headers, Request, RequestInit, UrlSearchParams};

use tabkey_core::{AccessToken, BACKGROUND_HEADER};

/// Who makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Person,
    /// The page by itself, while nobody uses it.
    Page,
}

#[derive(Clone, Debug)]
pub struct Recorded {
    pub path: String,
    pub method: Method,
    pub content_type: Option<String>,
    pub accept: Option<String>,
    pub body: Body,
}

#[derive(Clone, Debug)]
pub enum Body {
    None,
    Text(String),
    Bytes(Bytes),
    /// Sent as `application/x-www-form-urlencoded` or `multipart/form-data`, as the kind says.
    Form(SendWrapper<web_sys::FormData>, FormKind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormKind {
    UrlEncoded,
    Multipart,
}

impl Recorded {
    /// A fresh request of the browser's, with the token. A page's own doing is marked as such: it keeps no session from its
    /// idle limit.
    pub fn build(&self, token: &AccessToken, by: By, signal: Option<&AbortSignal>) -> Result<Request, JsValue> {
        let headers = Headers::new()?;
        headers.set("Authorization", &format!("Bearer {}", token.reveal()))?;
        if by == By::Page {
            headers.set(BACKGROUND_HEADER, "?1")?;
        }
        if let Some(accept) = &self.accept {
            headers.set("Accept", accept)?;
        }
        if let Some(content_type) = &self.content_type {
            headers.set("Content-Type", content_type)?;
        }
        let init = RequestInit::new();
        init.set_method(self.method.as_str());
        init.set_headers(&headers);
        init.set_signal(signal);
        match &self.body {
            Body::None => {}
            Body::Text(text) => init.set_body(&text.into()),
            Body::Bytes(bytes) => init.set_body(&Uint8Array::from(bytes.as_ref()).into()),
            Body::Form(form, FormKind::Multipart) => init.set_body(form),
            Body::Form(form, FormKind::UrlEncoded) => {
                init.set_body(&UrlSearchParams::new_with_str_sequence_sequence(form)?.into());
            }
        }
        Request::new_with_str_and_init(&self.path, &init)
    }

    /// For a hand-written route that answers whatever it likes.
    pub fn get(path: &str) -> Self {
        Self::new(path.into(), Method::GET, None, "*/*", Body::None)
    }

    fn new(path: String, method: Method, content_type: Option<&str>, accept: &str, body: Body) -> Self {
        Self { path, method, content_type: content_type.map(Into::into), accept: Some(accept.into()), body }
    }
}

impl<E: FromServerFnError> ClientReq<E> for Recorded {
    type FormData = BrowserFormData;

    fn try_new_req_query(
        path: &str,
        content_type: &str,
        accepts: &str,
        query: &str,
        method: Method,
    ) -> Result<Self, E> {
        let path = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        Ok(Self::new(path, method, Some(content_type), accepts, Body::None))
    }

    fn try_new_req_text(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: String,
        method: Method,
    ) -> Result<Self, E> {
        Ok(Self::new(path.into(), method, Some(content_type), accepts, Body::Text(body)))
    }

    fn try_new_req_bytes(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: Bytes,
        method: Method,
    ) -> Result<Self, E> {
        Ok(Self::new(path.into(), method, Some(content_type), accepts, Body::Bytes(body)))
    }

    fn try_new_req_form_data(
        path: &str,
        accepts: &str,
        content_type: &str,
        body: Self::FormData,
        method: Method,
    ) -> Result<Self, E> {
        let body = Body::Form(SendWrapper::new(body.take()), FormKind::UrlEncoded);
        Ok(Self::new(path.into(), method, Some(content_type), accepts, body))
    }

    /// The browser writes the content type, for only it knows the boundary.
    fn try_new_req_multipart(path: &str, accepts: &str, body: Self::FormData, method: Method) -> Result<Self, E> {
        let body = Body::Form(SendWrapper::new(body.take()), FormKind::Multipart);
        Ok(Self::new(path.into(), method, None, accepts, body))
    }

    /// A stream can be sent once only: use the framework's plain client for it.
    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        method: Method,
    ) -> Result<Self, E> {
        Err(E::from_server_fn_error(ServerFnErrorErr::UnsupportedRequestMethod(format!("streaming {method}"))))
    }
}
