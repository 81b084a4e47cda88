//! Says for which cores the default arithmetic of P-256 is the one of 16-bit products: a fact of the core that no `cfg` tells apart (Cortex-M3 and M4 differ
//! by a target feature that stable Rust does not show).

/// The beginnings of targets whose 32x32→64 multiply takes a time that depends on the factors (Cortex-M3, ARM7, ARM9), or is a call (Cortex-M0, M23).
const HALVES: [&str; 7] = ["thumbv6m", "thumbv7m-", "thumbv8m.base", "thumbv4t", "thumbv5te", "armv4t", "armv5te"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(stint_halves)");
    let target = std::env::var("TARGET").unwrap_or_default();
    if HALVES.iter().any(|start| target.starts_with(start)) {
        println!("cargo::rustc-cfg=stint_halves");
    }
}
