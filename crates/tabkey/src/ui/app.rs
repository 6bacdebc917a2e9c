//! The app and the route table. Runs in: both.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{Route, Router, Routes},
    path,
};

use super::{
    pages::{
        Account, Activity, Admin, AdminLog, AdminUser, ConfirmEmail, Devices, ForgotPassword, Home, NotFound, NotMe,
        ResetPassword, SignIn, SignUp, UndoEmail, VerifyEmail,
    },
    parts::{Connection, ContinueDialog, DebugPanel, IdleWarning, Nav, StepUp, WhySignedOut},
};
use crate::browser::session::provide_session;

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let session = provide_session();
    Effect::new(move |_| cover(session.is_covered()));
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
                <WhySignedOut />
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

/// Keeps what is private out of sight: `<html data-covered>`.
fn cover(is_covered: bool) {
    if let Some(root) = document().document_element() {
        let _ = root.toggle_attribute_with_force("data-covered", is_covered);
    }
}
