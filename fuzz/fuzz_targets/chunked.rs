#![no_main]

#[path = "../../tests/fuzz/chunked.rs"]
mod chunked;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    chunked::chunked(bytes);
});
