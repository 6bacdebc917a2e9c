//! Every signed-in device, and the switch for each. Runs in: both.

use leptos::{html, prelude::*};
use leptos_meta::Title;
use uuid::Uuid;

use crate::{
    api,
    shared::{Device, Error},
    ui::{
        parts::{Button, ConfirmDialog, DeviceRow, FormNotice, Notice, Protected, Skeleton, Submission},
        words,
    },
};

#[component]
pub fn Devices() -> impl IntoView {
    view! {
        <Title text="Devices" />
        <Protected>
            <section class="page">
                <h1>"Devices"</h1>
                <p class="lead">"Everywhere you are signed in. A device that you sign out goes dark at once."</p>
                <DeviceList />
            </section>
        </Protected>
    }
}

/// The list as the page knows it: loaded once, then changed by what the person does.
#[derive(Clone, Copy)]
pub struct Known(Resource<Result<Vec<Device>, Error>>);

impl Known {
    pub fn renamed(self, device: Device) {
        self.change(|devices| {
            if let Some(known) = devices.iter_mut().find(|known| known.id == device.id) {
                known.name = device.name;
            }
        });
    }

    pub fn gone(self, id: Uuid) {
        self.change(|devices| devices.retain(|device| device.id != id));
    }

    fn only_this_one(self) {
        self.change(|devices| devices.retain(|device| device.current));
    }

    fn change(self, change: impl FnOnce(&mut Vec<Device>)) {
        self.0.try_update(|known| {
            if let Some(Ok(devices)) = known {
                change(devices);
            }
        });
    }
}

#[component]
fn DeviceList() -> impl IntoView {
    let resource = Resource::new(|| (), |()| api::devices());
    let known = Known(resource);
    view! {
        <Suspense fallback=|| {
            view! { <Skeleton rows=3 /> }
        }>
            {move || Suspend::new(async move {
                match resource.await {
                    Ok(devices) => view! { <Loaded devices known /> }.into_any(),
                    Err(error) => view! { <Failed error again=Callback::new(move |()| resource.refetch()) /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Loaded(devices: Vec<Device>, known: Known) -> impl IntoView {
    let others = devices.iter().filter(|device| !device.current).count();
    view! {
        <ul class="devices" role="list" aria-label="Devices">
            {devices.into_iter().map(|device| view! { <DeviceRow device known /> }).collect_view()}
        </ul>
        <SignOutOthers others known />
    }
}

#[component]
fn SignOutOthers(others: usize, known: Known) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let form = Submission::new();
    let confirmed = Callback::new(move |()| form.send(api::revoke_other_devices(), move |_| known.only_this_one()));
    let is_alone = others == 0;
    view! {
        <FormNotice form />
        <div class="devices-foot">
            {is_alone.then(|| view! { <p class="muted">"No other device is signed in."</p> })}
            {(!is_alone)
                .then(|| {
                    view! {
                        <Button
                            label="Sign out all other devices"
                            busy="Signing out…"
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
                            title=words::sign_out_others(others)
                            text="They are signed out at once. Whoever uses them has to sign in again. This device stays signed in."
                            confirm="Sign out all others"
                            confirmed
                        />
                    }
                })}
        </div>
    }
}

#[component]
fn Failed(error: Error, again: Callback<()>) -> impl IntoView {
    view! {
        <Notice kind="bad">{words::error(&error)}</Notice>
        <button type="button" class="button" on:click=move |_| again.run(())>
            "Try again"
        </button>
    }
}
