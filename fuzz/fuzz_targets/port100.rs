//! A frame of a reader with the chip Port-100, and what a card of Type B says to a poll.
#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    targets::port100::port100(data);
});
