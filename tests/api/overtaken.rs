//! Two acts at once: each act is held at its worst moment, after it has looked and before it writes, and another one overtakes
//! it. Whatever begins, proves or continues a session must not outlive what made the account safe meanwhile.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Browser, Database, PASSWORD, Reply, TestApp, until};

const NEW: &str = "eight blue doors hum";
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
/// A hash takes about a second: time enough for another act, which needs none.
const SLOW: [(&str, &str); 4] = [
    ("PASSWORDS__ARGON2_MEMORY_KIB", "65536"),
    ("PASSWORDS__ARGON2_ITERATIONS", "8"),
    ("PASSWORDS__HASH_CONCURRENCY", "4"),
    ("LIMITS__ENABLED", "false"),
];

/// What makes an account safe, by its owner, by an admin or by mail, and takes no hash.
#[derive(Clone, Copy, Debug)]
enum Safe {
    Block,
    NotMe,
    TakeBack,
    Delete,
    SignOutAll,
}

/// What begins, proves or continues a session by a password.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    SignIn,
    StepUp,
    ChangePassword,
    /// Under the profile that asks for the password.
    Continue,
}

/// An account with two sessions, the owner's and the thief's, and the links that mails brought.
struct Scene {
    app: TestApp,
    owner: Browser,
    thief: Browser,
    admin: Browser,
    not_me: String,
    take_back: String,
    email: &'static str,
}

impl Scene {
    async fn set(safe: Safe, act: Act) -> Self {
        let profile = ("SESSION__PROFILE", if act == Act::Continue { "banking" } else { "standard" });
        let app = TestApp::with(&[("LIMITS__ENABLED", "false"), profile]);
        let mut admin = app.signed_up("admin@example.org").await;
        assert!(app.command(&["user", "grant", "admin@example.org", "admin"]).status.success());
        assert_eq!(admin.sign_in("admin@example.org", PASSWORD).await.status, 200);
        let owner = app.confirmed("ann@example.org").await;
        let mut thief = app.browser().with_user_agent(FIREFOX);
        assert_eq!(thief.sign_in("ann@example.org", PASSWORD).await.status, 200);
        let not_me = app.mail("ann@example.org", "A new device signed in").await.token();
        let (mut take_back, mut email) = (String::new(), "ann@example.org");
        if let Safe::TakeBack = safe {
            email = "thief@example.org";
            assert_eq!(thief.post("/api/change_email", &[("email", email)]).await.status, 200);
            let token = app.mail(email, "Confirm your new email address").await.token();
            assert_eq!(app.browser().post("/api/change_email/confirm", &[("token", &token)]).await.status, 200);
            take_back = app.mail("ann@example.org", "Your email address was changed").await.token();
        }
        // From here on a hash takes its time.
        let app = app.restart_with("-TERM", &[&SLOW[..], &[profile]].concat());
        let [owner, thief, admin] = [owner, thief, admin].map(|browser| browser.moved_to(&app));
        Self { app, owner, thief, admin, not_me, take_back, email }
    }

    fn user(&self) -> String {
        let claims = crate::support::claims(self.owner.token.as_deref().expect("a token"));
        claims["sub"].as_str().expect("an id").to_owned()
    }

    async fn make_safe(&mut self, safe: Safe) {
        let done = match safe {
            Safe::Block => self.admin.post("/api/admin/block", &[("id", &self.user())]).await,
            Safe::SignOutAll => self.admin.post("/api/admin/sign_out", &[("id", &self.user())]).await,
            Safe::NotMe => self.app.browser().post("/api/not_me", &[("token", &self.not_me)]).await,
            Safe::TakeBack => self.app.browser().post("/api/change_email/undo", &[("token", &self.take_back)]).await,
            Safe::Delete => self.owner.post("/api/account/delete", &[]).await,
        };
        assert_eq!(done.status, 200, "{safe:?}: {}", done.text);
    }
}

fn begin(scene: &Scene, act: Act) -> tokio::task::JoinHandle<(Browser, Reply)> {
    let (mut thief, email) = (scene.thief.clone(), scene.email);
    tokio::spawn(async move {
        let reply = match act {
            Act::SignIn => {
                thief.jar.clear();
                thief.token = None;
                thief.sign_in(email, PASSWORD).await
            }
            Act::StepUp => thief.post("/api/step_up", &[("password", PASSWORD)]).await,
            Act::Continue => thief.post("/api/continue", &[("password", PASSWORD)]).await,
            Act::ChangePassword => {
                let form = [("current_password", PASSWORD), ("new_password", NEW)];
                thief.post("/api/change_password", &form).await
            }
        };
        (thief, reply)
    })
}

