//! What a call got, for the framework to decode. Runs in: the browser.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use js_sys::Uint8Array;
use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;
use server_fn::{
    error::{FromServerFnError, ServerFnErrorErr},
    redirect::REDIRECT_HEADER,
    response::ClientRes,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_streams::ReadableStream;

use super::abort::{Abort, within};
use tabkey_core::{ENDED_HEADER, Error, REFUSED_HEADER, Refusal};

/// Milliseconds that the rest of a reply may take, once its head has come.
const PATIENCE: u32 = 35_000;

/// A response of the browser's `fetch`, which is aborted where this is dropped before all of it was read.
pub struct Reply(SendWrapper<(web_sys::Response, Abort)>);

impl Reply {
    pub fn new(response: web_sys::Response, abort: Abort) -> Self {
        Self(SendWrapper::new((response, abort)))
    }

    pub fn response(&self) -> &web_sys::Response {
        &self.0.0
    }

    /// From now on nobody aborts it.
    pub fn into_inner(self) -> web_sys::Response {
        let (response, abort) = self.0.take();
        abort.release();
        response
    }

    /// What a refusal of ours wants of the tab; the body is for whoever wrote the call.
    pub fn refusal(&self) -> Option<Refusal> {
        let headers = self.response().headers();
        let code = headers.get(REFUSED_HEADER).ok().flatten()?;
        Refusal::read(&code, headers.get(ENDED_HEADER).ok().flatten().as_deref())
    }

    /// Milliseconds that `Retry-After` says to wait: it holds seconds, or a date (RFC 9110 §10.2.3).
    pub fn retry_after(&self) -> Option<u64> {
        let value = self.response().headers().get("Retry-After").ok().flatten()?;
        if let Ok(seconds) = value.trim().parse::<u32>() {
            return Some(u64::from(seconds) * 1_000);
        }
        let wait = js_sys::Date::parse(&value) - js_sys::Date::now();
        (wait > 0.0).then_some(wait as u64)
    }

    /// What the server answered, in its own words or, where somebody between says it, in what its status means.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        let text = within(PATIENCE, read::<Error>(self.response().text())).await.flatten()?;
        let text = text.as_string().unwrap_or_default();
        if self.response().ok() {
            return serde_json::from_str(&text).map_err(|_| Error::Unreadable);
        }
        let wait = self.retry_after().map(|wait| u32::try_from(wait.div_ceil(1_000)).unwrap_or(u32::MAX));
        let said = serde_json::from_str::<Error>(&text).ok();
        Err(match (said, wait) {
            (Some(Error::TooManyAttempts { retry_after }), _) => Error::TooManyAttempts { retry_after },
            (Some(Error::Busy { retry_after }), wait) => {
                Error::Busy { retry_after: retry_after.max(wait.unwrap_or(0)) }
            }
            (Some(error), _) => error,
            (None, Some(retry_after)) => Error::Busy { retry_after },
            (None, None) => Error::Unreadable,
        })
    }
}

impl<E: FromServerFnError> ClientRes<E> for Reply {
    fn try_into_string(self) -> impl Future<Output = Result<String, E>> + Send {
        SendWrapper::new(async move {
            let text = in_time(read(self.response().text())).await?;
            text.as_string().ok_or_else(|| unreadable("no text"))
        })
    }

    fn try_into_bytes(self) -> impl Future<Output = Result<Bytes, E>> + Send {
        SendWrapper::new(async move {
            let buffer = in_time(read(self.response().array_buffer())).await?;
            Ok(Bytes::from(Uint8Array::new(&buffer).to_vec()))
        })
    }

    fn try_into_stream(self) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, E> {
        let body = self.response().body().ok_or_else(|| unreadable("no body"))?;
        let stream = ReadableStream::from_raw(body).into_stream().map(move |chunk| match (&self, chunk) {
            (_, Ok(chunk)) => Ok(Bytes::from(chunk.unchecked_into::<Uint8Array>().to_vec())),
            (_, Err(_)) => Err(E::from_server_fn_error(ServerFnErrorErr::Request("the stream broke".into())).ser()),
        });
        Ok(SendWrapper::new(stream))
    }

    fn status(&self) -> u16 {
        self.response().status()
    }

    fn status_text(&self) -> String {
        self.response().status_text()
    }

    fn location(&self) -> String {
        self.response().headers().get("Location").ok().flatten().unwrap_or_else(|| self.response().url())
    }

    fn has_redirect(&self) -> bool {
        self.response().headers().has(REDIRECT_HEADER).unwrap_or(false)
    }
}

async fn in_time<E: FromServerFnError>(reading: impl Future<Output = Result<JsValue, E>>) -> Result<JsValue, E> {
    within(PATIENCE, reading).await.map_err(|_| unreadable("the reply broke off"))?
}

async fn read<E: FromServerFnError>(promise: Result<js_sys::Promise, JsValue>) -> Result<JsValue, E> {
    let promise = promise.map_err(|_| unreadable("already read"))?;
    JsFuture::from(promise).await.map_err(|_| unreadable("the reply broke off"))
}

fn unreadable<E: FromServerFnError>(why: &str) -> E {
    E::from_server_fn_error(ServerFnErrorErr::Response(why.into()))
}
