// SPDX-License-Identifier: Apache-2.0
//
// The compiler's version, for the identity note. Without it a plugin still builds.
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(compiler)
        .arg("--version")
        .output()
        .ok()
        .and_then(|done| String::from_utf8(done.stdout).ok())
        .and_then(|text| text.lines().next().map(str::to_owned))
        .filter(|line| line.starts_with("rustc "))
        .unwrap_or_else(|| "rustc".into());
    println!("cargo:rustc-env=TIDEGATE_COMPILER={}", version);
}
