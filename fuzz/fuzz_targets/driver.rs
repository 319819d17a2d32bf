//! A reader on USB behind the whole CCID driver, with its threads, on a virtual clock.
#![no_main]

use std::time::{Duration, Instant};

#[path = "../targets/mod.rs"]
mod targets;

/// How long the driver's threads may take to end, once nobody has anything of it. They wait on the
/// virtual clock, so this is what a busy machine may take.
const LAST_WORDS: Duration = Duration::from_secs(15);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let before = threads();
    targets::driver::driver(data);
    // The search for leaks that follows takes what a thread has to itself for lost while that thread is
    // just ending.
    let begun = Instant::now();
    while threads() > before {
        assert!(
            begun.elapsed() < LAST_WORDS,
            "a thread of the driver does not end"
        );
        std::thread::sleep(Duration::from_micros(100));
    }
});

/// The threads of this program, where the kernel lists them: on Linux, where there is a search for leaks.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}
