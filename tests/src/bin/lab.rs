//! `lab`
fn main() {}
