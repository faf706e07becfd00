#![no_main]

#[path = "../../tests/fuzz/webhook.rs"]
mod webhook;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    webhook::webhook(bytes);
});
