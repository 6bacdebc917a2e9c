//! One form on its way to the server and back. Runs in: both.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlElement, HtmlFormElement};

use super::{link::forget_address, with_next};
use crate::{
    browser::session::use_session,
    ui::words::{FIELDS, Words, is_about_a_field, words},
};
use tabkey_core::{Error, Site};

/// Whether a form is under way, and what came back if it failed.
#[derive(Clone, Copy)]
pub struct Submission {
    busy: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
    /// Whether it was posted without the WASM, failed, and is shown again.
    is_back: bool,
    site: Site,
    words: &'static Words,
}

impl Submission {
    pub fn unsent() -> Self {
        Self {
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            is_back: false,
            site: use_session().site(),
            words: words(),
        }
    }

    /// With what a form that was posted without the WASM brought back in the address, which says it once: a way back in the
    /// history, or a reload, begins afresh.
    pub fn from_address() -> Self {
        let query = use_query_map();
        let error = query.with_untracked(error_in);
        if error.is_some() {
            let next = query.with_untracked(|query| query.get("next")).unwrap_or_default();
            Effect::new(move |_| forget_address(&with_next("", &next)));
        }
        Self { is_back: error.is_some(), error: RwSignal::new(error), ..Self::unsent() }
    }

    /// As it looks while it is on its way, or once it has failed.
    #[cfg(debug_assertions)]
    pub(in crate::ui) fn in_state(busy: bool, error: Option<Error>) -> Self {
        Self { busy: RwSignal::new(busy), error: RwSignal::new(error), ..Self::unsent() }
    }

    pub fn is_busy(self) -> bool {
        self.busy.get()
    }

    /// What is wrong with this field, in words.
    pub fn of_field(self, name: &'static str) -> Option<String> {
        self.error.with(|error| error.as_ref().and_then(|error| self.words.field(error, name, &self.site)))
    }

    /// What was typed into this field before the form came back.
    pub fn typed(self, name: &str) -> Option<String> {
        use_session().typed(name).filter(|_| self.is_back)
    }

    /// What is wrong with the form as a whole.
    pub fn general(self) -> Option<Error> {
        self.error.get().filter(|error| !is_about_a_field(error))
    }

    /// Sends it, unless it is on its way already. Nothing happens to a page that is gone when the answer comes.
    pub fn send<T: 'static>(
        self,
        call: impl Future<Output = Result<T, Error>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let answer = call.await;
            self.busy.try_set(false);
            match answer {
                Ok(answer) => done(answer),
                Err(error) => {
                    self.error.try_set(Some(error));
                    request_animation_frame(focus_first_mistake);
                }
            }
        });
    }
}

/// What the person typed into a field of the form that is being sent; empty where there is none.
pub fn field_value(event: &leptos::ev::SubmitEvent, name: &str) -> String {
    let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
    let data = form.and_then(|form| FormData::new_with_form(&form).ok());
    data.and_then(|data| data.get(name).as_string()).unwrap_or_default()
}

fn focus_first_mistake() {
    let field = document().query_selector("[aria-invalid='true']").ok().flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        let _ = field.focus();
    }
}

/// `code`, `retry_after`, `why` and `field.<name>` of an address that anyone can forge: known codes only, never words.
fn error_in(query: &ParamsMap) -> Option<Error> {
    let code = query.get("code")?;
    let retry_after = query.get("retry_after").and_then(|seconds| seconds.parse::<u32>().ok()).unwrap_or(1);
    let fields: serde_json::Map<String, Value> = FIELDS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), Value::String(query.get(&format!("field.{name}"))?))))
        .collect();
    let why = query.get("why").unwrap_or_else(|| "unknown".into());
    serde_json::from_value(json!({ "code": code, "retry_after": retry_after, "fields": fields, "why": why })).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tabkey_core::FieldError;

    fn error(pairs: &[(&'static str, &str)]) -> Option<Error> {
        let mut query = ParamsMap::new();
        for (name, value) in pairs {
            query.insert(*name, (*value).to_owned());
        }
        error_in(&query)
    }

    #[test]
    fn an_address_brings_back_codes() {
        assert_eq!(error(&[("code", "wrong_credentials")]), Some(Error::WrongCredentials));
        assert_eq!(
            error(&[("code", "invalid_input"), ("field.email", "malformed")]),
            Some(Error::field("email", FieldError::Malformed))
        );
    }

    #[test]
    fn an_address_brings_back_nothing_else() {
        assert_eq!(error(&[]), None);
        assert_eq!(error(&[("code", "call this number")]), None);
        assert_eq!(error(&[("code", "invalid_input"), ("field.email", "call this number")]), None);
    }
}
