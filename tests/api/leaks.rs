//! Memory over many renders; `LEAK_RENDERS` says how many.

use super::support::TestApp;

/// Kilobytes that the allocator may keep, whatever the count.
const MARGIN: u64 = 8 * 1024;

#[tokio::test]
async fn leaks_renders_leave_nothing_behind() {
    let renders = std::env::var("LEAK_RENDERS").map_or(600, |count| count.parse().expect("a number"));
    let app = TestApp::with(&[("LIMITS__ENABLED", "false")]);
    let mut browser = app.signed_up("ann@example.org").await;
    let mut render = async |count: u32| {
        for _ in 0..count {
            assert_eq!(browser.get("/devices").await.status, 200);
        }
    };
    render(200).await;
    let before = app.resident();

    render(renders).await;

    let after = app.resident();
    println!("{renders} renders: {before} kB before, {after} kB after");
    assert!(after < before + MARGIN, "{before} kB became {after} kB in {renders} renders");
}
