#![no_main]

#[path = "../../tests/fuzz/compatible_forms.rs"]
mod compatible_forms;
#[path = "../../tests/fuzz/request.rs"]
mod request;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    compatible_forms::signed_url(bytes);
});