/// The server has looked at the account, and hashes.
async fn hashes(app: &TestApp) {
    let before = app.cpu_time();
    let busy = until(async || app.cpu_time() - before, |spent| *spent >= Duration::from_millis(150)).await;
    assert!(busy >= Duration::from_millis(150), "the act is under way");
}

#[tokio::test]
async fn r47_what_a_password_opens_does_not_outlive_what_made_the_account_safe_meanwhile() {
    for safe in [Safe::Block, Safe::NotMe, Safe::TakeBack, Safe::Delete, Safe::SignOutAll] {
        for act in [Act::SignIn, Act::StepUp, Act::ChangePassword, Act::Continue] {
            let mut scene = Scene::set(safe, act).await;
            let held = begin(&scene, act);
            hashes(&scene.app).await;

            scene.make_safe(safe).await;
            let (mut thief, reply) = held.await.expect("the act comes to an end");

            // Who signs in again after all were signed out has the right password and may.
            let may = matches!((safe, act), (Safe::SignOutAll, Act::SignIn));
            assert_eq!(reply.status == 200, may, "{act:?} overtaken by {safe:?}: {}", reply.text);
            assert!(reply.status < 500 || matches!(safe, Safe::Delete), "{act:?} by {safe:?}: {}", reply.text);
            if !may {
                assert_ne!(thief.who_am_i().await.status, 200, "{act:?} overtaken by {safe:?}");
                assert_ne!(thief.refresh().await.status, 200, "{act:?} overtaken by {safe:?}");
                let live = "SELECT count(*) FROM sessions WHERE ended_at IS NULL AND browser LIKE 'Firefox%'";
                assert_eq!(scene.app.database().await.one::<i64>(live).await, 0, "{act:?} overtaken by {safe:?}");
            }
            if let Safe::Delete = safe {
                let wish = "SELECT count(*) FROM users WHERE delete_at IS NOT NULL";
                assert_eq!(scene.app.database().await.one::<i64>(wish).await, 1, "{act:?}: the wish to go stands");
            }
        }
    }
}

