//! Server functions that stand in each other's way: of two at one address the framework runs one, whichever it finds last.
//! Runs in: the server.

use std::collections::HashSet;

use axum::{body::Body, extract::Request, http::Method, response::Response};
use server_fn::{ServerFnTraitObj, inventory};

use crate::server::StartError;

/// Errors: two server functions have one address, so that an application's would silently replace one of ours, unguarded.
pub fn are_apart() -> Result<(), StartError> {
    let known = inventory::iter::<ServerFnTraitObj<Request<Body>, Response<Body>>>;
    match twice(known.into_iter().map(|call| (call.path(), call.method()))) {
        None => Ok(()),
        Some((path, method)) => {
            Err(StartError(format!("two server functions answer {method} {path}: give yours another `endpoint`")))
        }
    }
}

fn twice<'a>(calls: impl Iterator<Item = (&'a str, Method)>) -> Option<(&'a str, Method)> {
    let mut seen = HashSet::new();
    calls.into_iter().find(|call| !seen.insert(call.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_calls_at_one_address_are_found() {
        let calls = [("/api/account", Method::GET), ("/api/account", Method::POST), ("/api/account", Method::GET)];

        assert_eq!(twice(calls.into_iter()), Some(("/api/account", Method::GET)));
        assert!(are_apart().is_ok());
    }
}
