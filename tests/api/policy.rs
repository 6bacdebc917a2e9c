//! Who may call what, by role.

use super::support::{TestApp, until};

/// Every call that only an admin may make, and how.
const READS: [&str; 4] = ["/api/admin/users", "/api/admin/user", "/api/admin/overview", "/api/admin/log"];
const WRITES: [&str; 6] = [
    "/api/admin/block",
    "/api/admin/unblock",
    "/api/admin/sign_out",
    "/api/admin/sign_in_again",
    "/api/admin/grant_role",
    "/api/admin/revoke_role",
];

#[tokio::test]
async fn who_is_no_admin_is_forbidden_every_call_of_one() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;

    for path in READS {
        assert_eq!(ann.get(path).await.failure(), (403, "forbidden"), "{path}");
    }
    for path in WRITES {
        assert_eq!(ann.post(path, &[]).await.failure(), (403, "forbidden"), "{path}");
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_asked_to_be() {
    let app = TestApp::start();
    let mut nobody = app.browser();

    for path in READS {
        assert_eq!(nobody.get(path).await.failure(), (401, "token_missing"), "{path}");
    }
    for path in WRITES {
        assert_eq!(nobody.post(path, &[]).await.failure(), (401, "token_missing"), "{path}");
    }
}

#[tokio::test]
async fn a_role_is_in_force_within_a_second_and_so_is_its_end() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;

    app.command(&["user", "grant", "ann@example.org", "admin"]);
    let stale = until(async || ann.get("/api/admin/users").await, |reply| reply.status != 403).await;
    assert_eq!(stale.failure(), (401, "token_stale"));
    ann.refresh().await;
    assert_eq!(ann.get("/api/admin/users").await.status, 200);

    app.command(&["user", "revoke-role", "ann@example.org", "admin"]);
    until(async || ann.get("/api/admin/users").await, |reply| reply.status != 200).await;
    ann.refresh().await;
    assert_eq!(ann.get("/api/admin/users").await.failure(), (403, "forbidden"));
}

#[tokio::test]
async fn a_role_of_the_applications_own_opens_nothing_of_ours() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    app.command(&["user", "grant", "ann@example.org", "ledger-clerk"]);
    until(async || ann.who_am_i().await, |reply| reply.status == 401).await;
    ann.refresh().await;

    assert_eq!(ann.get("/api/admin/users").await.failure(), (403, "forbidden"));
}

#[tokio::test]
async fn the_admin_pages_are_not_there_for_others() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;

    for path in ["/admin", "/admin/log", "/admin/users/01890a5d-ac96-774b-bcce-b302099a8057"] {
        let page = ann.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.text.contains("There is nothing here"), "{path}");
        assert!(!page.text.contains("href=\"/admin"), "{path}");
    }
    assert_eq!(app.browser().get("/admin").await.status, 302, "signed out, the sign-in page comes first");
}

#[tokio::test]
async fn an_admin_finds_the_pages_in_the_first_html() {
    let app = TestApp::start();
    let mut ann = app.signed_up("ann@example.org").await;
    app.signed_up("bob@example.org").await;
    app.command(&["user", "grant", "ann@example.org", "admin"]);

    let page = ann.get("/admin").await;

    assert_eq!(page.status, 200);
    assert!(page.text.contains("href=\"/admin\""), "the link in the bar");
    assert!(page.text.contains("bob@example.org") && page.text.contains("<svg"));
    let log = ann.get("/admin/log").await;
    assert_eq!(log.status, 200);
    assert!(log.text.contains("ann@example.org"));
}