#[tokio::test]
async fn r47_a_sign_in_with_the_old_password_does_not_outlive_the_new_one() {
    for way in ["/api/reset_password", "/api/change_password"] {
        let app = TestApp::with(&[("LIMITS__ENABLED", "false")]);
        let owner = app.confirmed("ann@example.org").await;
        app.browser().post("/api/forgot_password", &[("email", "ann@example.org")]).await;
        let token = app.mail("ann@example.org", "Choose a new password").await.token();
        let app = app.restart_with("-TERM", &SLOW);
        let mut owner = owner.moved_to(&app);
        let changing = tokio::spawn(async move {
            match way {
                "/api/reset_password" => owner.post(way, &[("token", &token), ("new_password", NEW)]).await,
                _ => owner.post(way, &[("current_password", PASSWORD), ("new_password", NEW)]).await,
            }
        });
        hashes(&app).await;

        // Over and over until the new password is in force, so that some have looked before and end after.
        let mut sign_ins = Vec::new();
        while !changing.is_finished() && sign_ins.len() < 6 {
            let mut browser = app.browser();
            sign_ins.push(tokio::spawn(async move { (browser.sign_in("ann@example.org", PASSWORD).await, browser) }));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(changing.await.expect("it ends").status, 200, "{way}");

        for sign_in in sign_ins {
            let (_, mut browser) = sign_in.await.expect("it ends");
            assert_ne!(browser.refresh().await.status, 200, "{way}");
        }
        let live = "SELECT count(*) FROM sessions WHERE ended_at IS NULL";
        let stays = i64::from(way == "/api/change_password");
        assert_eq!(app.database().await.one::<i64>(live).await, stays, "{way}");
    }
}

/// A call of a session that another one ends while the call waits for the database.
#[tokio::test]
async fn r47_a_session_that_has_ended_does_nothing_any_more_that_it_had_begun() {
    let acts: [(&str, &[(&str, &str)]); 5] = [
        ("/api/devices/revoke_others", &[]),
        ("/api/devices/revoke", &[("id", "OWNER")]),
        ("/api/change_email", &[("email", "thief@example.org")]),
        ("/api/account/delete", &[]),
        ("/api/activity/not_me", &[("id", "LINE")]),
    ];
    for (path, form) in acts {
        let app = TestApp::start();
        let mut owner = app.confirmed("ann@example.org").await;
        let mut thief = app.browser().with_user_agent(FIREFOX);
        assert_eq!(thief.sign_in("ann@example.org", PASSWORD).await.status, 200);
        let line = owner.get("/api/activity").await.body[0]["id"].to_string();
        let session = thief.session();
        let form: Vec<(String, String)> = form
            .iter()
            .map(|(name, value)| {
                let value = value.replace("OWNER", &owner.session()).replace("LINE", &line);
                ((*name).to_owned(), value)
            })
            .collect();
        // Whoever writes waits, in the order in which they came: first the end of the thief's session, then the thief.
        let mut database = app.database().await;
        hold(&mut database).await;
        let mut first = owner.clone();
        let ending = tokio::spawn(async move { first.post("/api/devices/revoke", &[("id", &session)]).await });
        waits(&app, 1).await;
        let held = tokio::spawn(async move {
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            (thief.post(path, &form).await, thief)
        });
        waits(&app, 2).await;

        database.unlock().await;
        assert_eq!(ending.await.expect("it ends").status, 200, "{path}");
        let (reply, _) = held.await.expect("it ends");

        assert_eq!((reply.status, &reply.body["reason"]), (401, &Value::from("revoked")), "{path}: {}", reply.text);
        assert_eq!(owner.who_am_i().await.status, 200, "{path}");
        assert_eq!(owner.refresh().await.status, 200, "{path}");
        let left = "SELECT count(*) FROM mails WHERE letter LIKE '%confirm_email%' OR letter LIKE '%not_me%'";
        assert_eq!(app.database().await.one::<i64>(left).await, 0, "{path}");
        let going = "SELECT count(*) FROM users WHERE delete_at IS NOT NULL";
        assert_eq!(app.database().await.one::<i64>(going).await, 0, "{path}");
    }
}

/// Lets nobody write to accounts until it is undone.
async fn hold(database: &mut Database) {
    match database {
        Database::Sqlite(_) => database.run("BEGIN IMMEDIATE").await,
        Database::Postgres(..) => database.run("BEGIN; SELECT id FROM users FOR UPDATE").await,
    }
}

/// So many writers wait: on PostgreSQL the database says so, on SQLite they are in the queue once their requests have come.
async fn waits(app: &TestApp, count: i64) {
    match app.database().await {
        mut database @ Database::Postgres(..) => {
            let waiting =
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let seen = until(async || database.one::<i64>(waiting).await, |seen| *seen >= count).await;
            assert!(seen >= count, "{seen} of {count} wait");
        }
        // One queue, in the order of arrival; there is nothing to be seen of it but that the call does not answer.
        Database::Sqlite(_) => tokio::time::sleep(Duration::from_millis(300)).await,
    }
}

#[tokio::test]
async fn an_address_that_was_given_up_is_reserved_while_a_link_can_bring_it_back() {
    let app = TestApp::start();
    let mut thief = app.confirmed("ann@example.org").await;
    assert_eq!(thief.post("/api/change_email", &[("email", "thief@example.org")]).await.status, 200);
    let token = app.mail("thief@example.org", "Confirm your new email address").await.token();
    assert_eq!(app.browser().post("/api/change_email/confirm", &[("token", &token)]).await.status, 200);
    let back = app.mail("ann@example.org", "Your email address was changed").await.token();

    let squatter = app.browser().sign_up("ann@example.org", PASSWORD).await;
    assert_eq!(squatter.failure(), (409, "email_taken"));
    // Nor by a change of another account's address.
    let mut other = app.signed_up("other@example.org").await;
    assert_eq!(other.post("/api/change_email", &[("email", "ann@example.org")]).await.status, 200);
    let squat = app.mail("ann@example.org", "Confirm your new email address").await.token();
    let reply = app.browser().post("/api/change_email/confirm", &[("token", &squat)]).await;
    assert_eq!(reply.failure(), (409, "email_taken"));

    let reply = app.browser().post("/api/change_email/undo", &[("token", &back)]).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let token = reply.body["token"].as_str().expect("a token").to_owned();
    let done = app.browser().post("/api/reset_password", &[("token", &token), ("new_password", NEW)]).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(app.browser().sign_in("ann@example.org", NEW).await.status, 200);
    // The thief's is at anybody's disposal again.
    assert_eq!(app.browser().sign_up("thief@example.org", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn an_address_that_nobody_had_confirmed_is_free_once_it_is_given_up() {
    let app = TestApp::start();
    let mut squatter = app.signed_up("ann@example.org").await;
    assert_eq!(squatter.post("/api/change_email", &[("email", "squatter@example.org")]).await.status, 200);
    let token = app.mail("squatter@example.org", "Confirm your new email address").await.token();
    assert_eq!(app.browser().post("/api/change_email/confirm", &[("token", &token)]).await.status, 200);

    assert_eq!(app.browser().sign_up("ann@example.org", PASSWORD).await.status, 200);
    // When its time is over, any other is free too.
    let mut ann = app.confirmed("bob@example.org").await;
    assert_eq!(ann.post("/api/change_email", &[("email", "bob2@example.org")]).await.status, 200);
    let token = app.mail("bob2@example.org", "Confirm your new email address").await.token();
    assert_eq!(app.browser().post("/api/change_email/confirm", &[("token", &token)]).await.status, 200);
    assert_eq!(app.browser().sign_up("bob@example.org", PASSWORD).await.failure(), (409, "email_taken"));
    app.database().await.run("UPDATE addresses SET kept_until = 1 WHERE kept_until IS NOT NULL").await;
    assert_eq!(app.browser().sign_up("bob@example.org", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn an_access_token_alone_takes_no_way_of_recovery_from_the_owner() {
    let app = TestApp::start();
    app.confirmed("admin@example.org").await;
    assert!(app.command(&["user", "grant", "admin@example.org", "admin"]).status.success());
    let mut ann = app.confirmed("ann@example.org").await;
    app.browser().post("/api/forgot_password", &[("email", "ann@example.org")]).await;
    let link = app.mail("ann@example.org", "Choose a new password").await.token();
    let line = ann.get("/api/activity").await.body[0]["id"].to_string();

    // With a recent proof it works, once for a line, and tells the operators once.
    for _ in 0..5 {
        let reply = ann.post("/api/activity/not_me", &[("id", &line)]).await;
        assert_eq!(reply.text, r#"{"revoked":0}"#);
    }
    app.mails("admin@example.org", "Somebody reports that it was not them", 1).await;
    // Without one it is refused.
    app.database().await.run("UPDATE sessions SET proved_at = 1").await;
    assert_eq!(ann.refresh().await.status, 200);
    let reply = ann.post("/api/activity/not_me", &[("id", &line)]).await;
    assert_eq!(reply.failure(), (403, "step_up_required"));

    // The owner's link is as good as it was.
    let done = app.browser().post("/api/reset_password", &[("token", &link), ("new_password", NEW)]).await;
    assert_eq!(done.status, 200, "{}", done.text);
}

#[tokio::test]
async fn two_admins_who_block_each_other_at_once_leave_one() {
    let app = TestApp::start();
    let mut admins = Vec::new();
    for email in ["one@example.org", "two@example.org"] {
        let mut admin = app.signed_up(email).await;
        assert!(app.command(&["user", "grant", email, "admin"]).status.success());
        assert_eq!(admin.refresh().await.status, 200);
        admins.push(admin);
    }
    let id = |browser: &Browser| {
        let claims = crate::support::claims(browser.token.as_deref().expect("a token"));
        claims["sub"].as_str().expect("an id").to_owned()
    };
    let [one, two] = [0, 1].map(|at| id(&admins[at]));
    let (mut first, mut second) = (admins.remove(0), admins.remove(0));

    let (block_two, block_one) = ([("id", two.as_str())], [("id", one.as_str())]);
    let (a, b) = tokio::join!(first.post("/api/admin/block", &block_two), second.post("/api/admin/block", &block_one));

    assert_eq!(u8::from(a.status == 200) + u8::from(b.status == 200), 1, "{} {}", a.text, b.text);
    let free = "SELECT count(*) FROM users WHERE blocked_at IS NULL";
    assert_eq!(app.database().await.one::<i64>(free).await, 1);
}

#[tokio::test]
async fn the_last_admin_cannot_delete_their_account() {
    let app = TestApp::start();
    let mut admin = app.signed_up("one@example.org").await;
    assert!(app.command(&["user", "grant", "one@example.org", "admin"]).status.success());
    assert_eq!(admin.refresh().await.status, 200);

    let reply = admin.post("/api/account/delete", &[]).await;

    assert_eq!((reply.status, &reply.body["fields"]["account"]), (422, &Value::from("last_admin")));
    assert_eq!(admin.who_am_i().await.status, 200);
}
