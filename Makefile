# The first two are the ones to know. All install what they need and say so; nothing has to be answered.
.PHONY: run run-tls test test-long fuzz cluster cluster-test sbom

# Builds the app and serves it on http://127.0.0.1:3000.
run:
	@scripts/setup build
	@scripts/build
	@[ "$$(uname)" != Darwin ] || echo "==> Safari keeps no sign-in over plain http, not even here: for Safari, make run-tls"
	@exec "$${CARGO_TARGET_DIR:-target}/debug/tabkey"

# The same on https://localhost:3443, with a certificate of this machine: what Safari needs.
run-tls:
	@scripts/setup build
	@scripts/build
	@exec scripts/run-tls

# Passes every check: format, lints, Rust, WASM in a browser, the app in Chromium, its main job in Firefox and WebKitGTK too.
test:
	@scripts/setup build leptos test
	@scripts/test

# The same, for longer: 200 kills under load, the model two steps deeper, ten thousand renders, a thousand mounts, a million
# requests, 500 sign-ins at once, 150,000 sessions of one account, ten thousand streams, 200,000 cases of each property, and the
# long form in three engines.
test-long:
	@scripts/setup build leptos test
	@ulimit -n "$$(ulimit -H -n)"; FAULT_KILLS=200 MODEL_DEPTH=2 LEAK_RENDERS=10000 LEAK_MOUNTS=1000 FLOOD_REQUESTS=1000000 FLOOD_SIGN_INS=500 ENDING_SESSIONS=150000 STREAMS=10000 PROPTEST_CASES=200000 ENGINES=long scripts/test

# Makes up what strangers send, ten minutes for each kind (FUZZ_SECONDS).
fuzz:
	@scripts/setup build
	@scripts/fuzz

# PostgreSQL, three nodes and HAProxy before them on http://127.0.0.1:3000, until Ctrl-C.
cluster:
	@scripts/setup build cluster
	@scripts/build
	@exec scripts/cluster run "$$(mktemp -d)"

# The browser tests of devices and tabs on such a cluster, and how fast 1,000 revocations are known everywhere.
cluster-test:
	@scripts/setup build leptos test
	@scripts/cluster-test

# What the server is made of, as CycloneDX JSON: target/sbom.json.
sbom:
	@mkdir -p "$${CARGO_TARGET_DIR:-target}"
	@scripts/sbom >"$${CARGO_TARGET_DIR:-target}/sbom.json"
	@echo "$${CARGO_TARGET_DIR:-target}/sbom.json"
