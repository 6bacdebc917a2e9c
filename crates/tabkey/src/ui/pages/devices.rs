//! Every signed-in device, and the switch for each. Runs in: both.

use leptos::{html, prelude::*};
use leptos_meta::Title;

use crate::{
    api,
    browser::session::use_session,
    ui::{
        parts::{Button, ConfirmDialog, DeviceRow, Failed, FormNotice, Known, Notice, Protected, Skeleton, Submission},
        words::words,
    },
};
use tabkey_core::{Device, Error};

#[component]
pub fn Devices() -> impl IntoView {
    let words = &words().devices;
    view! {
        <Title text=words.title />
        <Protected>
            <section class="page">
                <h1>{words.title}</h1>
                <p class="lead">{words.introduction}</p>
                <DeviceList />
            </section>
        </Protected>
    }
}

#[component]
fn DeviceList() -> impl IntoView {
    let resource = Resource::new(|| (), |()| api::devices());
    view! {
        <Suspense fallback=|| {
            view! { <Skeleton rows=3 /> }
        }>
            {move || Suspend::new(async move {
                match resource.await {
                    Ok(devices) => view! { <Loaded devices /> }.into_any(),
                    Err(error) => view! { <NotListed error again=Callback::new(move |()| resource.refetch()) /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Loaded(devices: Vec<Device>) -> impl IntoView {
    let session = use_session();
    let words = words();
    let known = Known::new(devices);
    // Rows stay as they are, with what is being typed in them; only what changed is drawn.
    Effect::new(move |before: Option<u32>| {
        let version = session.devices_version();
        if before.is_some_and(|before| before != version) {
            known.heard();
            leptos::task::spawn_local(async move {
                if let Ok(devices) = api::devices().await {
                    known.devices.try_set(devices);
                }
            });
        }
        version
    });
    let others = Memo::new(move |_| known.devices.with(|devices| devices.iter().filter(|d| !d.current).count()));
    view! {
        {move || {
            known
                .darkened
                .get()
                .map(|(name, took)| view! { <Notice kind="good">{words.signed_out_in(&name, took)}</Notice> })
        }}
        <ul class="devices" role="list" aria-label=words.devices.list>
            <For each=move || known.devices.get() key=|device| device.id let:device>
                <DeviceRow device known />
            </For>
        </ul>
        {move || view! { <SignOutOthers others=others.get() known /> }}
    }
}

#[component]
fn SignOutOthers(others: usize, known: Known) -> impl IntoView {
    let words = &words().devices;
    let dialog = NodeRef::<html::Dialog>::new();
    let form = Submission::unsent();
    let confirmed = Callback::new(move |()| form.send(api::revoke_other_devices(), move |_| known.only_this_one()));
    let is_alone = others == 0;
    view! {
        <FormNotice form />
        <div class="devices-foot">
            {is_alone.then(|| view! { <p class="muted">{words.alone}</p> })}
            {(!is_alone)
                .then(|| {
                    view! {
                        <Button
                            label=words.sign_out_others
                            busy=words.signing_out
                            form
                            class="button button-danger"
                            on_press=Callback::new(move |()| {
                                if let Some(dialog) = dialog.get_untracked() {
                                    let _ = dialog.show_modal();
                                }
                            })
                        />
                        <ConfirmDialog
                            dialog
                            title=(words.sign_out_others_title)(others as u64)
                            text=words.sign_out_others_text
                            confirm=words.sign_out_others_confirm
                            confirmed
                        />
                    }
                })}
        </div>
    }
}

#[component]
fn NotListed(error: Error, again: Callback<()>) -> impl IntoView {
    view! {
        <Failed error />
        <button type="button" class="button" on:click=move |_| {
            again.try_run(());
        }>
            {words().devices.try_again}
        </button>
    }
}
