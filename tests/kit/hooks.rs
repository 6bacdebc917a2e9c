//! What an application does in the transactions of sign-in: done with them, undone with them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tabkey::{
    Error, FieldError, User, on,
    server::{Application, BoxFuture, Database, Db, Hooks},
    testing::{PASSWORD, TestNode},
};
use uuid::Uuid;

use super::support::{Place, client, nothing, shell};

/// Does as the address, or what the test said, wants.
#[derive(Clone, Default)]
struct Marks {
    holds_on_to: Arc<Mutex<Option<Uuid>>>,
}

async fn mark(db: &mut Db<'_>, user: Uuid, what: &str) -> Result<(), Error> {
    let sql = "INSERT INTO marks (user_id, what) VALUES ($1, $2)";
    on!(db, c => sqlx::query(sql).bind(user).bind(what).execute(c).await.map(drop)?);
    Ok(())
}

impl Hooks for Marks {
    fn before_sign_up<'a>(&'a self, _: &'a mut Db<'_>, user: &'a User) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            if user.email.ends_with("@elsewhere.example") {
                return Err(Error::field("email", FieldError::NotAllowed));
            }
            Ok(())
        })
    }

    fn signed_up<'a>(&'a self, db: &'a mut Db<'_>, user: &'a User) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            mark(db, user.id, &format!("welcome {}", user.display_name)).await?;
            match user.email.split('@').next() {
                Some("panics") => panic!("a bug in a hook"),
                Some("hangs") => std::future::pending().await,
                Some("breaks") => mark(db, Uuid::nil(), "nobody's").await,
                Some("swallows") => mark(db, Uuid::nil(), "nobody's").await.or(Ok(())),
                Some("grinds") => grind(db).await,
                Some("pretends") => Err(Error::TokenInvalid),
                _ => Ok(()),
            }
        })
    }

    fn signed_in<'a>(&'a self, db: &'a mut Db<'_>, user: Uuid, _: Uuid) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(mark(db, user, "signed in"))
    }

    fn email_changed<'a>(&'a self, db: &'a mut Db<'_>, user: Uuid, email: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            if email.ends_with("@elsewhere.example") {
                return Err(Error::field("email", FieldError::NotAllowed));
            }
            mark(db, user, email).await
        })
    }

    fn roles_changed<'a>(
        &'a self,
        db: &'a mut Db<'_>,
        user: Uuid,
        roles: &'a [String],
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            if roles.iter().any(|role| role == "swallowed") {
                return mark(db, Uuid::nil(), "nobody's").await.or(Ok(()));
            }
            if roles.iter().any(|role| role == "forbidden") {
                return Err(Error::Forbidden);
            }
            mark(db, user, &roles.join("+")).await
        })
    }

    fn export<'a>(&'a self, db: &'a mut Db<'_>, user: Uuid) -> BoxFuture<'a, Result<Value, Error>> {
        Box::pin(async move { Ok(json!({ "marks": marks(db, user).await? })) })
    }

    fn deleting<'a>(&'a self, _: &'a mut Db<'_>, user: Uuid) -> BoxFuture<'a, Result<(), Error>> {
        let is_held = *self.holds_on_to.lock().expect("no panic") == Some(user);
        Box::pin(async move { if is_held { Err(Error::busy()) } else { Ok(()) } })
    }
}

/// A statement that would take minutes.
async fn grind(db: &mut Db<'_>) -> Result<(), Error> {
    let sql = "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000)
               SELECT count(*) FROM n";
    let _: i64 = on!(db, c => sqlx::query_scalar(sql).fetch_one(c).await?);
    Ok(())
}

async fn marks(db: &mut Db<'_>, user: Uuid) -> Result<Vec<String>, Error> {
    let sql = "SELECT what FROM marks WHERE user_id = $1 ORDER BY what";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(user).fetch_all(c).await?))
}

async fn marks_of(database: &Database, user: Uuid) -> Vec<String> {
    database.read(move |db| Box::pin(async move { marks(db, user).await })).await.expect("it reads")
}

async fn all_marks(database: &Database) -> i64 {
    let counting = database.read(|db| {
        Box::pin(async move { Ok(on!(db, c => sqlx::query_scalar("SELECT count(*) FROM marks").fetch_one(c).await?)) })
    });
    counting.await.expect("it reads")
}

async fn start(place: &Place, hooks: Marks, settings: &[(&str, &str)]) -> TestNode {
    let application =
        Application::new("kit", nothing, shell).migrations(sqlx::migrate!("tests/kit/migrations")).hooks(hooks);
    place.start(application, settings).await.expect("a node")
}

