//! The shell, the app and the route table. Runs in: both.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    components::{Route, Router, Routes},
    path,
};

use super::{
    pages::{
        Account, Activity, Admin, AdminLog, AdminUser, ConfirmEmail, Devices, ForgotPassword, Home, NotFound, NotMe,
        ResetPassword, SignIn, SignUp, UndoEmail, VerifyEmail,
    },
    parts::{Connection, ContinueDialog, DebugPanel, IdleWarning, Nav, StepUp},
};
use crate::browser::session::provide_session;

/// The HTML document around the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta
                    name="description"
                    content="Sign-in for Leptos apps: tokens in memory, renewed silently, revocable at once."
                />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" id="leptos" href="/pkg/tabkey.css" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let session = provide_session();
    Effect::new(move |_| {
        if session.is_ready() {
            mark_hydrated();
        }
    });
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Tabkey".into() } else { format!("{title} · Tabkey") } />
        <a class="skip" href="#main">
            "Skip to the content"
        </a>
        <Router>
            <Nav />
            <Connection />
            <IdleWarning />
            <ContinueDialog />
            <main id="main" tabindex="-1">
                <Routes fallback=|| view! { <NotFound /> }>
                    <Route path=path!("") view=Home />
                    <Route path=path!("sign-in") view=SignIn />
                    <Route path=path!("sign-up") view=SignUp />
                    <Route path=path!("forgot-password") view=ForgotPassword />
                    <Route path=path!("reset-password") view=ResetPassword />
                    <Route path=path!("verify-email") view=VerifyEmail />
                    <Route path=path!("confirm-email") view=ConfirmEmail />
                    <Route path=path!("undo-email") view=UndoEmail />
                    <Route path=path!("not-me") view=NotMe />
                    <Route path=path!("account") view=Account />
                    <Route path=path!("activity") view=Activity />
                    <Route path=path!("devices") view=Devices />
                    <Route path=path!("admin") view=Admin />
                    <Route path=path!("admin/log") view=AdminLog />
                    <Route path=path!("admin/users/:id") view=AdminUser />
                </Routes>
            </main>
            <StepUp />
            <DebugPanel />
        </Router>
    }
}

/// Says in the document that the page answers now: `<html data-hydrated="true">`.
fn mark_hydrated() {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-hydrated", "true");
    }
}
