//! Every signed-in device, and the switch for each. Runs in: both.

use leptos::{html, prelude::*};
use leptos_meta::Title;
use uuid::Uuid;

use crate::{
    api,
    browser::session::{milliseconds, use_session},
    ui::{
        parts::{Button, ConfirmDialog, DeviceRow, Failed, FormNotice, Notice, Protected, Skeleton, Submission},
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

/// The list as the page knows it: changed by what the person does here, and by what other devices do.
#[derive(Clone, Copy)]
pub struct Known {
    devices: RwSignal<Vec<Device>>,
    /// The device that was signed out last, and after how many milliseconds that was known.
    darkened: RwSignal<Option<(String, u64)>>,
    /// When the sign-out under way began.
    began: StoredValue<Option<u64>>,
    /// How long the server took to say to all pages that the list is another one.
    heard_after: StoredValue<Option<u64>>,
}

impl Known {
    pub fn renamed(self, device: Device) {
        self.change(|devices| {
            if let Some(known) = devices.iter_mut().find(|known| known.id == device.id) {
                known.name = device.name;
            }
        });
    }

    /// One device of the list, as it is now.
    pub fn find(self, id: Uuid) -> Option<Device> {
        self.devices.with(|devices| devices.iter().find(|device| device.id == id).cloned())
    }

    /// A device is about to be signed out: the time runs.
    pub fn going(self) {
        self.began.set_value(Some(milliseconds()));
        self.heard_after.set_value(None);
    }

    /// It is signed out. What is shown is when all pages of this person were told, where this one was told too.
    pub fn gone(self, id: Uuid) {
        let name = self.devices.try_with_untracked(|devices| {
            devices.iter().find(|device| device.id == id).map(|device| device.name.clone())
        });
        let took = self.began.try_get_value().flatten().map_or(0, |began| milliseconds().saturating_sub(began));
        let took = self.heard_after.try_get_value().flatten().unwrap_or(took);
        if let Some(name) = name.flatten() {
            self.darkened.try_set(Some((name, took)));
        }
        self.change(|devices| devices.retain(|device| device.id != id));
    }

    fn heard(self) {
        if let Some(began) = self.began.try_get_value().flatten() {
            self.heard_after.try_set_value(Some(milliseconds().saturating_sub(began)));
        }
    }

    fn only_this_one(self) {
        self.change(|devices| devices.retain(|device| device.current));
    }

    fn change(self, change: impl FnOnce(&mut Vec<Device>)) {
        self.devices.try_update(change);
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
    let known = Known {
        devices: RwSignal::new(devices),
        darkened: RwSignal::new(None),
        began: StoredValue::new(None),
        heard_after: StoredValue::new(None),
    };
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
