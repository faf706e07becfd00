//! Misuse that does not compile. Each case under `tests/ui` names the error that it must
//! end in on its first line; `control.rs` must compile, so that no case fails for want of
//! something else.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a file against a build of the crate; what the compiler says, or nothing if it
/// is content.
fn compile(file: &Path, library: &Path) -> Option<String> {
    let dependencies = library.parent().expect("a folder");
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()))
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "bin",
            "--emit",
            "metadata",
            "-o",
            "-",
            "--color",
            "never",
        ])
        .arg(file)
        .arg("-L")
        .arg(format!("dependency={}", dependencies.display()))
        .arg("--extern")
        .arg(format!("portcullis={}", library.display()))
        .output()
        .expect("rustc runs");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The builds of the crate beside this test, the newest first: others may be of older sources.
fn libraries() -> Vec<PathBuf> {
    let this = std::env::current_exe().expect("a path");
    let files = std::fs::read_dir(this.parent().expect("a folder")).expect("a folder");
    let paths = files.map(|file| file.expect("a file").path());
    let is_library = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libportcullis-") && name.ends_with(".rlib")
    };
    let mut found: Vec<_> = paths.filter(is_library).collect();
    found
        .sort_by_key(|path| std::cmp::Reverse(path.metadata().and_then(|of| of.modified()).expect("a time")));
    found
}

#[test]
fn misuse_does_not_compile() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let control = folder.join("control.rs");
    let library = libraries().into_iter().find(|library| compile(&control, library).is_none());
    let library = library.expect("a build of the crate that the control compiles against");

    let mut cases = 0;
    for file in std::fs::read_dir(folder).expect("the cases") {
        let path = file.expect("a case").path();
        if path == control {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("the case");
        let expected = text.lines().next().and_then(|line| line.strip_prefix("// ")).expect("an error");
        let said = compile(&path, &library).unwrap_or_default();
        let errors: Vec<_> = said.lines().filter(|line| line.starts_with("error")).collect();
        assert!(
            errors.first().is_some_and(|error| error.starts_with(expected)),
            "{}: {said}",
            path.display()
        );
        cases += 1;
    }
    assert_eq!(cases, 16);
}
