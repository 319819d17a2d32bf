//! What several examples share. Not part of the library.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "compiled into each example anew; no example uses all of it"
)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "programs talk to their user"
)]

pub mod camera;
pub mod card;
pub mod desk;
pub mod engine;
pub mod jp2;
pub mod knowledge;
pub mod pad;
pub mod picture;
pub mod portrait;
pub mod problem;
pub mod reader;
pub mod terminal;
pub mod usb;
