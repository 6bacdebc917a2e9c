//! The shell, the app and the route table. Runs in: both.

use leptos::prelude::*;

#[component]
pub fn App() -> impl IntoView {
    crate::browser::session::provide_session();
    view! { <p>"Tabkey"</p> }
}

/// The HTML document around the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let _ = options;
    view! { <App /> }
}
