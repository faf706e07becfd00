#![no_main]

#[path = "../../tests/fuzz/sigv4.rs"]
mod sigv4;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    sigv4::presigned(bytes);
});
