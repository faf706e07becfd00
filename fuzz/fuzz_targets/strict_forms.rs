#![no_main]

#[path = "../../tests/fuzz/request.rs"]
mod request;
#[path = "../../tests/fuzz/strict_forms.rs"]
mod strict_forms;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    strict_forms::strict_forms(bytes);
});
