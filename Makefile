# The two commands. Both install what they need and say so; nothing has to be answered.
.PHONY: run test test-long

# Builds the app and serves it on http://127.0.0.1:3000.
run:
	@scripts/setup build
	cargo leptos build
	@exec "$${CARGO_TARGET_DIR:-target}/debug/tabkey"

# Passes every check: format, lints, Rust, WASM in a browser, the app in a browser.
test:
	@scripts/setup build test
	@scripts/test

# The same, for longer: 200 kills under load, the model two steps deeper, ten thousand renders, a thousand mounts.
test-long:
	@scripts/setup build test
	@FAULT_KILLS=200 MODEL_DEPTH=2 LEAK_RENDERS=10000 LEAK_MOUNTS=1000 scripts/test
