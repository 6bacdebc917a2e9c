# The two commands: `make run` and `make test`.
.PHONY: test
test:
	cargo fmt --check
	cargo clippy --features ssr -- -D warnings
	cargo test --features ssr --lib 2>&1 | tee target/test.log
	@awk '/^test result:/ { passed += $$4; failed += $$6 } END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' target/test.log
