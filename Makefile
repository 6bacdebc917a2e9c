# The two commands. Both install what they need and say so; nothing has to be answered.
.PHONY: run test

# Builds the app and serves it on http://127.0.0.1:3000.
run:
	@scripts/setup build
	cargo leptos build
	@exec "$${CARGO_TARGET_DIR:-target}/debug/tabkey"

# Passes every check: format, lints, Rust, WASM in a browser, the app in a browser.
test:
	@scripts/setup build test
	@scripts/test
