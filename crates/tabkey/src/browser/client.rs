//! The interceptor: every authenticated call goes through here. Runs in: the browser.

use bytes::Bytes;
use futures_util::{Sink, Stream};
use send_wrapper::SendWrapper;
use server_fn::{client::Client, client::browser::BrowserClient, error::FromServerFnError};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::{
    abort::{Abort, within},
    clock,
    held::held,
    machine::{Event, Refused},
    request::{By, Recorded},
    response::Reply,
    step_up,
    tab::{self, Bound},
};
use tabkey_core::{AccessToken, Error, Refusal};

/// Milliseconds until the head of a reply: the server gives a call up after 30 s.
const PATIENCE: u32 = 35_000;

/// Names this client in `#[server(client = TabkeyClient)]` and the call is authenticated: the token is attached, renewed
/// when it is about to die, and on 401 `token_expired` or `token_stale` renewed and the request sent once more. On 403
/// `step_up_required` the person is asked for their password, and then the request is sent again; where they would rather
/// not, the caller gets that error.
pub struct TabkeyClient;

/// For the one call that asks for another token by a password: the token that the tab holds goes along as it is, even where
/// it has just died, and nothing is sent twice.
pub struct HeldTokenClient;

/// The same as [`TabkeyClient`] for a hand-written route. Errors: what kept the request from being sent; a reply of any status is `Ok`.
pub async fn fetch(request: Recorded) -> Result<web_sys::Response, Error> {
    intercept(request).await.map(Reply::into_inner)
}

pub(super) async fn intercept(request: Recorded) -> Result<Reply, Error> {
    let (bound, reply) = authenticate(&request).await?;
    if reply.refusal() != Some(Refusal::StepUpRequired) || !step_up::ask(bound.serial).await {
        return Ok(reply);
    }
    drop(reply);
    let (bound, reply) = authenticate(&request).await?;
    if reply.refusal() != Some(Refusal::StepUpRequired) {
        return Ok(reply);
    }
    drop(reply);
    // A refresh that was answered before the proof, and came after it, took its time away: the next one brings it.
    report(&bound, Some(Refused::NeedsNewToken));
    Ok(authenticate(&request).await?.1)
}

/// The reply, and the token that it came to.
async fn authenticate(request: &Recorded) -> Result<(Bound, Reply), Error> {
    let (bound, reply, why) = attempt(request).await?;
    let needs_new_token = why == Some(Refused::NeedsNewToken);
    report(&bound, why);
    if !needs_new_token {
        return Ok((bound, reply));
    }
    drop(reply);
    // Once more, with the same body; a second 401 of this kind goes to the caller.
    let (bound, reply, why) = attempt(request).await?;
    report(&bound, why.filter(|why| *why != Refused::NeedsNewToken));
    Ok((bound, reply))
}

/// One try, and why it was refused where the token is to blame.
async fn attempt(request: &Recorded) -> Result<(Bound, Reply, Option<Refused>), Error> {
    let bound = tab::token().await?;
    let reply = send(request, &bound.token).await?;
    let why = match reply.refusal() {
        Some(Refusal::NeedsNewToken) => Some(Refused::NeedsNewToken),
        Some(Refusal::Ended(ended)) => Some(Refused::Ended(ended)),
        _ => None,
    };
    Ok((bound, reply, why))
}

/// What came of a call, with the session that it was sent in.
fn report(bound: &Bound, why: Option<Refused>) {
    tab::post(match why {
        Some(why) => Event::Refused { session: bound.session, serial: bound.serial, why },
        None => Event::Answered,
    });
}

async fn send_as_it_is(request: Recorded) -> Result<Reply, Error> {
    let session = tab::with(|tab| tab.state.session()).flatten().ok_or(Error::TokenMissing)?;
    let token = held().access_token.ok_or(Error::TokenMissing)?;
    let reply = send(&request, &token).await?;
    if let Some(Refusal::Ended(ended)) = reply.refusal() {
        tab::post(Event::SessionEnded { session, ended });
    }
    Ok(reply)
}

async fn send(request: &Recorded, token: &AccessToken) -> Result<Reply, Error> {
    // A token goes to no other site; browsers read `\` as `/`.
    if !request.path.starts_with('/') || request.path.starts_with("//") || request.path.contains('\\') {
        return Err(Error::CrossSite);
    }
    let is_background = tab::with(|tab| tab.state.is_background(clock::now())) == Some(true);
    let by = if is_background { By::Page } else { By::Person };
    let abort = Abort::new();
    let request = request.build(token, by, abort.signal().as_ref()).map_err(|_| Error::Unreadable)?;
    let window = web_sys::window().ok_or(Error::Offline)?;
    let call = JsFuture::from(window.fetch_with_request(&request));
    let response = within(PATIENCE, call).await?.map_err(|_| Error::Offline)?;
    response.dyn_into().map(|response| Reply::new(response, abort)).map_err(|_| Error::Unreadable)
}

/// Both clients are the framework's but for how a request goes out.
macro_rules! client {
    ($client:ty, $send:path) => {
        impl<E, I, O> Client<E, I, O> for $client
        where
            E: FromServerFnError,
            I: FromServerFnError,
            O: FromServerFnError,
        {
            type Request = Recorded;
            type Response = Reply;

            fn send(request: Recorded) -> impl Future<Output = Result<Reply, E>> + Send {
                SendWrapper::new(async move { $send(request).await.map_err(into_callers) })
            }

            /// A socket has no header for a token; it is the plain client's.
            fn open_websocket(
                path: &str,
            ) -> impl Future<
                Output = Result<
                    (impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static, impl Sink<Bytes> + Send + 'static),
                    E,
                >,
            > + Send {
                <BrowserClient as Client<E, I, O>>::open_websocket(path)
            }

            fn spawn(future: impl Future<Output = ()> + Send + 'static) {
                wasm_bindgen_futures::spawn_local(future);
            }
        }
    };
}

client!(TabkeyClient, intercept);
client!(HeldTokenClient, send_as_it_is);

/// Our error as the caller's: as if the server had said it.
fn into_callers<E: FromServerFnError>(error: Error) -> E {
    E::de(serde_json::to_vec(&error).map(Bytes::from).unwrap_or_default())
}
