//! One account: its devices, its last lines of the log, and what an admin may do to it. Runs in: both.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::hooks::use_params_map;

use super::AdminOnly;
use crate::{
    api,
    browser::session::use_session,
    ui::{
        pages::NotFound,
        parts::{Button, Failed, Field, FormNotice, LogTable, Skeleton, Submission, SubmitButton, Time, field_value},
        words::{unless_empty, words},
    },
};
use tabkey_core::{AccountDetails, Device, Error, Permission};

#[component]
pub fn AdminUser() -> impl IntoView {
    view! {
        <AdminOnly permission=Permission::ManageUsers title=words().admin_user.title>
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
        form: Submission::unsent(),
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
    let words = &words().admin_user;
    let AccountDetails { account, sign_in_after, devices, log } = details;
    let id = account.id;
    let is_mine = use_session().user().is_some_and(|user| user.id == id);
    view! {
        <h1>
            {account.display_name}
            {account.blocked_at.map(|_| view! { " " <span class="badge badge-bad">{words.blocked}</span> })}
        </h1>
        <dl class="details card details-wide">
            <div>
                <dt>{words.email}</dt>
                <dd>{account.email}</dd>
            </div>
            <div>
                <dt>{words.signed_up}</dt>
                <dd>
                    <Time at=account.created_at />
                </dd>
            </div>
            <div>
                <dt>{words.last_used}</dt>
                <dd>
                    <Time at=account.last_used_at />
                </dd>
            </div>
            {account.blocked_at.map(|at| view! { <div><dt>{words.blocked}</dt><dd><Time at /></dd></div> })}
            {sign_in_after.map(|at| view! { <div><dt>{words.sign_in_after}</dt><dd><Time at /></dd></div> })}
        </dl>
        <div class="actions">
            <Block id=id.to_string() is_blocked=account.blocked_at.is_some() is_mine deeds />
            <Button
                label=words.sign_out
                busy=words.signing_out
                form=deeds.form
                class="button"
                on_press=Callback::new(move |()| {
                    deeds.doing(api::admin_sign_out(id.to_string()), |answer| (words.was_signed_out)(answer.revoked));
                })
            />
            <Button
                label=words.sign_in_again
                busy=words.asking
                form=deeds.form
                class="button"
                on_press=Callback::new(move |()| {
                    deeds.doing(api::admin_sign_in_again(id.to_string()), |_| words.was_asked.into());
                })
            />
        </div>
        <Roles id=id.to_string() roles=account.roles deeds />
        <h2>{words.devices}</h2>
        <Devices devices />
        <h2>{words.log}</h2>
        <LogTable lines=log caption=words.log_caption />
    }
}

#[component]
fn Block(id: String, is_blocked: bool, is_mine: bool, deeds: Deeds) -> impl IntoView {
    let words = &words().admin_user;
    let (label, class) = if is_blocked { (words.unblock, "button") } else { (words.block, "button button-danger") };
    let press = Callback::new(move |()| {
        if is_blocked {
            deeds.doing(api::admin_unblock(id.clone()), |_| words.was_unblocked.into());
        } else {
            deeds.doing(api::admin_block(id.clone()), |answer| (words.was_blocked)(answer.revoked));
        }
    });
    // The server refuses one's own too.
    (!is_mine).then(|| view! { <Button label busy=words.working form=deeds.form class on_press=press /> })
}

#[component]
fn Roles(id: String, roles: Vec<String>, deeds: Deeds) -> impl IntoView {
    let words = &words().admin_user;
    let (to, from) = (id.clone(), StoredValue::new(id));
    let grant = move |event: SubmitEvent| {
        event.prevent_default();
        let role = field_value(&event, "role");
        let given = (words.role_given)(&role);
        deeds.doing(api::admin_grant_role(to.clone(), role), move |_| given);
    };
    let row = move |role: String| {
        let name = (words.take_this_role)(&role);
        let shown = role.clone();
        let revoke = Callback::new(move |()| {
            let taken = (words.role_taken)(&role);
            deeds.doing(api::admin_revoke_role(from.get_value(), role.clone()), move |_| taken);
        });
        view! {
            <li>
                <span>{shown}</span>
                <Button
                    label=words.take_role
                    busy=words.take_role
                    name=Signal::derive(move || name.clone())
                    form=deeds.form
                    class="button button-small"
                    on_press=revoke
                />
            </li>
        }
    };
    view! {
        <h2>{words.roles}</h2>
        {roles.is_empty().then(|| view! { <p class="muted">{words.no_roles}</p> })}
        <ul class="roles" role="list" aria-label=words.roles_list>
            {roles.into_iter().map(row).collect_view()}
        </ul>
        <form class="filter" on:submit=grant novalidate>
            <Field form=deeds.form name="role" label=words.another_role kind="text" autocomplete="off" />
            <SubmitButton form=deeds.form label=words.give_role busy=words.giving_role with_token=true />
        </form>
    }
}

#[component]
fn Devices(devices: Vec<Device>) -> impl IntoView {
    let words = words();
    let said = &words.admin_user;
    if devices.is_empty() {
        return view! { <p class="muted">{said.no_devices}</p> }.into_any();
    }
    let row = |device: Device| {
        view! {
            <li class="device">
                <span class="device-icon" data-kind=device.kind.clone() aria-hidden="true"></span>
                <div class="device-body">
                    <p class="device-name">{device.name.clone()}</p>
                    <p class="muted">{words.device(&device)}</p>
                    <p class="muted">
                        {said.used.before} <Time at=device.last_used_at /> {said.used.between} <Time at=device.created_at />
                        {unless_empty(said.used.after)}
                    </p>
                </div>
            </li>
        }
    };
    view! {
        <ul class="devices" role="list" aria-label=said.devices_list>
            {devices.into_iter().map(row).collect_view()}
        </ul>
    }
    .into_any()
}
