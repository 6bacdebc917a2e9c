//! Every part in each of its states, for whoever restyles them: `/dev/parts`, in dev builds. Runs in: both.

use leptos::{html, prelude::*};
use leptos_meta::{Html, Title};
use leptos_router::{components::A, hooks::use_query_map};
use tabkey_core::{Device, Error, FieldError, LogLine, Minute};
use uuid::Uuid;

use crate::{
    browser::session::use_session,
    ui::{
        parts::{
            Button, Chart, ConfirmDialog, DeviceRow, Failed, Field, FormNotice, Known, LogTable, NewPasswordField,
            Notice, PasswordField, Skeleton, Submission, SubmitButton,
        },
        words::words,
    },
};

const THEMES: [&str; 2] = ["light", "dark"];

#[component]
pub fn AllParts() -> impl IntoView {
    let query = use_query_map();
    let theme = move || {
        let asked = query.with(|query| query.get("theme"));
        THEMES.into_iter().find(|theme| asked.as_deref() == Some(theme)).map(|theme| format!("theme-{theme}"))
    };
    let wrong = [("email", FieldError::Malformed), ("password", FieldError::TooShort)];
    let wrong = Error::InvalidInput { fields: wrong.map(|(name, wrong)| (name.to_owned(), wrong)).into() };
    view! {
        <Title text="parts" />
        <Html attr:class=move || theme().unwrap_or_default() />
        <section class="page">
            <h1>"parts"</h1>
            <p class="actions">
                {THEMES
                    .map(|theme| view! { <A href=format!("/dev/parts?theme={theme}") attr:class="button">{theme}</A> })
                    .collect_view()}
            </p>
            <h2>"notices"</h2>
            <Notice kind="info">{words().forms.loading}</Notice>
            <Notice kind="good">{words().forms.loading}</Notice>
            <Failed error=Error::busy() />
            <Failed error=Error::TooManyAttempts { retry_after: 600 } />
            <h2>"form"</h2>
            <Form form=Submission::unsent() />
            <h2>"form-busy"</h2>
            <Form form=Submission::in_state(true, None) />
            <h2>"form-wrong"</h2>
            <Form form=Submission::in_state(false, Some(wrong)) />
            <h2>"form-failed"</h2>
            <Form form=Submission::in_state(false, Some(Error::WrongCredentials)) />
            <h2>"buttons"</h2>
            <Buttons />
            <h2>"devices"</h2>
            <Devices />
            <h2>"log"</h2>
            <Log />
            <h2>"chart"</h2>
            <Bars />
            <h2>"skeleton"</h2>
            <Skeleton rows=2 />
        </section>
    }
}

#[component]
fn Form(form: Submission) -> impl IntoView {
    let said = words();
    view! {
        <form class="form" on:submit=|event| event.prevent_default()>
            <FormNotice form />
            <Field form name="email" label=said.sign_in.email kind="email" autocomplete="off" hint=said.sign_up.name_hint />
            <PasswordField form name="password" label=said.forms.password autocomplete="off" />
            <NewPasswordField form name="new_password" label=said.forms.password />
            <SubmitButton form label=said.sign_in.submit busy=said.sign_in.submitting />
        </form>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let said = &words().forms;
    let dialog = NodeRef::<html::Dialog>::new();
    let open = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            let _ = dialog.show_modal();
        }
    };
    let on_press = Callback::new(|()| {});
    let (idle, busy) = (Submission::unsent(), Submission::in_state(true, None));
    view! {
        <p class="actions">
            <Button label=said.cancel busy=said.loading form=idle class="button button-primary" on_press />
            <Button label=said.cancel busy=said.loading form=idle class="button" on_press />
            <Button label=said.cancel busy=said.loading form=idle class="button button-danger" on_press />
            <Button label=said.cancel busy=said.loading form=busy class="button button-primary" on_press />
            <button type="button" class="button" on:click=open>
                "dialog"
            </button>
        </p>
        <ConfirmDialog dialog title=said.loading.to_owned() text=said.loading confirm=said.cancel confirmed=on_press />
    }
}

#[component]
fn Devices() -> impl IntoView {
    let now = use_session().now();
    let device = |n: u128, name: &str, kind: &str, ago: i64| Device {
        id: Uuid::from_u128(n),
        name: name.to_owned(),
        browser: "Firefox 150".into(),
        os: "Linux".into(),
        kind: kind.to_owned(),
        address: "2001:db8:85a3:8d3:1319:8a2e:370:7348".into(),
        created_at: now - 10 * ago,
        last_used_at: now - ago,
        expires_at: now + 86_400,
        current: n == 1,
    };
    let devices = vec![
        device(1, "Firefox", "desktop", 60),
        device(2, "Chromium", "phone", 86_400),
        device(3, &"W".repeat(64), "tablet", 3_000_000),
        device(4, "دفتر", "other", 300),
    ];
    let known = Known::new(devices.clone());
    view! {
        <ul class="devices" role="list">
            {devices.into_iter().map(|device| view! { <DeviceRow device known /> }).collect_view()}
        </ul>
    }
}

#[component]
fn Log() -> impl IntoView {
    let now = use_session().now();
    let line = |id: i64, kind: &str| LogLine {
        id,
        at: now - id * 3_600,
        kind: kind.to_owned(),
        user_id: Some(Uuid::from_u128(7)),
        email: Some(format!("{}@example.org", "ann".repeat(20))),
        actor: None,
        device: Some("Firefox".into()),
        address: Some("192.0.2.7".into()),
        detail: None,
    };
    let lines = ["signed_in", "reuse", "password_disabled", "role_granted"];
    let lines = lines.into_iter().zip(1..).map(|(kind, id)| line(id, kind)).collect();
    view! { <LogTable lines caption="log" /> }
}

#[component]
fn Bars() -> impl IntoView {
    let now = use_session().now();
    let minute = |at: i64| Minute { at: now - (60 - at) * 60, sign_ins: at % 7, refusals: at % 3 };
    let minutes: Vec<_> = (0..60).map(minute).collect();
    view! { <Chart minutes=Signal::stored(minutes) /> }
}
