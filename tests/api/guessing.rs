//! Guessing passwords: strangers are slowed down, and nobody whom the account knows is refused because of them.

use futures::future::join_all;

use crate::support::{Browser, PASSWORD, Reply, TestApp, until};

const WRONG: &str = "a wrong password here";
const NEW: &str = "eight blue doors hum";
const ANN: &str = "ann@example.org";

/// A reply by which a stranger learns whether a password is right.
fn answers(reply: &Reply) -> bool {
    reply.status != 429 && reply.status != 503
}

async fn guess(app: &TestApp, email: &str) -> Reply {
    app.browser().sign_in(email, WRONG).await
}

/// Strangers who go on until they are told to wait; answers how many guesses they had.
async fn guess_until_refused(app: &TestApp) -> usize {
    for n in 0..50 {
        if guess(app, ANN).await.failure() == (429, "too_many_attempts") {
            return n;
        }
    }
    panic!("they are never refused");
}

/// Lets so much time pass for every count.
async fn pass(app: &TestApp, milliseconds: i64) {
    let sql = format!(
        "UPDATE attempts SET began_at = began_at - {milliseconds}, last_at = last_at - {milliseconds},
                             forget_at = forget_at - {milliseconds},
                             next_at = CASE WHEN next_at = 0 THEN 0 ELSE next_at - {milliseconds} END,
                             told_at = told_at - {milliseconds}"
    );
    app.database().await.run(&sql).await;
}

/// A guess from there, as a proxy on this machine tells it.
async fn guess_from(app: &TestApp, address: &str, email: &str) -> (u16, String) {
    let mut browser = app.browser();
    let request = browser.request(reqwest::Method::POST, "/api/sign_in").header("x-forwarded-for", address);
    let reply = browser.send(request.form(&[("email", email), ("password", WRONG)])).await;
    let (status, code) = reply.failure();
    (status, code.to_owned())
}

async fn step_up(browser: &mut Browser) -> Reply {
    browser.post("/api/step_up", &[("password", PASSWORD)]).await
}

#[tokio::test]
async fn r26_strangers_refuse_nothing_to_a_device_that_the_account_knows() {
    let app = TestApp::start();
    let mut ann = app.signed_up(ANN).await;
    let mut with_cookie = app.signed_in(ANN).await;
    with_cookie.token = None;
    let mut with_bearer = app.signed_in(ANN).await;
    with_bearer.jar.clear();
    assert_eq!(guess_until_refused(&app).await, 10);

    assert_eq!(step_up(&mut ann).await.status, 200);
    assert_eq!(with_cookie.sign_in(ANN, PASSWORD).await.status, 200);
    assert_eq!(with_bearer.sign_in(ANN, PASSWORD).await.status, 200);
    let form = [("current_password", PASSWORD), ("new_password", NEW)];
    assert_eq!(ann.post("/api/change_password", &form).await.status, 200);
}

#[tokio::test]
async fn r26_under_banking_strangers_end_no_open_session() {
    let app = TestApp::with(&[("SESSION__PROFILE", "banking")]);
    let mut ann = app.signed_up(ANN).await;
    guess_until_refused(&app).await;

    assert_eq!(ann.post("/api/continue", &[("password", PASSWORD)]).await.status, 200);
}

#[tokio::test]
async fn r26_a_device_that_guesses_has_its_own_tries_and_then_those_of_strangers() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ACCOUNT", "3")]);
    let mut thief = app.signed_up(ANN).await;
    let mut owner = app.signed_in(ANN).await;
    let wrong = [("current_password", WRONG), ("new_password", NEW)];
    for _ in 0..3 {
        assert_eq!(thief.post("/api/step_up", &[("password", WRONG)]).await.status, 422);
    }

    // Whoever has a copy of its token shuts the device out of nothing that strangers cannot …
    for _ in 0..3 {
        assert_eq!(thief.post("/api/change_password", &wrong).await.status, 422);
    }
    // … and has no more than both counts, whatever asks for the password.
    assert_eq!(step_up(&mut thief).await.failure(), (429, "too_many_attempts"));
    assert_eq!(thief.post("/api/change_password", &wrong).await.failure(), (429, "too_many_attempts"));
    assert_eq!(thief.sign_in(ANN, PASSWORD).await.failure(), (429, "too_many_attempts"));

    assert_eq!(step_up(&mut owner).await.status, 200);
}

