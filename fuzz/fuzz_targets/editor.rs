//! `cargo +nightly fuzz run editor`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| eksaccess_fuzz::editor(bytes));
