#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tabkey::fuzzing::cookies(data));
