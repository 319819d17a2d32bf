//! What a contactless card answers to a dialogue in blocks.
#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    targets::port100::iso_dep(data);
});
