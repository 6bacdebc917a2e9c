//! The pages at their addresses. Runs in: both.

use leptos::prelude::*;
use leptos_router::{
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::Route,
    path,
};

use super::pages::{
    Account, Activity, Admin, AdminLog, AdminUser, ConfirmEmail, Devices, ForgotPassword, NotMe, ResetPassword, SignIn,
    SignUp, UndoEmail, VerifyEmail,
};

/// Every page that a person needs for their account: the way in, devices, account, activity, and where the links in mails lead.
/// A child of `Routes`, at the root of the site. In dev builds `/dev/parts` shows every part in each of its states.
#[component(transparent)]
pub fn AccountRoutes() -> AnyNestedRoute {
    let account = view! {
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
    }
    .into_inner()
    .into_any_nested_route();
    #[cfg(debug_assertions)]
    let account = (account, view! { <Route path=path!("dev/parts") view=super::pages::AllParts /> }.into_inner())
        .into_any_nested_route();
    account
}

/// What an admin needs: who is here, each account, and the log. For everybody else these pages are not there.
#[component(transparent)]
pub fn AdminRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("admin") view=Admin />
        <Route path=path!("admin/log") view=AdminLog />
        <Route path=path!("admin/users/:id") view=AdminUser />
    }
    .into_inner()
    .into_any_nested_route()
}
