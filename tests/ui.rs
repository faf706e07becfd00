//! Misuse that does not compile: what the compiler says is kept beside each case.

#![allow(clippy::expect_used, reason = "a test may panic")]

#[test]
fn misuse_does_not_compile() {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ui")).expect("the cases");
    let is_case = |path: &std::path::Path| path.extension().is_some_and(|extension| extension == "rs");
    let count = files.filter(|file| file.as_ref().is_ok_and(|file| is_case(&file.path()))).count();
    assert_eq!(count, 11);
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
