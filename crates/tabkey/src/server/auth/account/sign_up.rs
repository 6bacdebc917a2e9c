//! Creating an account. Runs in: the server.

use std::collections::BTreeMap;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{common, new_password::check_new_password};
use crate::server::{
    auth::{
        caller::{self, Granted, Visitor},
        node::{Auth, attempts},
        session::{self, announce},
    },
    clock,
    store::{NewUser, SecurityEventKind},
};
use tabkey_core::{DisplayName, Email, Error, FieldError, NewPassword, User};

/// Creates an account and signs it in, both or neither. Errors: 403 `forbidden` where nobody may, 422 with every wrong field, 409
/// `email_taken`, 429, 503; what the application's hooks say.
pub async fn sign_up(
    auth: &Auth,
    visitor: &Visitor,
    email: &str,
    password: String,
    display_name: &str,
) -> Result<Granted, Error> {
    if !auth.config.accounts.sign_up {
        return Err(Error::Forbidden);
    }
    let form = Form::parse(auth, email, Zeroizing::new(password), display_name)?;
    let now = clock::now();
    attempts::from_address(auth, visitor).await?;
    check_new_password(auth, "password", &form.password, &form.email, form.display_name.as_str()).await?;
    let password_hash = auth.hasher.hash(Zeroizing::new(form.password.reveal().to_owned())).await?;
    let user = User {
        id: Uuid::now_v7(),
        email: form.email.as_str().into(),
        display_name: form.display_name.as_str().into(),
        roles: Vec::new(),
    };
    let row = NewUser {
        id: user.id,
        email: user.email.clone(),
        display_name: user.display_name.clone(),
        password_hash,
        created_at: now,
    };
    let begun = session::begin(auth, visitor, user.id, true, now).await?;
    let grantee = session::Grantee::new(user, 1, &begun);
    let event = caller::event(visitor, SecurityEventKind::SignedUp, Some(grantee.user.id), Some(begun.id));
    let begun = auth.store.create_account(row, begun, event).await?;
    announce::began(auth, &grantee, begun, now);
    session::grant(auth, grantee, now)
}

struct Form {
    email: Email,
    password: NewPassword,
    display_name: DisplayName,
}

impl Form {
    /// Looks at every field, so that a person hears of all mistakes at once.
    fn parse(auth: &Auth, email: &str, password: Zeroizing<String>, display_name: &str) -> Result<Self, Error> {
        let mut fields = BTreeMap::new();
        let mut note = |name: &str, error: FieldError| {
            fields.insert(name.to_owned(), error);
        };
        let email = Email::parse(email).map_err(|error| note("email", error)).ok();
        // Without an address, the rules that need one are judged when there is one.
        let nobody = Email::parse("nobody@nowhere.invalid").map_err(|_| Error::busy())?;
        let password = NewPassword::parse(
            &password,
            email.as_ref().unwrap_or(&nobody),
            auth.name,
            auth.config.passwords.min_length,
            common::is_common,
        )
        .map_err(|error| note("password", error))
        .ok();
        let display_name = DisplayName::parse_or_from(display_name, email.as_ref().unwrap_or(&nobody))
            .map_err(|error| note("display_name", error))
            .ok();
        match (email, password, display_name) {
            (Some(email), Some(password), Some(display_name)) => Ok(Self { email, password, display_name }),
            _ => Err(Error::InvalidInput { fields }),
        }
    }
}
