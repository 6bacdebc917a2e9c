//! The interceptor. Runs in: the browser.
pub use server_fn::client::browser::BrowserClient as TabkeyClient;
