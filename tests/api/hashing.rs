//! What hashing passwords costs the node: memory that is kept and used again, and a cost that is warned of where it is low.
//! `FLOOD_SIGN_INS` says how many sign-ins a flood has.

use std::time::Duration;

use futures::future::join_all;

use super::support::{PASSWORD, TestApp, until};

const PERMITS: u64 = 2;
/// Kilobytes.
const COST: u64 = 19_456;
const MARGIN: u64 = 64 * 1024;

/// Half of those who sign in hang up before they are answered.
#[tokio::test]
async fn a_flood_of_sign_ins_leaves_no_more_memory_than_the_hashes_of_one_moment() {
    let sign_ins: u64 = std::env::var("FLOOD_SIGN_INS").map_or(120, |count| count.parse().expect("a number"));
    let app = TestApp::with(&[("LIMITS__ENABLED", "false"), ("PASSWORDS__HASH_CONCURRENCY", &PERMITS.to_string())]);
    app.signed_up("ann@example.org").await;
    let before = app.resident();

    let mut answered = 0;
    for wave in 0..sign_ins.div_ceil(40) {
        let flood = (0..40).map(|n| {
            let mut browser = app.browser();
            let password = if (wave + n) % 4 < 2 { PASSWORD } else { "a wrong password here" };
            async move {
                let sign_in = browser.sign_in("ann@example.org", password);
                let patience = if n % 2 == 0 { Duration::from_secs(60) } else { Duration::from_millis(n) };
                tokio::time::timeout(patience, sign_in).await.is_ok_and(|reply| [200, 401].contains(&reply.status))
            }
        });
        answered += join_all(flood).await.into_iter().filter(|answered| *answered).count() as u64;
    }

    assert!(answered >= sign_ins / 2, "{answered} of {sign_ins} were answered");
    let bound = before + PERMITS * COST + MARGIN;
    let after = until(async || app.resident(), |resident| *resident < bound).await;
    println!("{sign_ins} sign-ins: {before} kB before, {after} kB after, {bound} kB allowed");
    assert!(after < bound, "{before} kB became {after} kB, more than {bound} kB");
}

#[tokio::test]
async fn r28_a_cost_below_the_floor_is_warned_of_at_every_start_and_not_refused() {
    let weak = TestApp::with(&[("PASSWORDS__ARGON2_MEMORY_KIB", "64"), ("PASSWORDS__ARGON2_ITERATIONS", "1")]);
    weak.signed_up("ann@example.org").await;
    let warned = "passwords.argon2_memory_kib = 64 and passwords.argon2_iterations = 1 are below OWASP's floor";
    assert!(weak.log().contains(warned), "{}", weak.log());
    let weak = weak.restart("-TERM");
    assert_eq!(weak.log().matches(warned).count(), 2);

    let fine = TestApp::start();

    assert!(!fine.log().contains("OWASP"), "{}", fine.log());
}
