//! What the tokens of a call say, where they are genuine: whether their session lives is another question. Runs in: the
//! server.

use std::sync::Arc;

use crate::server::auth::{
    caller::{
        Secret, Visitor,
        refresh_token::{self, Presented},
    },
    node::Auth,
};
use tabkey_core::{Error, FieldError, Profile};
use tabkey_verifier::trust::{Claims, Untrusted};

/// Milliseconds that a call may take on its way, beside the grace that the tab counts.
const ON_THE_WAY: i64 = 10_000;

/// What an access token says, whether or not its session lives. A key that is not known here is looked for in the
/// database. Errors: 401 `token_invalid`, `token_expired`; 503 where the database cannot say.
pub async fn claims(auth: &Auth, token: &str, now: i64) -> Result<Arc<Claims>, Error> {
    let mut verified = auth.tokens.verify(&auth.keys.present(), token, now);
    if verified == Err(Untrusted::UnknownKey) {
        auth.keys.read_again(&auth.store).await?;
        verified = auth.tokens.verify(&auth.keys.present(), token, now);
    }
    verified.map_err(|untrusted| match untrusted {
        Untrusted::Expired => Error::TokenExpired,
        Untrusted::Invalid | Untrusted::UnknownKey => Error::TokenInvalid,
    })
}

/// What a refresh token names, if it is genuine. A key that is not known here is looked for in the database.
/// Errors: 503 where that cannot say.
pub async fn presented(auth: &Auth, token: Option<&Secret>) -> Result<Option<Presented>, Error> {
    let Some(token) = token else { return Ok(None) };
    let parse = || {
        let keys = auth.keys.present();
        refresh_token::parse(&token.0, |id| keys.refresh_by_id(id))
    };
    let mut parsed = parse();
    if parsed == Err(Untrusted::UnknownKey) {
        auth.keys.read_again(&auth.store).await?;
        parsed = parse();
    }
    Ok(parsed.ok())
}

/// The refresh token of a call: the cookie, or under the profile `tab` the form's field, and never the one for the other.
/// Errors: 422 for a field that the profile does not have.
pub fn refresh_token(auth: &Auth, visitor: &Visitor, field: String) -> Result<Option<Secret>, Error> {
    match (auth.config.session.profile, field.is_empty()) {
        (Profile::Tab, is_empty) => Ok((!is_empty).then_some(Secret(field))),
        (_, true) => Ok(visitor.refresh_token.clone()),
        (_, false) => Err(Error::field("refresh_token", FieldError::Unknown)),
    }
}

/// How long after its end, in milliseconds, an access token may still continue its session or sign it out; it authorises
/// nothing else any more.
pub fn late(auth: &Auth) -> i64 {
    let grace = Profile::grace(auth.config.session.access_token_ttl.as_secs());
    i64::try_from(grace).unwrap_or(0) * 1_000 + ON_THE_WAY
}
