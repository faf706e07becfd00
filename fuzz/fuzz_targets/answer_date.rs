#![no_main]

#[path = "../../tests/fuzz/answers.rs"]
mod answers;
#[path = "../../tests/fuzz/request.rs"]
mod request;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    answers::date(bytes);
});