async fn post(node: &TestNode, call: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let fields: HashMap<_, _> = fields.iter().copied().collect();
    let request = client().post(format!("{}/api/{call}", node.url)).header("accept", "application/json").form(&fields);
    let reply = request.send().await.expect("an answer");
    let status = reply.status().as_u16();
    (status, reply.json().await.unwrap_or_default())
}

#[tokio::test]
async fn what_a_hook_did_stands_and_falls_with_the_act() {
    let place = Place::new().await;
    let node = start(&place, Marks::default(), &[]).await;

    let ann = node.sign_up("ann@example.org").await.expect("signed up").user;
    node.sign_in("ann@example.org").await.expect("signed in");
    node.grant("ann@example.org", "editor").await.expect("granted");
    let refused = node.grant("ann@example.org", "forbidden").await;

    assert_eq!(refused.err(), Some(Error::Forbidden));
    assert_eq!(marks_of(&node.database(), ann.id).await, ["editor", "signed in", "welcome ann"]);
    assert_eq!(node.sign_in("ann@example.org").await.expect("signed in").user.roles, ["editor"], "and no other");
    node.stop().await;
}

struct Second;

impl Hooks for Second {
    fn signed_up<'a>(&'a self, db: &'a mut Db<'_>, user: &'a User) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(mark(db, user.id, "and again"))
    }

    fn export<'a>(&'a self, _: &'a mut Db<'_>, _: Uuid) -> BoxFuture<'a, Result<Value, Error>> {
        Box::pin(async { Ok(json!("second")) })
    }
}

#[tokio::test]
async fn of_several_hooks_each_runs() {
    let place = Place::new().await;
    let application = Application::new("kit", nothing, shell).migrations(sqlx::migrate!("tests/kit/migrations"));
    let node = place.start(application.hooks(Marks::default()).hooks(Second), &[]).await.expect("a node");

    let ann = node.sign_up("ann@example.org").await.expect("signed up");

    assert_eq!(marks_of(&node.database(), ann.user.id).await, ["and again", "welcome ann"]);
    let request = client().get(format!("{}/api/account/export", node.url)).bearer_auth(&ann.access_token);
    let copy: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(copy["app"], json!([{ "marks": ["and again", "welcome ann"] }, "second"]));
    node.stop().await;
}

#[tokio::test]
async fn a_sign_up_that_a_hook_refuses_leaves_nothing_and_says_why() {
    let place = Place::new().await;
    let node = start(&place, Marks::default(), &[]).await;

    let bob = [("email", "bob@elsewhere.example"), ("password", PASSWORD), ("display_name", "")];
    let (status, said) = post(&node, "sign_up", &bob).await;

    assert_eq!((status, said), (422, json!({ "code": "invalid_input", "fields": { "email": "not_allowed" } })));
    assert_eq!(all_marks(&node.database()).await, 0);
    assert_eq!(node.sign_in("bob@elsewhere.example").await.err(), Some(Error::WrongCredentials));
    node.stop().await;
}

#[tokio::test]
async fn a_hook_that_panics_hangs_or_breaks_undoes_the_act_and_no_other() {
    let place = Place::new().await;
    let node = start(&place, Marks::default(), &[]).await;

    for name in ["panics", "breaks", "hangs", "pretends"] {
        let email = format!("{name}@example.org");
        let began = Instant::now();
        let (failing, beside) =
            tokio::join!(node.sign_up(&email), async { node.sign_up(&format!("beside-{name}@example.org")).await });
        assert!(matches!(failing.err(), Some(Error::Busy { .. })), "{name}");
        assert!(beside.is_ok(), "{name}");
        assert!(began.elapsed() < Duration::from_secs(9), "{name} holds nobody for longer than it may");
        assert_eq!(node.sign_in(&email).await.err(), Some(Error::WrongCredentials), "{name} has no account");
    }
    assert_eq!(all_marks(&node.database()).await, 4);
    node.stop().await;
}

