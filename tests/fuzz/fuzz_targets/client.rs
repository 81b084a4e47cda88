#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| (stint_lab::fuzz::target("client").body)(data));
