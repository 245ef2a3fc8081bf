//! How the program is linked: at a fixed address if the platform allows it, see `docs/decisions/0008-fixed-address.md`, and with
//! the object that keeps a closed stdout a failure, see `docs/decisions/0009-closed-stdout.md`.

#![allow(clippy::print_stdout, reason = "cargo reads it")]

fn main() {
    let is = |name: &str, value: &str| std::env::var(name).as_deref() == Ok(value);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=EKSACCESS_PIE");
    let gnu_linux = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if gnu_linux && is("PROFILE", "release") && std::env::var_os("EKSACCESS_PIE").is_none() {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    println!("cargo::rerun-if-changed=src/closed_stdout.c");
    // As an object: from a library, the linker would take only what is called.
    for object in cc::Build::new().file("src/closed_stdout.c").compile_intermediates() {
        println!("cargo::rustc-link-arg-bins={}", object.display());
    }
}
