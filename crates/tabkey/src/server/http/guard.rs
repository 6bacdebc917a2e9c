//! Who may call: the first line of every server function, and the extractor of hand-written routes. Runs in: the server.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    http::{HeaderName, HeaderValue, header, request::Parts},
};
use futures::Stream;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

pub use super::costs::Costly;
use super::{
    cookies::Cookies,
    costs::Costs,
    state::AppState,
    visitor::{bearer, visitor},
};
use crate::server::{
    Database,
    auth::{self, Auth, Granted, SignedIn, Visitor, listen},
};
use tabkey_core::{Error, Grant, Permit};

/// One call: of a server function, or, as an extractor, of a hand-written route.
pub struct Call {
    pub auth: Arc<Auth>,
    pub visitor: Visitor,
    response: ResponseOptions,
    costs: Arc<Costs>,
    refused: Refused,
}

/// How a server function came to be called.
#[derive(Clone, Debug)]
pub enum Caller {
    /// By a request of its own: the bearer token counts.
    Request,
    /// While a page is drawn: the person whom the page is for, recognised by the refresh cookie.
    Page(Option<SignedIn>),
}

/// What the last guard said, where it refused: the words may be another's.
#[derive(Clone, Default)]
pub struct Refused(Arc<Mutex<Option<Error>>>);

impl Refused {
    fn note<T>(outcome: Result<T, Error>) -> Result<T, Error> {
        use_context::<Self>().unwrap_or_default().keep(outcome)
    }

    /// The same for an extractor.
    fn note_in<T>(parts: &Parts, outcome: Result<T, Error>) -> Result<T, Error> {
        Self::of(parts).keep(outcome)
    }

    fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_default()
    }

    fn keep<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = outcome.as_ref().err().cloned();
        outcome
    }

    pub fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Call {
    /// The one database, for tables of the application's own.
    pub fn database(&self) -> Database {
        Database::new(self.auth.store.clone())
    }

    /// The stream, until the session is over, the person's roles are others, or the node stops: as
    /// `Ok(TextStream::new(call.while_signed_in(&me, changes).await?))`. It belongs to the session, not to the token: renewal does
    /// not cut it. Errors: 401 `session_ended`, `token_stale`, 503.
    pub async fn while_signed_in<S>(
        &self,
        me: &SignedIn,
        stream: S,
    ) -> Result<impl Stream<Item = S::Item> + Send + use<S>, Error>
    where
        S: Stream + Send,
    {
        self.refused.keep(listen::accompany(&self.auth, me, stream).await)
    }

    /// Sets both cookies, where the profile has any, and hands on the reply.
    pub(crate) fn grant(&self, granted: Granted) -> Result<Grant, Error> {
        for cookie in Cookies::of(&self.auth.config).into_iter().flat_map(|cookies| cookies.of_grant(&granted)) {
            self.response.append_header(header::SET_COOKIE, cookie);
        }
        Ok(granted.grant)
    }

    /// Counts a call that is dear, for the person who makes it. Errors: 429.
    pub fn spend(&self, cost: Costly, me: &SignedIn) -> Result<(), Error> {
        Refused::note(self.costs.spend(cost, me.user_id))
    }

    /// Clears both cookies, and what the browser kept of the pages (`Clear-Site-Data`).
    pub(crate) fn clear_cookies(&self) {
        for cookie in Cookies::of(&self.auth.config).into_iter().flat_map(Cookies::cleared) {
            self.response.append_header(header::SET_COOKIE, cookie);
        }
        let name = HeaderName::from_static("clear-site-data");
        self.response.insert_header(name, HeaderValue::from_static("\"cache\""));
    }
}

/// Lets everybody through.
pub fn anyone() -> Result<Call, Error> {
    Ok(context()?.0)
}

/// Lets a person with a live access token through; while a page is drawn, the person whom the page is for. Errors: 401
/// `token_missing`, `token_invalid`, `token_expired`, `token_stale`, `session_ended`.
pub async fn signed_in() -> Result<(Call, SignedIn), Error> {
    let (call, parts) = context()?;
    match use_context::<Caller>() {
        Some(Caller::Page(person)) => Ok((call, person.ok_or(Error::TokenMissing)?)),
        _ => {
            let token = Refused::note(bearer(&parts.headers))?;
            let me = Refused::note(auth::verify(&call.auth, &call.visitor, &token.0).await)?;
            Ok((call, me))
        }
    }
}

/// As [`signed_in`], and `None` for who brings no token at all. A call that goes on for visitors too asks so: what it fails with
/// is then its own.
pub async fn maybe_signed_in() -> Result<(Call, Option<SignedIn>), Error> {
    match signed_in().await {
        Ok((call, me)) => Ok((call, Some(me))),
        Err(Error::TokenMissing) => Ok((Refused::note(Ok::<_, Error>(context()?.0))?, None)),
        Err(error) => Err(error),
    }
}

/// As [`signed_in`], and only for a person who proved their password a short while ago (`session.step_up_age`). The
/// interceptor asks for it where it must, and sends the call again. Errors: 403 `step_up_required` beside those.
pub async fn recently_signed_in() -> Result<(Call, SignedIn), Error> {
    let (call, me) = signed_in().await?;
    Refused::note(auth::step_up::require(&call.auth, &me))?;
    Ok((call, me))
}

