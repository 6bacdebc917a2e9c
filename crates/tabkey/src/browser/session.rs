//! The session as pages see it: reactive, at the root, without the token. Runs in: both; on the server it shows who the
//! first HTML is for.

use leptos::prelude::*;
use uuid::Uuid;

use super::{
    machine::Event,
    refresh, run,
    shown::{Shown, Sink},
    step_up, tab,
};
use tabkey_core::{Drawn, DrawnFor, Flash, Grant, Identity, Outcome, Profile, Site, User};

pub use super::shown::{PasswordAsked, Status};

/// The tab's session, `Copy`, from context. Every reader is reactive.
#[derive(Clone, Copy)]
pub struct Session {
    status: RwSignal<Status>,
    identity: RwSignal<Option<Identity>>,
    degraded: RwSignal<bool>,
    covered: RwSignal<bool>,
    forgets: RwSignal<bool>,
    idle_left: RwSignal<Option<u64>>,
    password_asked: RwSignal<Option<PasswordAsked>>,
    profile: Profile,
    site: Site,
    flash: StoredValue<Flash>,
    now: RwSignal<i64>,
    devices_version: RwSignal<u32>,
    step_up: RwSignal<bool>,
    ready: RwSignal<bool>,
}

/// Provides the session at the root of the app; `App` calls it once, first.
/// Server-side rendering: whom the page is for comes from the context of the request, and travels in the HTML to the tab,
/// so that the first paint and hydration agree; the tab begins to act once that is done.
pub fn provide_session() -> Session {
    let drawn = SharedValue::new(|| use_context::<Drawn>().unwrap_or_default()).into_inner();
    let (status, identity) = match &drawn.person {
        DrawnFor::Unknown => (Status::Unknown, None),
        DrawnFor::Nobody(ended) => (Status::SignedOut(ended.clone()), None),
        DrawnFor::Person(identity) => (Status::SignedIn, Some(identity.clone())),
    };
    let session = Session {
        status: RwSignal::new(status),
        identity: RwSignal::new(identity),
        degraded: RwSignal::new(false),
        covered: RwSignal::new(false),
        forgets: RwSignal::new(false),
        idle_left: RwSignal::new(None),
        password_asked: RwSignal::new(None),
        profile: drawn.profile,
        site: drawn.site,
        flash: StoredValue::new(drawn.flash.clone()),
        now: RwSignal::new(drawn.at),
        devices_version: RwSignal::new(0),
        step_up: RwSignal::new(false),
        ready: RwSignal::new(false),
    };
    provide_context(session);
    let drawn = StoredValue::new(drawn);
    // Effects run in the browser only, and after hydration.
    Effect::new(move |_| {
        session.ready.set(true);
        session.flash.set_value(Flash::default());
        run::boot(session.sink(), drawn.get_value());
    });
    Effect::new(move |_| cover(session.covered.get()));
    session
}

/// Keeps what is private out of sight, whatever the application draws: `<html data-covered>`.
fn cover(is_covered: bool) {
    if let Some(root) = document().document_element() {
        let _ = root.toggle_attribute_with_force("data-covered", is_covered);
    }
}

/// The session that [`provide_session`] provided.
pub fn use_session() -> Session {
    expect_context()
}

impl Session {
    pub fn status(self) -> Status {
        self.status.get()
    }

    pub fn is_signed_in(self) -> bool {
        self.status.with(|status| *status == Status::SignedIn)
    }

    pub fn user(self) -> Option<User> {
        self.identity.get().map(|identity| identity.user)
    }

    pub fn session_id(self) -> Option<Uuid> {
        self.identity.get().map(|identity| identity.session.id)
    }

    /// The server cannot be reached or fails; the session is kept.
    pub fn degraded(self) -> bool {
        self.degraded.get()
    }

    /// What is private is not to be seen: the page was out of sight, and has not heard yet what happened meanwhile.
    pub fn is_covered(self) -> bool {
        self.covered.get()
    }

    /// The browser keeps no cookie of this site: a reload will sign out.
    pub fn is_forgotten(self) -> bool {
        self.forgets.get()
    }

    /// Seconds until the session ends because nobody uses it, where that is near.
    pub fn idle_left(self) -> Option<u64> {
        self.idle_left.get()
    }

    /// Whether the person is to give their password now or soon; only under the profile `banking`.
    pub fn password_asked(self) -> Option<PasswordAsked> {
        self.password_asked.get()
    }

    /// Which rules hold on this site.
    pub fn profile(self) -> Profile {
        self.profile
    }

