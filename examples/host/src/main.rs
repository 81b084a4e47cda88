//! `stint`
fn main() {}