/// As [`signed_in`], and only for a person whose roles allow it: the same table hides it from everybody else's pages
/// (`<Allowed>`). Errors: 403 `forbidden` beside those.
pub async fn allowed(permission: impl Permit) -> Result<(Call, SignedIn), Error> {
    let (call, me) = signed_in().await?;
    Refused::note(me.require(permission))?;
    Ok((call, me))
}

/// [`allowed`] and [`recently_signed_in`] together. Who may not do it is not asked for a password.
pub async fn allowed_recently(permission: impl Permit) -> Result<(Call, SignedIn), Error> {
    let (call, me) = allowed(permission).await?;
    Refused::note(auth::step_up::require(&call.auth, &me))?;
    Ok((call, me))
}

/// Lets everybody through, as [`anyone`]: `async fn handler(call: Call, me: SignedIn)`.
impl<S> FromRequestParts<S> for Call
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let AppState { auth, costs, .. } = AppState::from_ref(state);
        let visitor = visitor(parts, &auth.config);
        Ok(Self { auth, visitor, response: ResponseOptions::default(), costs, refused: Refused::of(parts) })
    }
}

/// The guard [`recently_signed_in`] for a hand-written route: `async fn handler(RecentlySignedIn(me): RecentlySignedIn)`.
#[derive(Clone, Debug)]
pub struct RecentlySignedIn(pub SignedIn);

impl<S> FromRequestParts<S> for RecentlySignedIn
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let me = <SignedIn as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let recent = auth::step_up::require(&AppState::from_ref(state).auth, &me);
        Refused::note_in(parts, recent).map(|()| Self(me))
    }
}

/// The same guard for a hand-written route: `async fn handler(me: SignedIn) -> …`, of any state that holds ours. Errors: as
/// [`signed_in`].
impl<S> FromRequestParts<S> for SignedIn
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let state = AppState::from_ref(state);
        let token = Refused::note_in(parts, bearer(&parts.headers))?;
        let me = auth::verify(&state.auth, &visitor(parts, &state.auth.config), &token.0).await;
        Refused::note_in(parts, me)
    }
}

/// `Option<SignedIn>`: `None` without a token; a bad token is still an error.
impl<S> OptionalFromRequestParts<S> for SignedIn
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Error> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(me) => Ok(Some(me)),
            Err(Error::TokenMissing) => Refused::note_in(parts, Ok(None)),
            Err(error) => Err(error),
        }
    }
}

/// Errors: 503 outside a request, where there is nobody to answer.
fn context() -> Result<(Call, Parts), Error> {
    let state = use_context::<AppState>().ok_or_else(Error::busy)?;
    let parts = use_context::<Parts>().ok_or_else(Error::busy)?;
    let response = use_context::<ResponseOptions>().unwrap_or_default();
    let visitor = visitor(&parts, &state.auth.config);
    let refused = use_context::<Refused>().unwrap_or_default();
    Ok((Call { auth: state.auth, visitor, response, costs: state.costs, refused }, parts))
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::Body,
        http::{Request, StatusCode},
        routing::get,
    };
    use leptos::prelude::LeptosOptions;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use tower::ServiceExt;

    use super::*;
    use crate::server::{config::Config, http::router, mail::ENGLISH};

    #[tokio::test]
    async fn a_hand_written_route_has_the_same_guard() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::for_tests();
        config.store.url = format!("sqlite:{}", folder.path().join("test.db").display()).into();
        let auth = Auth::open(Arc::new(config), &ENGLISH, &Default::default()).await.unwrap();
        let visitor = visitor(&Request::new(()).into_parts().0, &auth.config);
        let granted =
            auth::sign_up(&auth, &visitor, "ann@example.org", "seven green lamps sing".into(), "").await.unwrap();
        let routes = Router::new()
            .route("/mine", get(|me: SignedIn| async move { me.user_id.to_string() }))
            .route("/important", get(|RecentlySignedIn(me): RecentlySignedIn| async move { me.user_id.to_string() }))
            .route("/anyone", get(|me: Option<SignedIn>| async move { me.is_some().to_string() }))
            .route(
                "/worded",
                get(
                    |me: Result<SignedIn, Error>| async move { me.map_or(StatusCode::IM_A_TEAPOT, |_| StatusCode::OK) },
                ),
            );
        let leptos = LeptosOptions::builder().output_name("tabkey").build();
        let state = AppState::new(auth.clone(), leptos, PrometheusBuilder::new().build_recorder().handle());
        let app = router(state, routes, || (), |_| ());
        let ask = async |path: &str, token: Option<&str>| {
            let mut request = Request::get(path).header("host", "here");
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let status = response.status();
            let body = axum::body::to_bytes(response.into_body(), 4_096).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };
        let token = granted.grant.access_token.reveal();

        assert_eq!(ask("/mine", Some(token)).await, (StatusCode::OK, granted.grant.user.id.to_string()));
        assert_eq!(ask("/mine", None).await, (StatusCode::UNAUTHORIZED, r#"{"code":"token_missing"}"#.into()));
        assert_eq!(ask("/mine", Some("rubbish")).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(ask("/important", Some(token)).await, (StatusCode::OK, granted.grant.user.id.to_string()));
        assert_eq!(ask("/important", None).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(ask("/anyone", None).await, (StatusCode::OK, "false".into()));
        assert_eq!(ask("/anyone", Some(token)).await, (StatusCode::OK, "true".into()));
        let request = Request::get("/worded").header("host", "here").body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
        assert_eq!(response.headers()["tabkey-refused"], "token_missing", "whatever the handler makes of it");
        auth.close().await;
    }
}
