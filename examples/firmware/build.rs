//! Gives each board's binary its own memory layout.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    for board in ["lm3s6965evb", "mps2"] {
        println!("cargo:rustc-link-arg-bin={board}=-L{here}/memory/{board}");
        println!("cargo:rerun-if-changed=memory/{board}/memory.x");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
