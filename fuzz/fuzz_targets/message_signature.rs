#![no_main]

#[path = "../../tests/fuzz/message_signature.rs"]
#[expect(dead_code, reason = "each program has one of them")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    targets::message_signature(bytes);
});
