//! One device: what it is, when it was used, its name and its switch. Runs in: both.

use leptos::{ev::SubmitEvent, html, prelude::*};

use super::{Button, FormNotice, Known, Submission, SubmitButton, Time, field_value};
use crate::{
    api,
    ui::words::{unless_empty, words},
};
use tabkey_core::{Device, DeviceName};

#[component]
pub fn DeviceRow(device: Device, known: Known) -> impl IntoView {
    let words = words();
    let said = &words.devices;
    let id = device.id;
    let is_renaming = RwSignal::new(false);
    let form = Submission::unsent();
    let revoke = Callback::new(move |()| {
        known.going();
        form.send(api::revoke_device(id.to_string()), move |_| known.gone(id));
    });
    let heading = format!("device-{id}");
    let labelled_by = heading.clone();
    let (kind, is_current, created_at) = (device.kind.clone(), device.current, device.created_at);
    // As it is now: another device may change it while this page is open.
    let device = Memo::new(move |_| known.find(id).unwrap_or_else(|| device.clone()));
    let name = Memo::new(move |_| device.with(|device| device.name.clone()));
    let used_at = Memo::new(move |_| device.with(|device| device.last_used_at));
    view! {
        <li class="device" class:device-current=is_current aria-labelledby=labelled_by>
            <span class="device-icon" data-kind=kind aria-hidden="true"></span>
            <div class="device-body">
                <h2 id=heading class="device-name">
                    {name}
                    {is_current.then(|| view! { <span class="badge">{said.this_device}</span> })}
                </h2>
                <p class="muted">{move || device.with(|device| words.device(device))}</p>
                <p class="muted">
                    {said.used.before} {move || view! { <Time at=used_at.get() /> }} {said.used.between} <Time at=created_at />
                    {unless_empty(said.used.after)}
                </p>
                {move || {
                    is_renaming.get().then(|| view! { <Rename id=id.to_string() name=name.get_untracked() known is_renaming /> })
                }}
                <FormNotice form />
            </div>
            <div class="device-actions">
                <Button
                    label=said.rename
                    busy=said.rename
                    name=Signal::derive(move || (said.rename_this)(&name.get()))
                    form
                    class="button button-small"
                    on_press=Callback::new(move |()| is_renaming.update(|is| *is = !*is))
                />
                {(!is_current)
                    .then(|| {
                        view! {
                            <Button
                                label=said.sign_out
                                busy=said.signing_out
                                name=Signal::derive(move || (said.sign_out_this)(&name.get()))
                                form
                                class="button button-small button-danger"
                                on_press=revoke
                            />
                        }
                    })}
            </div>
        </li>
    }
}

#[component]
fn Rename(id: String, name: String, known: Known, is_renaming: RwSignal<bool>) -> impl IntoView {
    let words = words();
    let form = Submission::unsent();
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
            input.select();
        }
    });
    let field = format!("name-{id}");
    let problem = format!("{field}-error");
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.send(api::rename_device(id.clone(), field_value(&event, "name")), move |device| {
            is_renaming.try_set(false);
            known.renamed(device);
        });
    };
    let wrong = Memo::new(move |_| form.of_field("name"));
    view! {
        <FormNotice form />
        <form class="rename" on:submit=submit on:keydown=move |event| if event.key() == "Escape" { is_renaming.set(false) }>
            <label class="visually-hidden" for=field.clone()>
                {words.devices.name}
            </label>
            <input
                id=field
                name="name"
                maxlength=DeviceName::MAX_CHARS.to_string()
                value=name
                autocomplete="off"
                node_ref=input
                aria-invalid=move || wrong.with(Option::is_some).to_string()
                aria-describedby=problem.clone()
            />
            <SubmitButton form label=words.devices.save busy=words.devices.saving />
            <button type="button" class="button" on:click=move |_| is_renaming.set(false)>
                {words.forms.cancel}
            </button>
            <p class="wrong" id=problem>
                {move || wrong.get()}
            </p>
        </form>
    }
}