#[tokio::test]
async fn a_failed_statement_that_a_hook_passes_over_is_never_taken_for_done() {
    let place = Place::new().await;
    let node = start(&place, Marks::default(), &[]).await;

    // SQLite undoes the statement alone, PostgreSQL the whole transaction: told is what holds.
    let told = node.sign_up("swallows@example.org").await.is_ok();
    assert_eq!(node.sign_in("swallows@example.org").await.is_ok(), told);
    let told =
        node.sign_up("ann@example.org").await.is_ok() && node.grant("ann@example.org", "swallowed").await.is_ok();
    let holds = node.sign_in("ann@example.org").await.expect("signed in").user.roles == ["swallowed"];
    assert_eq!(holds, told);
    assert_eq!(told, std::env::var("TABKEY_TEST_POSTGRES").is_err());
    node.stop().await;
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_stopped_and_nobody_waits_for_it_after_that() {
    let place = Place::new().await;
    let node = start(&place, Marks::default(), &[]).await;
    node.sign_up("ann@example.org").await.expect("signed up");
    let (database, began) = (node.database(), Instant::now());

    let reading = async || database.read(|db| Box::pin(async move { grind(db).await })).await;
    let (hook, first, second) = tokio::join!(node.sign_up("grinds@example.org"), reading(), reading());

    for late in [hook.err(), first.err(), second.err()] {
        assert!(matches!(late, Some(Error::Busy { .. })), "{late:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    // The same connections answer, and are stopped no more.
    for _ in 0..8 {
        node.sign_in("ann@example.org").await.expect("signed in");
        all_marks(&node.database()).await;
    }
    assert!(began.elapsed() < Duration::from_secs(14), "{:?}", began.elapsed());
    assert_eq!(node.sign_in("grinds@example.org").await.err(), Some(Error::WrongCredentials));
    node.stop().await;
}

/// The token of the newest mail to this address, once it has gone out.
async fn token_mailed(node: &TestNode, to: &str) -> String {
    for _ in 0..500 {
        let mails = node.mails().await;
        let mail = mails.iter().find(|mail| mail.to == to && mail.text.contains("/confirm-email?token="));
        if let Some(mail) = mail {
            let rest = mail.text.split("token=").nth(1).expect("a token");
            return rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no mail to {to}");
}

#[tokio::test]
async fn an_address_changes_with_what_the_application_does_about_it_or_not_at_all() {
    let place = Place::new().await;
    let node = start(&place, Marks::default(), &[]).await;
    let ann = node.sign_up("ann@example.org").await.expect("signed up");

    for (to, expected) in [("ann@elsewhere.example", 422), ("lee@example.org", 200)] {
        let ask = client().post(format!("{}/api/change_email", node.url)).bearer_auth(&ann.access_token);
        let asked = ask.form(&[("email", to)]).send().await.expect("an answer");
        assert_eq!(asked.status(), 200, "{to}");
        let token = token_mailed(&node, to).await;
        assert_eq!(post(&node, "change_email/confirm", &[("token", &token)]).await.0, expected, "{to}");
    }

    assert_eq!(marks_of(&node.database(), ann.user.id).await, ["lee@example.org", "welcome ann"]);
    assert!(node.sign_in("ann@elsewhere.example").await.is_err());
    node.sign_in("lee@example.org").await.expect("signed in");
    node.stop().await;
}

#[tokio::test]
async fn a_copy_of_the_account_holds_what_the_application_keeps() {
    let place = Place::new().await;
    let node = start(&place, Marks::default(), &[]).await;
    let ann = node.sign_up("ann@example.org").await.expect("signed up");

    let request = client().get(format!("{}/api/account/export", node.url)).bearer_auth(&ann.access_token);
    let copy: Value = request.send().await.expect("an answer").json().await.expect("JSON");

    assert_eq!(copy["app"], json!({ "marks": ["welcome ann"] }));
    assert_eq!(copy["account"]["email"], "ann@example.org");
    node.stop().await;
}

#[tokio::test]
async fn an_account_that_the_application_holds_on_to_keeps_no_other_from_going() {
    let place = Place::new().await;
    let hooks = Marks::default();
    let node = start(&place, hooks.clone(), &[("TABKEY_ACCOUNTS__DELETION_GRACE", "1s")]).await;
    let mut people = Vec::new();
    for name in ["ann", "bob"] {
        let person = node.sign_up(&format!("{name}@example.org")).await.expect("signed up");
        let request = client().post(format!("{}/api/account/delete", node.url)).bearer_auth(&person.access_token);
        assert_eq!(request.send().await.expect("an answer").status(), 200);
        people.push(person.user.id);
    }
    *hooks.holds_on_to.lock().expect("no panic") = Some(people[0]);

    let mut left = (1, 1);
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        node.clean_up().await;
        left = (marks_of(&node.database(), people[0]).await.len(), marks_of(&node.database(), people[1]).await.len());
        if left.1 == 0 {
            break;
        }
    }
    assert_eq!(left, (1, 0));

    *hooks.holds_on_to.lock().expect("no panic") = None;
    node.clean_up().await;
    assert_eq!(marks_of(&node.database(), people[0]).await.len(), 0, "it is tried again");
    node.stop().await;
}