#[tokio::test]
async fn r45_right_passwords_are_not_without_end_either_whatever_session_they_begin() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ADDRESS", "3")]);
    let mut browser = app.signed_up(ANN).await;
    for n in 0..12 {
        assert_eq!(browser.sign_in(ANN, PASSWORD).await.status, 200, "the {n}th");
    }

    assert_eq!(browser.sign_in(ANN, PASSWORD).await.failure(), (429, "too_many_attempts"));
    pass(&app, 900_000).await;
    assert_eq!(browser.sign_in(ANN, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn who_reset_by_mail_is_known_there_for_an_hour_and_no_longer() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ACCOUNT", "3"), ("LIMITS__SIGN_IN_PER_ADDRESS", "1000")]);
    app.signed_up(ANN).await;
    assert_eq!(app.browser().post("/api/forgot_password", &[("email", ANN)]).await.status, 200);
    let token = app.mail(ANN, "Choose a new password").await.token();
    let reset = app.browser().post("/api/reset_password", &[("token", &token), ("new_password", NEW)]).await;
    assert_eq!(reset.status, 200, "{}", reset.text);
    // Mistakes do not prolong it.
    assert_eq!(guess(&app, ANN).await.status, 401);
    pass(&app, 3_600_000).await;
    let later = "UPDATE attempts SET known_until = known_until - 3600000";
    app.database().await.run(later).await;

    for _ in 0..3 {
        assert_eq!(guess(&app, ANN).await.status, 401);
    }

    assert_eq!(app.browser().sign_in(ANN, NEW).await.failure(), (429, "too_many_attempts"));
}

#[tokio::test]
async fn guesses_at_an_address_are_none_at_whoever_signs_up_with_it() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ACCOUNT", "3"), ("LIMITS__SIGN_IN_PER_ADDRESS", "1000")]);
    for _ in 0..4 {
        guess(&app, ANN).await;
    }
    assert_eq!(guess(&app, ANN).await.status, 429);

    app.signed_up(ANN).await;

    assert_eq!(app.browser().sign_in(ANN, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_failure_after_the_look_gives_no_try_back() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ACCOUNT", "3"), ("LIMITS__SIGN_IN_PER_ADDRESS", "1000")]);
    app.signed_up(ANN).await;
    // The log cannot be written, and so no wrong password be put on record.
    let mut database = app.database().await;
    database.run("ALTER TABLE security_events RENAME TO elsewhere").await;

    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(guess(&app, ANN).await.status);
    }

    assert_eq!(answers, [503, 503, 503, 429, 429]);
}

#[tokio::test]
async fn r26_a_session_of_another_account_or_one_that_ended_is_a_strangers() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ACCOUNT", "3")]);
    let mut ended = app.signed_up(ANN).await;
    let cookies = ended.jar.clone();
    let mut mallory = app.signed_up("mallory@example.org").await;
    assert_eq!(ended.sign_out().await.status, 200);
    ended.jar = cookies;
    for _ in 0..3 {
        assert_eq!(guess(&app, ANN).await.status, 401);
    }

    assert_eq!(mallory.sign_in(ANN, PASSWORD).await.failure(), (429, "too_many_attempts"));
    assert_eq!(ended.sign_in(ANN, PASSWORD).await.failure(), (429, "too_many_attempts"));
}

#[tokio::test]
async fn r26_each_wait_is_twice_as_long_from_half_a_minute_up_to_an_hour() {
    let app = TestApp::start();
    app.signed_up(ANN).await;
    guess_until_refused(&app).await;

    for wait in [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
        let reply = guess(&app, ANN).await;
        assert_eq!(reply.failure(), (429, "too_many_attempts"));
        let said = reply.body["retry_after"].as_i64().expect("seconds");
        assert!((wait - 10..=wait).contains(&said), "{said} s where {wait} s are due");
        assert_eq!(reply.header("retry-after"), said.to_string());
        pass(&app, wait * 1_000).await;
        assert_eq!(guess(&app, ANN).await.status, 401, "one more after {wait} s");
    }

    pass(&app, 86_400_000).await;
    assert_eq!(guess_until_refused(&app).await, 10, "a day later they begin anew");
}

