//! A reader on USB that says what it likes, behind the whole driver.
#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    targets::driver::driver(data);
});
