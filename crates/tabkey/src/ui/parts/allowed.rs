//! What only a person with a permission sees. Runs in: both.

use leptos::prelude::*;

use crate::browser::session::use_session;
use tabkey_core::Permit;

/// Shows its children to a person whose roles allow it, by the table that guards the server functions too, and
/// `otherwise` to everybody else. A role that is given or taken shows at once.
#[component]
pub fn Allowed<P: Permit>(
    permission: P,
    #[prop(optional, into)] otherwise: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let is_allowed = Memo::new(move |_| session.user().is_some_and(|user| permission.is_held_by(&user.roles)));
    move || if is_allowed.get() { children().into_any() } else { otherwise.run() }
}