#[tokio::test]
async fn r27_who_is_refused_learns_nothing_of_whether_there_is_an_account() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ACCOUNT", "3"), ("LIMITS__SIGN_IN_PER_ADDRESS", "1000")]);
    app.signed_up(ANN).await;
    let seen = async |email: &str| {
        let mut seen = Vec::new();
        for _ in 0..5 {
            let reply = guess(&app, email).await;
            let mut headers = reply.headers.clone();
            for changing in ["date", "x-request-id", "retry-after", "content-security-policy", "content-length"] {
                headers.remove(changing);
            }
            seen.push((reply.status, reply.body["code"].clone(), format!("{headers:?}")));
        }
        seen
    };

    assert_eq!(seen(ANN).await, seen("nobody@example.org").await);
}

#[tokio::test]
async fn r26_a_hundred_in_a_row_disable_the_password_for_strangers_and_a_mail_leads_back() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ADDRESS", "1000")]);
    let mut ann = app.confirmed(ANN).await;
    for n in 0..100 {
        assert_eq!(guess(&app, ANN).await.status, 401, "the {n}th");
        pass(&app, 3_600_000).await;
    }

    let mail = app.mail(ANN, "Someone is guessing your password").await;
    assert!(mail.text.contains("/forgot-password"), "{}", mail.text);
    // The right one is told from a wrong one by nothing.
    assert_eq!(app.browser().sign_in(ANN, PASSWORD).await.failure(), (401, "wrong_credentials"));
    // A device that is signed in goes on, and may set a new one.
    assert_eq!(step_up(&mut ann).await.status, 200);

    let reply = app.browser().post("/api/forgot_password", &[("email", ANN)]).await;
    assert_eq!(reply.status, 200);
    let token = app.mail(ANN, "Choose a new password").await.token();
    let mut back = app.browser();
    let reply = back.post("/api/reset_password", &[("token", &token), ("new_password", NEW)]).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(back.sign_in(ANN, NEW).await.status, 200);
    let logged = "SELECT count(*) FROM security_events WHERE kind = 'password_disabled'";
    assert_eq!(app.database().await.one::<i64>(logged).await, 1);
}

#[tokio::test]
async fn r26_an_owner_who_resets_by_mail_gets_in_while_strangers_go_on() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ADDRESS", "1000"), ("SERVER__TRUSTED_PROXIES", "127.0.0.1")]);
    app.signed_up(ANN).await;
    guess_until_refused(&app).await;
    assert_eq!(app.browser().post("/api/forgot_password", &[("email", ANN)]).await.status, 200);
    let token = app.mail(ANN, "Choose a new password").await.token();
    let mut owner = app.browser();
    let reply = owner.post("/api/reset_password", &[("token", &token), ("new_password", NEW)]).await;
    assert_eq!(reply.status, 200, "{}", reply.text);

    // They cannot tell that it was changed, and use up what strangers have.
    for _ in 0..12 {
        guess_from(&app, "192.0.2.1", ANN).await;
    }

    assert_eq!(owner.sign_in(ANN, NEW).await.status, 200);
}

#[tokio::test]
async fn r26_counts_outlive_a_restart() {
    let mut app = TestApp::start();
    app.signed_up(ANN).await;
    guess_until_refused(&app).await;

    for signal in ["-TERM", "-KILL"] {
        app = app.restart(signal);
        assert_eq!(guess(&app, ANN).await.failure(), (429, "too_many_attempts"));
    }
}

