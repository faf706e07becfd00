#![no_main]

#[path = "../../tests/fuzz/outbound.rs"]
mod outbound;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    outbound::outbound(bytes);
});