    /// What the site's settings promise, in numbers.
    pub fn site(self) -> Site {
        self.site
    }

    /// What was typed into this field of a form that the browser posted by itself, and that failed; for the page as it was
    /// drawn, and never again.
    pub fn typed(self, name: &str) -> Option<String> {
        self.flash.with_value(|flash| flash.get(name).map(str::to_owned))
    }

    /// What such a form has done, where it did not fail.
    pub fn outcome(self) -> Option<Outcome> {
        self.flash.with_value(|flash| flash.outcome)
    }

    /// Unix seconds by the server's clock, moving every few seconds: for "2 minutes ago".
    pub fn now(self) -> i64 {
        self.now.get()
    }

    /// The same as it is at this moment.
    pub fn now_untracked(self) -> i64 {
        self.now.get_untracked()
    }

    /// Counts how often the server said that the person's list of devices is another one.
    pub fn devices_version(self) -> u32 {
        self.devices_version.get()
    }

    /// Whether the WASM has taken over: before that only forms work.
    pub fn is_ready(self) -> bool {
        self.ready.get()
    }

    /// Whether the WASM had taken over when this was asked: what is drawn then was not drawn by the server.
    pub fn was_ready(self) -> bool {
        self.ready.get_untracked()
    }

    /// Sends a sign-in or a sign-up once no refresh and no sign-out is under way in this browser, at most 8 s later: the
    /// reply of an older call must not overwrite the cookie of the new session.
    pub fn in_turn<T>(self, call: impl Future<Output = T>) -> impl Future<Output = T> {
        refresh::in_turn(call)
    }

    /// Takes what sign-in or sign-up answered.
    pub fn granted(self, grant: Grant) {
        refresh::signed_in(grant);
    }

    /// Whether calls wait for the person to prove their password once more.
    pub fn wants_step_up(self) -> bool {
        self.step_up.get()
    }

    /// Says that the page has a dialog that answers [`Self::wants_step_up`]; without one such calls fail at once.
    pub fn answers_step_up(self) {
        step_up::answered_through(self.step_up);
    }

    /// Takes what the proof brought: the calls that wait go through.
    pub fn stepped_up(self, grant: Grant) {
        step_up::proved(grant);
    }

    /// The person would rather not: the calls that wait fail with `step_up_required`.
    pub fn refuse_step_up(self) {
        step_up::answer(false);
    }

    /// Takes what the password brought: the session goes on.
    pub fn continued(self, grant: Grant) {
        refresh::granted(grant);
    }

    /// Moves the session on by a refresh, where the answer to a call says `rotate`: no other reply than that of a refresh
    /// changes what the browser keeps.
    pub fn rotate(self) {
        if let Some(session) = self.identity.get_untracked().map(|identity| identity.session.id) {
            tab::post(Event::Rotate { session });
        }
    }

    /// Signs out here and now; the server hears of it as soon as it can be reached.
    pub fn sign_out(self) {
        tab::post(Event::SignOut);
    }

    /// The last fifty transitions, for a developer.
    pub fn trace(self) -> Vec<String> {
        run::trace()
    }

    /// Milliseconds until the tab acts by itself, for a developer.
    pub fn timer_in(self) -> Option<u64> {
        run::timer_in()
    }

    /// Where the tab shows what it knows. Only what changed is written; a page that is gone is no error.
    fn sink(self) -> Sink {
        Sink {
            show: Box::new(move |shown: Shown| {
                set(self.idle_left, shown.idle_left);
                set(self.password_asked, shown.password_asked);
                set(self.identity, shown.identity);
                set(self.covered, shown.covered);
                set(self.forgets, shown.forgets);
                set(self.status, shown.status);
                set(self.degraded, shown.degraded);
            }),
            devices_changed: Box::new(move || {
                self.devices_version.try_update(|version| *version += 1).unwrap_or_default()
            }),
            time: Box::new(move |now| {
                self.now.try_set(now);
            }),
        }
    }
}

fn set<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|now| *now != value) == Some(true) {
        signal.try_set(value);
    }
}

/// A time as the device's owner writes it, by the browser's locale and time zone; `None` outside a browser.
pub fn local_time(unix_seconds: i64) -> Option<String> {
    super::clock::local_time(unix_seconds)
}

/// Milliseconds since the page began, for what a page measures; 0 outside a browser.
pub fn milliseconds() -> u64 {
    if cfg!(target_arch = "wasm32") { super::clock::now() } else { 0 }
}