#[tokio::test]
async fn r47_five_hundred_guesses_at_once_get_no_more_answers_than_the_limit() {
    let settings = [("LIMITS__SIGN_IN_PER_ADDRESS", "100000")];
    let app = TestApp::with(&settings);
    let nodes = [&app, &app.another_node(), &app.another_node()];
    app.signed_up(ANN).await;
    let strangers = nodes.map(TestApp::browser);

    let guesses = (0..500).map(|n| {
        let mut stranger = strangers[n % 3].clone();
        async move { stranger.sign_in(ANN, WRONG).await }
    });
    let replies = join_all(guesses).await;

    // A node that is asked too much at once may say that it is busy: that is no answer about the password.
    let answered = replies.iter().filter(|reply| answers(reply)).count();
    assert!((1..=10).contains(&answered), "{answered} answers");
    assert!(replies.iter().all(|reply| [401, 429, 503].contains(&reply.status)));
}

#[tokio::test]
async fn right_passwords_count_against_no_address() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ADDRESS", "8")]);
    for n in 0..4 {
        app.signed_up(&format!("pupil{n}@example.org")).await;
    }

    for n in 0..12 {
        let reply = app.browser().sign_in(&format!("pupil{}@example.org", n % 4), PASSWORD).await;
        assert_eq!(reply.status, 200, "the {n}th: {}", reply.text);
    }
}

#[tokio::test]
async fn wrong_passwords_of_one_subscriber_are_counted_together_however_many_addresses_they_hold() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ADDRESS", "3"), ("SERVER__TRUSTED_PROXIES", "127.0.0.1")]);
    let mut nobody = (0..).map(|n| format!("nobody{n}@example.org"));
    let mut guess = async |address: String| {
        let email = nobody.next().expect("another");
        guess_from(&app, &address, &email).await.0
    };

    for n in 0..3 {
        assert_eq!(guess(format!("2001:db8:1:1::{n}")).await, 401);
    }
    assert_eq!(guess("2001:db8:1:1:f::1".into()).await, 429, "one /64");
    // Their /48 has four times as many.
    for n in 0..9 {
        assert_eq!(guess(format!("2001:db8:1:{}::1", 2 + n)).await, 401);
    }
    assert_eq!(guess("2001:db8:1:ffff::1".into()).await, 429, "one /48");
    assert_eq!(guess("2001:db8:2:1::1".into()).await, 401, "somebody else");
}

#[tokio::test]
async fn clients_whom_a_proxy_cannot_name_share_a_wide_limit() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ADDRESS", "2"), ("SERVER__TRUSTED_PROXIES", "127.0.0.1")]);

    for n in 0..20 {
        let (status, _) = guess_from(&app, "unknown", &format!("nobody{n}@example.org")).await;
        assert_eq!(status, 401, "the {n}th");
    }
}

#[tokio::test]
async fn r48_refusals_wrong_passwords_and_blocked_people_are_on_record_and_strangers_cannot_fill_it() {
    let app = TestApp::with(&[("LIMITS__SIGN_IN_PER_ACCOUNT", "3")]);
    let mut ann = app.signed_up(ANN).await;
    let form = [("current_password", WRONG), ("new_password", NEW)];
    assert_eq!(ann.post("/api/change_password", &form).await.status, 422);
    for _ in 0..20 {
        guess(&app, ANN).await;
    }
    app.signed_up("bob@example.org").await;
    assert!(app.command(&["user", "block", "bob@example.org"]).status.success());
    assert_eq!(app.browser().sign_in("bob@example.org", PASSWORD).await.body["reason"], "blocked");

    let mut database = app.database().await;
    let mut count =
        async |what: &str| database.count(&format!("SELECT count(*) FROM security_events WHERE {what}")).await;
    assert_eq!(count("kind = 'sign_in_failed' AND session_id IS NOT NULL").await, 1);
    assert_eq!(count("kind = 'sign_in_refused'").await, 1, "of seventeen");
    assert_eq!(count("kind = 'sign_in_failed' AND detail = 'blocked'").await, 1);
}

#[tokio::test]
async fn counts_that_can_matter_to_nobody_are_forgotten() {
    let app = TestApp::start();
    guess(&app, "nobody@example.org").await;
    pass(&app, 86_400_000).await;

    let app = app.restart("-TERM");

    // A node cleans when it starts, and each minute.
    let left = async || app.database().await.one::<i64>("SELECT count(*) FROM attempts").await;
    until(left, |left| *left == 0).await;
}
