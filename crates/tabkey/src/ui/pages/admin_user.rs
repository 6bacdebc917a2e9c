//! One account: its devices, its last lines of the log, and what an admin may do to it. Runs in: both.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::hooks::use_params_map;

use crate::{
    api,
    browser::session::use_session,
    shared::{AccountDetails, Device, Error, Permission},
    ui::{
        pages::NotFound,
        parts::{
            AdminOnly, Button, Failed, Field, FormNotice, LogTable, Skeleton, Submission, SubmitButton, Time,
            field_value,
        },
        words,
    },
};

#[component]
pub fn AdminUser() -> impl IntoView {
    view! {
        <AdminOnly permission=Permission::ManageUsers title="Account">
            <Shown />
        </AdminOnly>
    }
}

/// What the page does, and how it went: outside of what is drawn anew after each deed.
#[derive(Clone, Copy)]
struct Deeds {
    form: Submission,
    done: RwSignal<Option<String>>,
    changed: Callback<()>,
}

impl Deeds {
    fn doing<T: 'static>(
        self,
        call: impl Future<Output = Result<T, Error>> + 'static,
        words: impl FnOnce(T) -> String + 'static,
    ) {
        self.done.set(None);
        self.form.send(call, move |answer| {
            self.done.try_set(Some(words(answer)));
            // The page may have been left meanwhile, and its callback with it.
            self.changed.try_run(());
        });
    }
}

#[component]
fn Shown() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let resource = Resource::new(move || id.get(), api::admin_user);
    let deeds = Deeds {
        form: Submission::new(),
        done: RwSignal::new(None),
        changed: Callback::new(move |()| resource.refetch()),
    };
    view! {
        <div class="said" role="status" aria-live="polite">
            {move || deeds.done.get().map(|words| view! { <p class="notice notice-good">{words}</p> })}
        </div>
        <FormNotice form=deeds.form />
        <Transition fallback=|| {
            view! { <Skeleton rows=3 /> }
        }>
            {move || Suspend::new(async move {
                match resource.await {
                    Ok(details) => view! { <Details details deeds /> }.into_any(),
                    Err(Error::NotFound | Error::InvalidInput { .. }) => view! { <NotFound /> }.into_any(),
                    Err(error) => view! { <Failed error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Details(details: AccountDetails, deeds: Deeds) -> impl IntoView {
    let AccountDetails { account, sign_in_after, devices, log } = details;
    let id = account.id;
    let is_mine = use_session().user().is_some_and(|user| user.id == id);
    view! {
        <h1>
            {account.display_name}
            {account.blocked_at.map(|_| view! { " " <span class="badge badge-bad">"Blocked"</span> })}
        </h1>
        <dl class="details card details-wide">
            <div>
                <dt>"Email"</dt>
                <dd>{account.email}</dd>
            </div>
            <div>
                <dt>"Signed up"</dt>
                <dd>
                    <Time at=account.created_at />
                </dd>
            </div>
            <div>
                <dt>"Last used"</dt>
                <dd>
                    <Time at=account.last_used_at />
                </dd>
            </div>
            {account.blocked_at.map(|at| view! { <div><dt>"Blocked"</dt><dd><Time at /></dd></div> })}
            {sign_in_after.map(|at| view! { <div><dt>"Asked to sign in again"</dt><dd><Time at /></dd></div> })}
        </dl>
        <div class="actions">
            <Block id=id.to_string() is_blocked=account.blocked_at.is_some() is_mine deeds />
            <Button
                label="Sign out everywhere"
                busy="Signing out…"
                form=deeds.form
                class="button"
                on_press=Callback::new(move |()| {
                    deeds.doing(api::admin_sign_out(id.to_string()), |answer| words::devices_signed_out(answer.revoked));
                })
            />
            <Button
                label="Ask to sign in again"
                busy="Asking…"
                form=deeds.form
                class="button"
                on_press=Callback::new(move |()| {
                    deeds.doing(api::admin_sign_in_again(id.to_string()), |_| {
                        "Every device has to sign in again, each within minutes.".into()
                    });
                })
            />
        </div>
        <Roles id=id.to_string() roles=account.roles deeds />
        <h2>"Devices"</h2>
        <Devices devices />
        <h2>"What happened last"</h2>
        <LogTable lines=log caption="The last lines of the log about this account" />
    }
}

#[component]
fn Block(id: String, is_blocked: bool, is_mine: bool, deeds: Deeds) -> impl IntoView {
    let (label, class) = if is_blocked { ("Unblock", "button") } else { ("Block", "button button-danger") };
    let press = Callback::new(move |()| {
        if is_blocked {
            deeds.doing(api::admin_unblock(id.clone()), |_| "Unblocked: this account can sign in again.".into());
        } else {
            deeds.doing(api::admin_block(id.clone()), |answer| {
                format!("Blocked. {}", words::devices_signed_out(answer.revoked))
            });
        }
    });
    // The server refuses one's own too.
    (!is_mine).then(|| view! { <Button label busy="Working…" form=deeds.form class on_press=press /> })
}

#[component]
fn Roles(id: String, roles: Vec<String>, deeds: Deeds) -> impl IntoView {
    let (to, from) = (id.clone(), StoredValue::new(id));
    let grant = move |event: SubmitEvent| {
        event.prevent_default();
        let role = field_value(&event, "role");
        let words = format!("{role} is given.");
        deeds.doing(api::admin_grant_role(to.clone(), role), move |_| words);
    };
    let row = move |role: String| {
        let name = format!("Take {role} away");
        let shown = role.clone();
        let revoke = Callback::new(move |()| {
            let words = format!("{role} is taken away.");
            deeds.doing(api::admin_revoke_role(from.get_value(), role.clone()), move |_| words);
        });
        view! {
            <li>
                <span>{shown}</span>
                <Button
                    label="Take away"
                    busy="Take away"
                    name=Signal::derive(move || name.clone())
                    form=deeds.form
                    class="button button-small"
                    on_press=revoke
                />
            </li>
        }
    };
    view! {
        <h2>"Roles"</h2>
        {roles.is_empty().then(|| view! { <p class="muted">"None beside what everybody may do."</p> })}
        <ul class="roles" role="list" aria-label="Roles">
            {roles.into_iter().map(row).collect_view()}
        </ul>
        <form class="filter" on:submit=grant novalidate>
            <Field form=deeds.form name="role" label="Another role" kind="text" autocomplete="off" />
            <SubmitButton form=deeds.form label="Give" busy="Giving…" with_token=true />
        </form>
    }
}

#[component]
fn Devices(devices: Vec<Device>) -> impl IntoView {
    if devices.is_empty() {
        return view! { <p class="muted">"Signed in nowhere."</p> }.into_any();
    }
    let row = |device: Device| {
        view! {
            <li class="device">
                <span class="device-icon" data-kind=device.kind.clone() aria-hidden="true"></span>
                <div class="device-body">
                    <p class="device-name">{device.name.clone()}</p>
                    <p class="muted">{words::device(&device)}</p>
                    <p class="muted">"Used " <Time at=device.last_used_at /> " · signed in " <Time at=device.created_at /></p>
                </div>
            </li>
        }
    };
    view! {
        <ul class="devices" role="list" aria-label="Devices">
            {devices.into_iter().map(row).collect_view()}
        </ul>
    }
    .into_any()
}
