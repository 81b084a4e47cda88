//! Gives each board's binary its own memory layout.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    for (program, board) in [
        ("lm3s6965evb", "lm3s6965evb"),
        ("managed", "lm3s6965evb"),
        ("sleeper", "lm3s6965evb"),
        ("public_keys", "lm3s6965evb"),
        ("mps2", "mps2"),
    ] {
        println!("cargo:rustc-link-arg-bin={program}=-L{here}/memory/{board}");
        println!("cargo:rerun-if-changed=memory/{board}/memory.x");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
