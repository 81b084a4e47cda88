//! What is not there cannot be attacked: reasons, checked.

use std::path::Path;

#[test]
fn cve_2016_2177_there_is_no_pointer_arithmetic() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for library in ["dtls", "coap", "net-glue"] {
        // the compiler sees to the rest: what is forbidden can be allowed nowhere below
        let source = std::fs::read_to_string(root.join(library).join("src/lib.rs")).unwrap();
        assert!(source.lines().any(|line| line.trim() == "#![forbid(unsafe_code)]"), "{library}");
    }
}
