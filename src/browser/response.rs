//! What a call got, for the framework to decode. Runs in: the browser.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use js_sys::Uint8Array;
use send_wrapper::SendWrapper;
use server_fn::{
    error::{FromServerFnError, ServerFnErrorErr},
    redirect::REDIRECT_HEADER,
    response::ClientRes,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_streams::ReadableStream;

use crate::shared::Error;

/// A response of the browser's `fetch`.
pub struct Reply(SendWrapper<web_sys::Response>);

impl Reply {
    pub fn new(response: web_sys::Response) -> Self {
        Self(SendWrapper::new(response))
    }

    pub fn into_inner(self) -> web_sys::Response {
        self.0.take()
    }

    /// The error of a 401 or 403, leaving the body for whoever decodes it.
    pub async fn refusal(&self) -> Option<Error> {
        if !matches!(self.0.status(), 401 | 403) {
            return None;
        }
        let text = JsFuture::from(web_sys::Response::clone(&self.0).ok()?.text().ok()?).await.ok()?;
        serde_json::from_str(&text.as_string()?).ok()
    }
}

impl<E: FromServerFnError> ClientRes<E> for Reply {
    fn try_into_string(self) -> impl Future<Output = Result<String, E>> + Send {
        SendWrapper::new(async move {
            let text = read(self.0.text()).await?;
            text.as_string().ok_or_else(|| unreadable("no text"))
        })
    }

    fn try_into_bytes(self) -> impl Future<Output = Result<Bytes, E>> + Send {
        SendWrapper::new(async move {
            let buffer = read(self.0.array_buffer()).await?;
            Ok(Bytes::from(Uint8Array::new(&buffer).to_vec()))
        })
    }

    fn try_into_stream(self) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, E> {
        let body = self.0.body().ok_or_else(|| unreadable("no body"))?;
        let stream = ReadableStream::from_raw(body).into_stream().map(|chunk| match chunk {
            Ok(chunk) => Ok(Bytes::from(chunk.unchecked_into::<Uint8Array>().to_vec())),
            Err(_) => Err(E::from_server_fn_error(ServerFnErrorErr::Request("the stream broke".into())).ser()),
        });
        Ok(SendWrapper::new(stream))
    }

    fn status(&self) -> u16 {
        self.0.status()
    }

    fn status_text(&self) -> String {
        self.0.status_text()
    }

    fn location(&self) -> String {
        self.0.headers().get("Location").ok().flatten().unwrap_or_else(|| self.0.url())
    }

    fn has_redirect(&self) -> bool {
        self.0.headers().has(REDIRECT_HEADER).unwrap_or(false)
    }
}

async fn read<E: FromServerFnError>(promise: Result<js_sys::Promise, JsValue>) -> Result<JsValue, E> {
    let promise = promise.map_err(|_| unreadable("already read"))?;
    JsFuture::from(promise).await.map_err(|_| unreadable("the reply broke off"))
}

fn unreadable<E: FromServerFnError>(why: &str) -> E {
    E::from_server_fn_error(ServerFnErrorErr::Response(why.into()))
}
